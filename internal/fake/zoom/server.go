package fakezoom

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

// The credentials of the account. They are long, because connectors take a
// secret out of every line that they log.
const (
	AccountID    = "zoom-account-0001"
	ClientID     = "zoom-client-0001"
	ClientSecret = "zoom-client-secret-of-the-stand-in"
)

// The hosts that Zoom answers on.
const (
	oauthHost = "zoom.us"
	apiHost   = "api.zoom.us"
)

// Webinar is the webinar that every account begins with.
const Webinar int64 = 85000000001

// host is the user who holds all webinars.
const host = "u-host-0001"

// Record is what Zoom says of one registrant, by its own names of fields.
type Record = map[string]any

// Server is one account at Zoom.
type Server struct {
	// Now is the time at Zoom. It is set before the first call.
	Now func() time.Time

	proxy *fault.Proxy

	mu       sync.Mutex
	webinars []*webinar
	tokens   map[string]time.Time // token → when it ends
	pages    map[string]page      // next_page_token → where it goes on
	issued   int                  // registrants so far
	signIns  int
	throttle []string // Retry-After of the next calls that are refused
}

type webinar struct {
	id          int64
	topic       string
	registrants []Record
}

// New gives an account with one user and one webinar that nobody registered for.
func New() *Server {
	s := &Server{Now: time.Now, tokens: map[string]time.Time{}, pages: map[string]page{}}
	s.webinars = []*webinar{{id: Webinar, topic: "Umbrellas for every weather"}}
	s.proxy = fault.New(http.HandlerFunc(s.serve), named)
	return s
}

// Hosts are the names that it answers on.
func (s *Server) Hosts() map[string]http.Handler {
	return map[string]http.Handler{oauthHost: s.proxy, apiHost: s.proxy}
}

// Secrets are what the pipeline of the Rain Shield example needs to sign in, as
// environment variables.
func (s *Server) Secrets() map[string]string {
	return map[string]string{"ZOOM_ACCOUNT_ID": AccountID, "ZOOM_CLIENT_ID": ClientID, "ZOOM_CLIENT_SECRET": ClientSecret}
}

// Fault breaks calls from now on. Operations are such as "POST token", "GET
// users", "GET webinars", "GET webinar", "GET registrants".
func (s *Server) Fault(r fault.Rule) { s.proxy.Add(r) }

// Requests are the calls so far; with operations, those alone.
func (s *Server) Requests(operations ...string) []fault.Call { return s.proxy.Calls(operations...) }

// Containing are the calls with a text in their body or path.
func (s *Server) Containing(text string) []fault.Call { return s.proxy.Containing(text) }

// Reset forgets all calls and faults, and keeps the account.
func (s *Server) Reset() {
	s.proxy.Reset()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.throttle = nil
}

// Throttle refuses the next n calls to the API with 429 and a Retry-After of so
// many seconds.
func (s *Server) Throttle(n int, retryAfter string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.throttle = append(s.throttle, retryAfter)
	}
}

// ExpireTokens ends every token that was given out.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// named gives calls the names that rules go by.
func named(r *http.Request, _ []byte) fault.Name {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	n := fault.Name{Service: "zoom", Operation: r.Method + " " + r.URL.Path}
	switch {
	case r.URL.Path == "/oauth/token":
		n.Operation = r.Method + " token"
	case len(parts) == 3 && parts[1] == "webinars":
		n.Operation = r.Method + " webinar"
	case len(parts) == 2 || len(parts) == 4:
		n.Operation = r.Method + " " + parts[len(parts)-1]
	}
	return n
}
