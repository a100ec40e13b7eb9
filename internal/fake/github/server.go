package fakegithub

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// MaxBody is how many characters a comment may have.
const MaxBody = 65536

// Options say how the server behaves.
type Options struct {
	// Owner and Repo are the repository; acme and pipeline where they are empty.
	Owner, Repo string
	// Enterprise puts everything below /api/v3.
	Enterprise bool
	// Now is the clock of what is made; the system's where it is nil.
	Now func() time.Time
}

// Server is a running stand-in.
type Server struct {
	Fault *fault.Proxy

	options Options
	http    *httptest.Server
	judge   *contract

	mu          sync.Mutex
	made        int64
	tokens      map[string]Token
	branches    map[string]string
	parents     map[string][]string
	people      map[string]string
	pulls       map[int]*Pull
	merged      map[string][]int // pull requests by a commit that they brought
	comments    []*Comment
	checks      []*CheckRun
	deployments []*Deployment
	issues      []*Issue
	refusals    []*Refusal
	violations  []string
}

// Start starts a server for a test and stops it at the test's end. What does not
// fit the API description fails the test.
func Start(t testing.TB, options ...Options) *Server {
	t.Helper()
	o := Options{}
	if len(options) > 0 {
		o = options[0]
	}
	s, err := newServer(judge.Spec(t, "github-api-subset.json"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.http.Close()
		for _, v := range s.Violations() {
			t.Errorf("not as the API description says: %s", v)
		}
	})
	return s
}

func newServer(spec string, o Options) (*Server, error) {
	if o.Owner == "" {
		o.Owner = "acme"
	}
	if o.Repo == "" {
		o.Repo = "pipeline"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{options: o, made: 1000, tokens: map[string]Token{}, branches: map[string]string{}, parents: map[string][]string{},
		people: map[string]string{}, pulls: map[int]*Pull{}, merged: map[string][]int{}}
	var err error
	if s.judge, err = newContract(spec); err != nil {
		return nil, err
	}
	s.Fault = fault.New(s.checked(s.refusing(s)), fault.HTTP)
	s.http = httptest.NewServer(s.Fault)
	return s, nil
}

// URL is what GITHUB_API_URL would be.
func (s *Server) URL() string { return s.http.URL + s.prefix() }

// Repository is what GITHUB_REPOSITORY would be.
func (s *Server) Repository() string { return s.options.Owner + "/" + s.options.Repo }

// Violations are requests and answers that the API description forbids.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.violations...)
}

func (s *Server) prefix() string {
	if s.options.Enterprise {
		return "/api/v3"
	}
	return ""
}

// call is one request with what its handler may use. It is made under the lock.
type call struct {
	*http.Request
	token Token
	body  []byte
	// next is the URL of the next page, where there is one.
	next string
}

// decode reads the body, which the description has checked.
func (c *call) decode(into any) { _ = json.Unmarshal(c.body, into) }

// number is a number in the path.
func (c *call) number(name string) int {
	n, _ := strconv.Atoi(c.PathValue(name)) // the description says that it is one
	return n
}

type handler func(*call) (int, any)

// operation is what a call of the description does. A token needs the permission;
// where none is named, reading metadata is enough and every token may.
type operation struct {
	permission string
	handle     handler
}

// operations are by the description's operationId.
func (s *Server) operations() map[string]operation {
	const comments = "issues|pull-requests"
	return map[string]operation{
		"issues/list-comments":  {"", s.listComments},
		"issues/create-comment": {comments, s.createComment},
		"issues/get-comment":    {"", s.readComment},
		"issues/update-comment": {comments, s.patchComment},
		"issues/delete-comment": {comments, s.deleteComment},
		"pulls/get":             {"", s.readPull},
		"pulls/list-files":      {"", s.pullFiles},
		"repos/list-pull-requests-associated-with-commit": {"", s.pullsOfCommit},
		"checks/create":                           {"checks", s.createCheck},
		"checks/get":                              {"", s.readCheck},
		"checks/update":                           {"checks", s.patchCheck},
		"checks/list-for-ref":                     {"", s.listChecks},
		"repos/list-deployments":                  {"", s.listDeployments},
		"repos/create-deployment":                 {"deployments", s.createDeployment},
		"repos/list-deployment-statuses":          {"", s.listStatuses},
		"repos/create-deployment-status":          {"deployments", s.createStatus},
		"issues/list-for-repo":                    {"", s.listIssues},
		"issues/create":                           {"issues", s.createIssue},
		"issues/update":                           {"issues", s.patchIssue},
		"repos/get-collaborator-permission-level": {"", s.permission},
		"git/get-ref":                             {"", s.readBranch},
		"git/get-commit":                          {"", s.readCommit},
	}
}

// ServeHTTP calls the handler of an operation under the lock, if the token may.
// It gets requests that the description has looked at.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op, ok := s.operations()[r.PathValue(operationID)]
	if !ok || r.PathValue("owner") != s.options.Owner || r.PathValue("repo") != s.options.Repo {
		write(w, http.StatusNotFound, problem("Not Found"))
		return
	}
	token, ok := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if !ok {
		write(w, http.StatusUnauthorized, problem("Bad credentials"))
		return
	}
	if !token.may(op.permission) {
		write(w, http.StatusForbidden, problem("Resource not accessible by integration"))
		return
	}
	c := &call{Request: r, token: token, body: read(r)}
	code, answer := op.handle(c)
	if c.next != "" {
		w.Header().Set("Link", fmt.Sprintf("<%s>; rel=\"next\"", c.next))
	}
	write(w, code, answer)
}

func write(w http.ResponseWriter, code int, answer any) {
	if answer == nil {
		w.WriteHeader(code)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(answer) // plain values; a client that went away needs no answer
}

func problem(message string) map[string]any {
	return map[string]any{"message": message, "documentation_url": "https://docs.github.com/rest"}
}

// invalid is GitHub's answer to what it cannot take.
func invalid(resource, field, message string) (int, any) {
	p := problem("Validation Failed")
	p["errors"] = []any{map[string]any{"resource": resource, "field": field, "code": "unprocessable", "message": message}}
	return http.StatusUnprocessableEntity, p
}

// page cuts a list as the request asks, 30 where it does not say, and notes
// where the rest is.
func page[T any](s *Server, c *call, list []T) []T {
	query := c.URL.Query()
	size, _ := strconv.Atoi(query.Get("per_page"))
	if size == 0 {
		size = 30
	}
	n, _ := strconv.Atoi(query.Get("page"))
	n = max(n, 1)
	from, to := min((n-1)*size, len(list)), min(n*size, len(list))
	if to < len(list) {
		query.Set("page", strconv.Itoa(n+1))
		c.next = s.http.URL + c.URL.Path + "?" + query.Encode()
	}
	return list[from:to]
}

func (s *Server) newID() int64 {
	s.made++
	return s.made
}

func (s *Server) now() string { return stamp(s.options.Now()) }

// stamp is a moment as GitHub writes it, to the second.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
