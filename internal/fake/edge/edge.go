package edge

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Edge is the proxy. Close ends it.
type Edge struct {
	// CA is the path of the authority's certificate.
	CA string

	authority *authority
	proxy     net.Listener
	inside    *handed
	server    *http.Server
	open      sync.WaitGroup

	mu        sync.Mutex
	hosts     map[string]http.Handler
	strangers []string
	conns     map[net.Conn]bool
	closed    bool
}

// New starts an edge. dir takes the authority's certificate.
func New(dir string) (*Edge, error) {
	a, err := newAuthority()
	if err != nil {
		return nil, err
	}
	e := &Edge{CA: filepath.Join(dir, "ca.pem"), authority: a, hosts: map[string]http.Handler{}, conns: map[net.Conn]bool{}}
	if err := os.WriteFile(e.CA, a.pem, 0o644); err != nil {
		return nil, err
	}
	if e.proxy, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	e.inside = newHanded(e.proxy.Addr())
	e.server = &http.Server{Handler: http.HandlerFunc(e.route), TLSConfig: a.config(), ErrorLog: quiet()}
	e.open.Add(2)
	go func() { defer e.open.Done(); _ = e.server.ServeTLS(e.inside, "", "") }()
	go func() { defer e.open.Done(); e.accept() }()
	return e, nil
}

// Start starts an edge for a test and ends it after it.
func Start(t testing.TB) *Edge {
	t.Helper()
	e, err := New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// Serve puts a handler behind a host name.
func (e *Edge) Serve(host string, h http.Handler) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hosts[host] = h
}

// Strangers are the names that were asked for and have no handler, sorted.
func (e *Edge) Strangers() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := slices.Clone(e.strangers)
	slices.Sort(out)
	return slices.Compact(out)
}

// Env is the environment that leads a program here.
func (e *Edge) Env() []string {
	proxy := "http://" + e.proxy.Addr().String()
	return []string{
		"HTTPS_PROXY=" + proxy, "https_proxy=" + proxy, "NO_PROXY=127.0.0.1,localhost", "no_proxy=127.0.0.1,localhost",
		"NODE_EXTRA_CA_CERTS=" + e.CA, "REQUESTS_CA_BUNDLE=" + e.CA, "SSL_CERT_FILE=" + e.CA, "CURL_CA_BUNDLE=" + e.CA,
	}
}

// Close ends the edge and every connection through it.
func (e *Edge) Close() {
	e.mu.Lock()
	e.closed = true
	conns := e.conns
	e.conns = nil
	e.mu.Unlock()
	_ = e.proxy.Close()
	_ = e.server.Close()
	_ = e.inside.Close()
	for c := range conns {
		_ = c.Close()
	}
	e.open.Wait()
}

// accept takes what clients of the proxy say.
func (e *Edge) accept() {
	for {
		conn, err := e.proxy.Accept()
		if err != nil {
			return
		}
		if !e.keep(conn) {
			_ = conn.Close()
			return
		}
		e.open.Add(1)
		go func() { defer e.open.Done(); e.connect(conn) }()
	}
}

func (e *Edge) keep(conn net.Conn) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.conns[conn] = true
	return true
}

func (e *Edge) forget(conn net.Conn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.conns, conn)
}

// connect answers one CONNECT and hands the connection to the server behind.
func (e *Edge) connect(conn net.Conn) {
	reader := bufio.NewReader(conn)
	req, err := http.ReadRequest(reader)
	if err != nil {
		e.refuse(conn, "400 Bad Request")
		return
	}
	if req.Method != http.MethodConnect {
		e.stranger(req.Host)
		e.refuse(conn, "405 Method Not Allowed")
		return
	}
	if name, _, _ := strings.Cut(req.Host, ":"); e.handler(name) == nil {
		e.stranger(name)
		e.refuse(conn, "403 Forbidden")
		return
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		e.forget(conn)
		_ = conn.Close()
		return
	}
	e.inside.hand(&read{Conn: conn, from: reader, gone: func() { e.forget(conn) }})
}

func (e *Edge) refuse(conn net.Conn, status string) {
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status)
	e.forget(conn)
	_ = conn.Close()
}

func (e *Edge) stranger(host string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.strangers = append(e.strangers, host)
}

func (e *Edge) handler(host string) http.Handler {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.hosts[host]
}

// route gives a request to whoever stands for its host.
func (e *Edge) route(w http.ResponseWriter, r *http.Request) {
	host, _, _ := strings.Cut(r.Host, ":")
	h := e.handler(host)
	if h == nil {
		e.stranger(host)
		http.Error(w, "nobody stands for "+host, http.StatusMisdirectedRequest)
		return
	}
	h.ServeHTTP(w, r)
}
