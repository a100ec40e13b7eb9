package fakeregistry

import (
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

// The sign-in that is accepted. The password is the one that fakeaws gives out
// where it is told of another registry (SetRegistry).
const (
	User     = "AWS"
	Password = "a-token-of-the-stand-in"
)

// Account is who the registry belongs to.
const Account = "123456789012"

// Server is one registry.
type Server struct {
	// Exists tells whether there is a repository, beside those of Create. It is
	// set before the first call.
	Exists func(repository string) bool
	// Now is when images are pushed.
	Now func() time.Time

	proxy *fault.Proxy
	http  *httptest.Server
	next  http.Handler // the registry itself

	mu           sync.Mutex
	repositories map[string]bool
	blobs        map[string]bool // repository and digest
	pushed       map[string][]pushed
}

// pushed is one image of a repository.
type pushed struct {
	tag, digest string
	at          time.Time
	size        int
}

// New starts a registry. Close ends it.
func New() *Server {
	s := &Server{
		Now:  time.Now,
		next: registry.New(registry.Logger(log.New(io.Discard, "", 0))), repositories: map[string]bool{}, blobs: map[string]bool{}, pushed: map[string][]pushed{},
	}
	s.proxy = fault.New(http.HandlerFunc(s.serve), called)
	s.http = httptest.NewServer(s.proxy)
	return s
}

// Start starts a registry for the test.
func Start(t testing.TB) *Server {
	s := New()
	t.Cleanup(s.Close)
	return s
}

// Close ends the registry.
func (s *Server) Close() { s.http.Close() }

// URL is http://127.0.0.1:PORT.
func (s *Server) URL() string { return s.http.URL }

// Host is 127.0.0.1:PORT.
func (s *Server) Host() string { return strings.TrimPrefix(s.http.URL, "http://") }

// Config is one by which the AWS SDK finds ECR here.
func (s *Server) Config() aws.Config {
	return aws.Config{Region: "us-east-1", BaseEndpoint: aws.String(s.URL()),
		Credentials: credentials.NewStaticCredentialsProvider("AKIAAPPLY00000000000", "secret", "")}
}

// Create makes repositories, as the foundation stack does.
func (s *Server) Create(repositories ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range repositories {
		s.repositories[r] = true
	}
}

// Fault breaks calls from now on.
func (s *Server) Fault(r fault.Rule) { s.proxy.Add(r) }

// Requests are the calls so far; with operations, those alone. An operation is
// such as "HEAD manifest", "GET blob", "POST upload", "PATCH upload", "PUT
// upload", "PUT manifest", "GET tags", "ping", or the name of a call of ECR.
func (s *Server) Requests(operations ...string) []fault.Call { return s.proxy.Calls(operations...) }

// Containing are the calls with a text in their body or path.
func (s *Server) Containing(text string) []fault.Call { return s.proxy.Containing(text) }

// Reset forgets all calls and faults, and keeps the images.
func (s *Server) Reset() { s.proxy.Reset() }

// Sent is how many bytes the calls so far carried.
func (s *Server) Sent() int {
	n := 0
	for _, c := range s.proxy.Calls() {
		n += len(c.Body)
	}
	return n
}

// Tags are the tags of a repository with their digests.
func (s *Server) Tags(repository string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]string{}
	for _, p := range s.pushed[repository] {
		if p.tag != "" {
			out[p.tag] = p.digest
		}
	}
	return out
}

// Blobs counts the blobs of all repositories.
func (s *Server) Blobs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(slices.Collect(maps.Keys(s.blobs)))
}

func (s *Server) exists(repository string) bool {
	s.mu.Lock()
	made := s.repositories[repository]
	s.mu.Unlock()
	return made || s.Exists != nil && s.Exists(repository)
}
