package fakesalesforce

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

// The credentials of the connected app and its user. They are long, because
// connectors take a secret out of every line that they log.
const (
	ClientID     = "salesforce-client-0001"
	ClientSecret = "salesforce-client-secret-of-the-stand-in"
	RefreshToken = "salesforce-refresh-token-of-the-stand-in"
)

// The hosts that Salesforce answers on: two to sign in, one of the org.
const (
	loginHost   = "login.salesforce.com"
	sandboxHost = "test.salesforce.com"
	orgHost     = "rain-shield.my.salesforce.com"
)

// sessionLife is how long a session holds.
const sessionLife = 2 * time.Hour

// Server is one org.
type Server struct {
	// Now is the time at Salesforce. It is set before the first call.
	Now func() time.Time
	// PageRows is how many rows a page of results has at most; 0 is as many as
	// Salesforce gives: 2,000 by REST, all of them by the Bulk API.
	PageRows int
	// Polls is how often a job says that it is not done yet.
	Polls int

	proxy *fault.Proxy

	mu       sync.Mutex
	objects  []*object
	sessions map[string]time.Time
	jobs     map[string]*job
	cursors  map[string]cursor
	serial   int
	refusals []refusal
}

// New gives an org that has the standard object Contact, without records.
func New() *Server {
	s := &Server{Now: time.Now, sessions: map[string]time.Time{}, jobs: map[string]*job{}, cursors: map[string]cursor{}}
	s.objects = []*object{{name: "Contact", prefix: "003", fields: contactFields()}}
	s.proxy = fault.New(http.HandlerFunc(s.serve), named)
	return s
}

// Hosts are the names that it answers on.
func (s *Server) Hosts() map[string]http.Handler {
	return map[string]http.Handler{loginHost: s.proxy, sandboxHost: s.proxy, orgHost: s.proxy}
}

// Secrets are what the pipeline of the Rain Shield example needs to sign in, as
// environment variables.
func (s *Server) Secrets() map[string]string {
	return map[string]string{"SF_CLIENT_ID": ClientID, "SF_CLIENT_SECRET": ClientSecret, "SF_REFRESH_TOKEN": RefreshToken}
}

// Fault breaks calls from now on. Operations are such as "POST token", "GET
// sobjects", "GET describe", "GET queryAll", "POST job", "GET job", "GET results",
// "DELETE job".
func (s *Server) Fault(r fault.Rule) { s.proxy.Add(r) }

// Requests are the calls so far; with operations, those alone.
func (s *Server) Requests(operations ...string) []fault.Call { return s.proxy.Calls(operations...) }

// Containing are the calls with a text in their body or path.
func (s *Server) Containing(text string) []fault.Call { return s.proxy.Containing(text) }

// Reset forgets all calls and faults, and keeps the records.
func (s *Server) Reset() {
	s.proxy.Reset()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusals = nil
}

// refusal is an error in Salesforce's own words.
type refusal struct {
	status        int
	code, message string
}

// Refuse answers the next n calls to the org with an error in Salesforce's own
// form, such as 403 REQUEST_LIMIT_EXCEEDED.
func (s *Server) Refuse(n, status int, code, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.refusals = append(s.refusals, refusal{status, code, message})
	}
}

// ExpireTokens ends every session.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.sessions)
}

// named gives calls the names that rules go by.
func named(r *http.Request, _ []byte) fault.Name {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	what := r.URL.Path
	switch last := parts[len(parts)-1]; {
	case last == "token", last == "sobjects", last == "describe", last == "results", last == "queryAll", last == "query" && len(parts) == 4:
		what = last
	case len(parts) >= 5 && parts[3] == "jobs":
		what = "job"
	case len(parts) == 5 && (parts[3] == "query" || parts[3] == "queryAll"):
		what = parts[3]
	}
	return fault.Name{Service: "salesforce", Operation: r.Method + " " + what}
}

// next is a number that was not given out yet; with the lock held.
func (s *Server) next() int {
	s.serial++
	return s.serial
}

// recordID is as Salesforce writes ids: three characters of the object, fifteen
// of the record.
func recordID(prefix string, n int) string { return fmt.Sprintf("%s5g%010dAAA", prefix, n) }
