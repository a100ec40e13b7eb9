package fakeaws

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// The access keys of the account. Every other key has the rights of ApplyKey.
const (
	PlanKey  = "AKIAPLAN000000000000" // reads, and reads no secret
	ApplyKey = "AKIAAPPLY00000000000"
)

// Region is where everything is.
const Region = "us-east-1"

// Account is the number of the account.
const Account = account

// Options says how to start.
type Options struct {
	// Python is the interpreter of the tool set "fakes".
	Python string
	// Log gets what the emulator prints; nothing, where it is nil.
	Log io.Writer
}

// Server is one account of AWS.
type Server struct {
	// URL is what AWS_ENDPOINT_URL has to be.
	URL string

	process *process
	proxy   *fault.Proxy
	http    *http.Server
	handed  handed
}

// backend reaches the emulator. Each call has its own connection: one that is
// kept may be closed by the other side at the moment it is used.
var backend = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// Start starts a server for the test. It is skipped where the tool set is not
// installed.
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := New(t.Context(), Options{Python: filepath.Join(judge.Dir(t, "fakes"), "bin", "python")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// New starts a server. Close ends it.
func New(ctx context.Context, o Options) (*Server, error) {
	p, err := launch(ctx, o.Python, o.Log)
	if err != nil {
		return nil, err
	}
	s := &Server{process: p}
	if err := s.serve(ctx); err != nil {
		_ = p.close() // the first error says more
		return nil, err
	}
	return s, nil
}

func (s *Server) serve(ctx context.Context) error {
	target, err := url.Parse(s.process.url)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.URL = "http://" + listener.Addr().String()
	behind := &httputil.ReverseProxy{
		Transport: backend.Transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // signatures and bucket names refer to it
		},
		ErrorHandler: s.unreachable,
	}
	s.proxy = fault.New(rights(behind, &s.handed), fault.AWS)
	s.http = &http.Server{Handler: s.proxy, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(listener) }() // it ends when Close is called
	return nil
}

// unreachable answers where the emulator does not: it has ended, or the client
// went away in between.
func (s *Server) unreachable(w http.ResponseWriter, r *http.Request, err error) {
	message := err.Error()
	select {
	case <-s.process.done:
		message = "the AWS emulator has ended: " + s.process.log.text()
	default:
	}
	fault.Plain.Write(w, fault.Failure{Status: http.StatusBadGateway, Code: "BadGateway", Message: message})
}

// Close ends the server and the emulator.
func (s *Server) Close() error {
	_ = s.http.Close()
	return s.process.close()
}

// Config signs with the key that may do everything.
func (s *Server) Config() aws.Config { return s.config(ApplyKey, s.URL) }

// PlanConfig signs with the key that only reads.
func (s *Server) PlanConfig() aws.Config { return s.config(PlanKey, s.URL) }

// Inside reaches the emulator past the proxy: what the account's own machines do
// is counted by nobody.
func (s *Server) Inside(region string) aws.Config {
	cfg := s.inside()
	cfg.Region = region
	return cfg
}

// inside reaches the emulator past the proxy.
func (s *Server) inside() aws.Config {
	cfg := s.config(ApplyKey, s.process.url)
	cfg.HTTPClient = backend
	return cfg
}

func (s *Server) config(key, url string) aws.Config {
	return aws.Config{
		Region: Region, BaseEndpoint: aws.String(url),
		Credentials: credentials.NewStaticCredentialsProvider(key, "secret", ""),
	}
}

// Requests are the calls so far; with operations, those alone.
func (s *Server) Requests(operations ...string) []fault.Call { return s.proxy.Calls(operations...) }

// Containing are the calls with a text in their body or path.
func (s *Server) Containing(text string) []fault.Call { return s.proxy.Containing(text) }

// Watch calls f for each call that succeeded, before the client hears of it.
func (s *Server) Watch(f func(fault.Call)) { s.proxy.Watch(f) }

// Fault breaks calls from now on.
func (s *Server) Fault(r fault.Rule) { s.proxy.Add(r) }
