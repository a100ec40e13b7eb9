package fakesalesforce

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// serve answers on all hosts.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == "/services/oauth2/token" {
		s.token(w, r)
		return
	}
	if len(s.refusals) > 0 {
		first := s.refusals[0]
		s.refusals = s.refusals[1:]
		refuse(w, first.status, first.code, first.message)
		return
	}
	until, ok := s.sessions[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if !ok || !s.Now().Before(until) {
		refuse(w, http.StatusUnauthorized, "INVALID_SESSION_ID", "Session expired or invalid")
		return
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(parts) < 4 || parts[0] != "services" || parts[1] != "data" || !strings.HasPrefix(parts[2], "v") {
		notFound(w)
		return
	}
	s.data(w, r, parts[3:])
}

func (s *Server) data(w http.ResponseWriter, r *http.Request, path []string) {
	get := r.Method == http.MethodGet
	switch {
	case path[0] == "sobjects" && len(path) == 1 && get:
		s.list(w)
	case path[0] == "sobjects" && len(path) == 3 && path[2] == "describe" && get:
		s.describe(w, path[1])
	case (path[0] == "query" || path[0] == "queryAll") && get:
		s.query(w, r, path)
	case path[0] == "jobs" && len(path) >= 2 && path[1] == "query":
		s.bulk(w, r, path[2:])
	default:
		notFound(w)
	}
}

// token opens a session for whoever knows the refresh token.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost {
		refuseSignIn(w, "unsupported_grant_type", "grant type not supported")
		return
	}
	f := r.PostForm
	switch {
	case f.Get("grant_type") != "refresh_token":
		refuseSignIn(w, "unsupported_grant_type", "grant type not supported")
	case f.Get("client_id") != ClientID:
		refuseSignIn(w, "invalid_client_id", "client identifier invalid")
	case f.Get("client_secret") != ClientSecret:
		refuseSignIn(w, "invalid_client", "invalid client credentials")
	case f.Get("refresh_token") != RefreshToken:
		refuseSignIn(w, "invalid_grant", "expired access/refresh token")
	default:
		token := fmt.Sprintf("00D5g!session-%06d", s.next())
		s.sessions[token] = s.Now().Add(sessionLife)
		write(w, http.StatusOK, Record{"access_token": token, "instance_url": "https://" + orgHost, "token_type": "Bearer",
			"id": "https://login.salesforce.com/id/00D5g/0055g", "issued_at": fmt.Sprint(s.Now().UnixMilli()), "scope": "api refresh_token"})
	}
}

func (s *Server) list(w http.ResponseWriter) {
	var all []Record
	for _, o := range s.objects {
		all = append(all, Record{"name": o.name, "label": o.name, "keyPrefix": o.prefix, "queryable": true, "custom": strings.HasSuffix(o.name, "__c")})
	}
	write(w, http.StatusOK, Record{"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": all})
}

func (s *Server) describe(w http.ResponseWriter, name string) {
	o := s.find(name)
	if o == nil {
		notFound(w)
		return
	}
	var fields []Record
	for _, f := range o.fields {
		fields = append(fields, Record{"name": f.Name, "label": f.Name, "type": f.Type, "nillable": f.Type != "boolean" && f.Name != "Id"})
	}
	write(w, http.StatusOK, Record{"name": name, "label": name, "queryable": true, "fields": fields})
}

func notFound(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, "NOT_FOUND", "The requested resource does not exist")
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	write(w, status, []Record{{"message": message, "errorCode": code}})
}

func refuseSignIn(w http.ResponseWriter, code, message string) {
	write(w, http.StatusBadRequest, Record{"error": code, "error_description": message})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that went away needs no answer
}
