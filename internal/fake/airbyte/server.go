package airbyte

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

const (
	base = "/api/public/v1"
	// Mask is what answers hold instead of a secret.
	Mask = "**********"
)

// Stream is what a source says of one of its streams.
type Stream struct {
	Namespace, Name string
	PrimaryKey      []string // where the source defines it
}

// Definition is a connector in the version that the server runs.
type Definition struct{ ID, Kind, Name, Version string }

// Connection is what OnSync is told.
type Connection struct {
	ID, Name string
	Body     map[string]any
}

// Options say how the server behaves.
type Options struct {
	// Spec is the file of the API description; without it nothing is validated.
	Spec string
	// Now and TokenLife make tokens expire. The system's clock and 15 minutes
	// where they are not set.
	Now       func() time.Time
	TokenLife time.Duration
	// Catalogs are the streams of each source, by the source's name. A source
	// without one has whatever streams are asked for.
	Catalogs map[string][]Stream
	// SlowDiscovery makes the first creation of each connection time out (504),
	// and the connection all the same.
	SlowDiscovery bool
	// NoDiscovery makes every creation of a connection time out, with nothing made.
	NoDiscovery bool
	// OnSync runs when a job of a connection ends. Its error is the job's failure.
	OnSync func(Connection) error
	// PageLimit is how many objects a page has at most; 100 where it is not set.
	PageLimit int
	// Definitions are the connectors that the server brings along.
	Definitions []Definition
	// Secrets are names of configuration fields that hold secrets, besides those
	// that every connector has.
	Secrets []string
}

// Server is a running stand-in.
type Server struct {
	Fault *fault.Proxy

	options Options
	http    *httptest.Server
	judge   *contract

	mu         sync.Mutex
	objects    map[string][]*object // by kind
	jobs       []*job
	tokens     map[string]time.Time
	made       int
	timedOut   map[string]bool
	violations []string
	swap       int // listings of workspaces until it has another database
}

type object struct {
	id, zone string
	body     map[string]any
}

// New starts a server.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.PageLimit == 0 {
		o.PageLimit = 100
	}
	if o.TokenLife == 0 {
		o.TokenLife = 15 * time.Minute
	}
	s := &Server{options: o, objects: map[string][]*object{}, tokens: map[string]time.Time{}, timedOut: map[string]bool{}}
	if o.Spec != "" {
		var err error
		if s.judge, err = newContract(o.Spec); err != nil {
			return nil, err
		}
	}
	s.Fault = fault.New(s.checked(s.routes()), fault.HTTP)
	s.http = httptest.NewServer(s.Fault)
	return s, nil
}

// Start starts a server for a test, with the API description, and stops it at
// the test's end. Requests that do not fit the description fail the test.
func Start(t testing.TB, options ...Options) *Server {
	t.Helper()
	o := Options{}
	if len(options) > 0 {
		o = options[0]
	}
	o.Spec = judge.Spec(t, "airbyte-public-api-subset.yaml")
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		for _, v := range s.Violations() {
			t.Errorf("not as the API description says: %s", v)
		}
	})
	return s
}

// URL is where the server is, without the API's own path.
func (s *Server) URL() string { return s.http.URL }

// Close stops it.
func (s *Server) Close() { s.http.Close() }

// Reset forgets everything but the log: the machine was made anew.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.empty()
}

// Swap lets the server go on with another database, which is empty, right before it
// lists workspaces for the n-th time from now on.
func (s *Server) Swap(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.swap = n
}

func (s *Server) empty() {
	s.objects, s.jobs, s.tokens, s.timedOut = map[string][]*object{}, nil, map[string]time.Time{}, map[string]bool{}
}

// Credentials are what the machine would have published.
func (s *Server) Credentials() string {
	return `{"clientId":"` + clientID + `","clientSecret":"` + clientSecret + `","password":"stand-in-password","chart":"2.0.0"}`
}

// Violations are requests and answers that the API description forbids.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.violations...)
}

const (
	clientID     = "stand-in-client"
	clientSecret = "stand-in-client-secret"
)

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	open := func(pattern string, h func(*http.Request, map[string]any) (int, any)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, h) })
	}
	closed := func(pattern string, h func(*http.Request, map[string]any) (int, any)) {
		open(pattern, func(r *http.Request, body map[string]any) (int, any) {
			if !s.signedIn(r) {
				return http.StatusUnauthorized, problem("the token is missing or has expired")
			}
			return h(r, body)
		})
	}
	open("GET "+base+"/health", func(*http.Request, map[string]any) (int, any) { return 200, nil })
	open("POST "+base+"/applications/token", s.token)
	for _, kind := range []string{"workspace", "source", "destination", "connection"} {
		path := base + "/" + kind + "s"
		closed("GET "+path, s.list(kind))
		closed("POST "+path, s.create(kind))
		closed("GET "+path+"/{id}", s.read(kind))
		closed("PATCH "+path+"/{id}", s.patch(kind))
		closed("DELETE "+path+"/{id}", s.remove(kind))
	}
	closed("PUT "+base+"/sources/{id}", s.put("source"))
	closed("PUT "+base+"/destinations/{id}", s.put("destination"))
	for _, kind := range []string{"source", "destination"} {
		closed("GET "+base+"/workspaces/{id}/definitions/"+kind+"s", s.existing("workspace", func(*object, map[string]any) (int, any) { return 200, s.definitions(kind) }))
	}
	closed("GET "+base+"/jobs", s.listJobs)
	closed("POST "+base+"/jobs", s.createJob)
	closed("GET "+base+"/jobs/{id}", s.readJob)
	closed("DELETE "+base+"/jobs/{id}", s.cancelJob)
	closed("POST /api/v1/connections/update", s.setZone)
	return mux
}

// serve decodes, calls under the lock and encodes.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, h func(*http.Request, map[string]any) (int, any)) {
	var body map[string]any
	if r.Method != http.MethodGet && r.Method != http.MethodDelete {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	s.mu.Lock()
	code, answer := h(r, body)
	var text []byte
	if answer != nil {
		text, _ = json.Marshal(answer) // maps of plain values
	}
	s.mu.Unlock()
	if text != nil {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(code)
	_, _ = w.Write(text) // a client that went away needs no answer
}

func problem(detail string) map[string]any { return map[string]any{"message": detail} }

func (s *Server) token(_ *http.Request, body map[string]any) (int, any) {
	if body["client_id"] != clientID || body["client_secret"] != clientSecret {
		return http.StatusForbidden, problem("wrong credentials")
	}
	token := s.newID("token")
	s.tokens["Bearer "+token] = s.options.Now().Add(s.options.TokenLife)
	return 200, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": int(s.options.TokenLife.Seconds())}
}

func (s *Server) signedIn(r *http.Request) bool {
	until, ok := s.tokens[r.Header.Get("Authorization")]
	return ok && s.options.Now().Before(until)
}
