package fakesnowflake

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"net"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/account"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// Account is the name of the one account that there is, where the options name no
// other.
const Account = "STANDIN"

// Admin is the first user: a person with ACCOUNTADMIN, and a password.
const Admin = "ADMIN"

// Options say how to start.
type Options struct {
	Fakesnow string           // the program; without one there are no rows
	Account  string           // its name; Account where it is empty
	Now      func() time.Time // for the times that the account keeps; the real clock where it is nil
	Log      io.Writer        // where fakesnow writes; nowhere where it is nil
}

// Server is the stand-in.
type Server struct {
	// Fault breaks requests: where the service itself is not reached, or its
	// answer does not come through. A call's Operation is its SQL.
	Fault *fault.Proxy

	options Options
	process *process
	engine  *engine
	http    *httptest.Server
	secret  string // of Admin

	mu       sync.Mutex // guards the account and the sessions' current things
	account  *account.Account
	sessions map[string]*session
	address  string

	record
}

// New starts fakesnow and the stand-in in front of it. Close ends both.
func New(ctx context.Context, o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	if o.Account == "" {
		o.Account = Account
	}
	p, err := startEngine(o.Fakesnow, o.Log)
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, process: p, engine: newEngine(p.url), secret: random(), address: "127.0.0.1"}
	err = p.ready(ctx, func(ctx context.Context) error {
		token, err := s.engine.login(ctx)
		if err == nil {
			s.engine.logout(ctx, token)
		}
		return err
	})
	if err != nil {
		p.stop()
		return nil, err
	}
	s.clear()
	s.Fault = fault.New(s.handler(), nameOf)
	s.http = httptest.NewServer(s.Fault)
	return s, nil
}

// Start starts a stand-in for a test, and stops it after it. Without fakesnow the
// test is skipped.
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := New(t.Context(), Options{Fakesnow: judge.Program(t, "fakes", "fakesnow")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Close ends the stand-in and fakesnow.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
	s.process.stop()
}

func random() string {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func (s *Server) clear() {
	s.account = account.New(s.options.Account, s.options.Now, random)
	s.account.AddPerson(Admin, s.secret)
	s.sessions = map[string]*session{}
}

// Reset forgets everything: the account is as on its first day, all sessions are
// over, and nothing is counted any more.
func (s *Server) Reset(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, err := s.engine.login(ctx)
	if err != nil {
		return err
	}
	defer s.engine.logout(ctx, token)
	for _, in := range s.sessions {
		if in.engine != "" {
			s.engine.logout(ctx, in.engine)
		}
	}
	for _, sql := range s.account.Clear() {
		if err := s.engine.run(ctx, token, sql); err != nil {
			return err
		}
	}
	s.clear()
	s.reset()
	return nil
}

// SetAddress says where calls seem to come from, for network policies. At the
// start it is 127.0.0.1.
func (s *Server) SetAddress(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.address = address
}

// Snapshot writes the state of the whole account, without times and secrets, so
// that two runs that end in the same state give the same text.
func (s *Server) Snapshot() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account.Snapshot()
}

// Secrets gives a digest of each secret that the account knows, such as
// "RAIN_SHIELD_GROUPAROO token TAPESTRY_CI". Digest makes one to compare with.
func (s *Server) Secrets() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account.Secrets()
}

// Digest is how Secrets writes a secret.
func Digest(secret string) string { return account.Digest(secret) }

// URL is where the stand-in listens.
func (s *Server) URL() string { return s.http.URL }

// Host is the host of the URL.
func (s *Server) Host() string {
	host, _, _ := net.SplitHostPort(s.http.Listener.Addr().String())
	return host
}

// Port is the port of the URL.
func (s *Server) Port() int {
	_, port, _ := net.SplitHostPort(s.http.Listener.Addr().String())
	n, _ := strconv.Atoi(port)
	return n
}
