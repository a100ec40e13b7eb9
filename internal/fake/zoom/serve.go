package fakezoom

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// tokenLife is how long a token holds.
const tokenLife = time.Hour

// serve answers on both hosts.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == "/oauth/token" {
		s.token(w, r)
		return
	}
	if len(s.throttle) > 0 {
		w.Header().Set("Retry-After", s.throttle[0])
		s.throttle = s.throttle[1:]
		refuse(w, http.StatusTooManyRequests, 429, "You have reached the maximum per-second rate limit for this API. Try again later.")
		return
	}
	if until, ok := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]; !ok || !s.Now().Before(until) {
		refuse(w, http.StatusUnauthorized, 124, "Invalid access token.")
		return
	}
	if r.Method != http.MethodGet {
		refuse(w, http.StatusMethodNotAllowed, 405, "Method is not supported.")
		return
	}
	s.api(w, r)
}

// api answers what is asked of the account.
func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.URL.Path == "/v2/users":
		s.list(w, r, "users", []Record{s.user()})
	case len(parts) == 4 && parts[1] == "users" && parts[2] != host:
		refuse(w, http.StatusNotFound, 1001, "User does not exist: "+parts[2]+".")
	case len(parts) == 4 && parts[1] == "users" && parts[3] == "webinars":
		s.list(w, r, "webinars", s.describeAll())
	case len(parts) == 4 && parts[1] == "users" && parts[3] == "meetings":
		s.list(w, r, "meetings", nil)
	case len(parts) >= 3 && parts[1] == "webinars":
		s.oneWebinar(w, r, parts[2:])
	default:
		refuse(w, http.StatusNotFound, 2300, "This API endpoint is not recognized.")
	}
}

func (s *Server) oneWebinar(w http.ResponseWriter, r *http.Request, path []string) {
	id, err := strconv.ParseInt(path[0], 10, 64)
	found := s.webinar(id)
	switch {
	case err != nil || found == nil:
		refuse(w, http.StatusNotFound, 3001, "Webinar does not exist: "+path[0]+".")
	case len(path) == 1:
		write(w, http.StatusOK, found.describe())
	case path[1] == "registrants" && len(path) == 2:
		s.list(w, r, "registrants", found.withStatus(r.URL.Query().Get("status")))
	default:
		refuse(w, http.StatusNotFound, 2300, "This API endpoint is not recognized.")
	}
}

// token gives a token to whoever knows the client's secret.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	client, secret, _ := r.BasicAuth()
	q := r.URL.Query()
	if q.Get("grant_type") == "" && r.ParseForm() == nil {
		q = r.Form
	}
	switch {
	case r.Method != http.MethodPost || q.Get("grant_type") != "account_credentials":
		write(w, http.StatusBadRequest, Record{"reason": "unsupported grant type", "error": "unsupported_grant_type"})
	case client != ClientID || secret != ClientSecret:
		write(w, http.StatusBadRequest, Record{"reason": "Invalid client_id or client_secret", "error": "invalid_client"})
	case q.Get("account_id") != AccountID:
		write(w, http.StatusBadRequest, Record{"reason": "Bad Request", "error": "invalid_request"})
	default:
		s.signIns++
		token := fmt.Sprintf("zoom-token-%04d", s.signIns)
		s.tokens[token] = s.Now().Add(tokenLife)
		write(w, http.StatusOK, Record{"access_token": token, "token_type": "bearer", "expires_in": int(tokenLife.Seconds()) - 1,
			"scope": "webinar:read:admin user:read:admin"})
	}
}

func (s *Server) user() Record {
	return Record{"id": host, "email": "host@rainshield.example", "first_name": "Hilda", "last_name": "Host", "type": 2, "status": "active", "verified": 1}
}

func (s *Server) describeAll() []Record {
	all := make([]Record, len(s.webinars))
	for i, w := range s.webinars {
		all[i] = w.describe()
	}
	return all
}

func (w *webinar) describe() Record {
	return Record{"id": w.id, "uuid": fmt.Sprintf("uuid-%d", w.id), "topic": w.topic, "host_id": host, "type": 5, "duration": 60, "timezone": "UTC"}
}

// withStatus are the registrants of one status.
func (w *webinar) withStatus(status string) []Record {
	if status == "" {
		status = "approved"
	}
	var some []Record
	for _, r := range w.registrants {
		if r["status"] == status {
			some = append(some, r)
		}
	}
	return some
}

func refuse(w http.ResponseWriter, status, code int, message string) {
	write(w, status, Record{"code": code, "message": message})
}

func write(w http.ResponseWriter, status int, body Record) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that went away needs no answer
}
