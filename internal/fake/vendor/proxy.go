package vendor

import (
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Hosts are stand-ins by the host name that they answer for.
type Hosts map[string]http.Handler

// Proxy is the way to the stand-ins.
type Proxy struct {
	dir   string // holds the certificate of the authority
	ca    *authority
	outer net.Listener
	inner *pipe
	http  *http.Server // speaks to clients of the proxy
	tls   *http.Server // speaks to clients through the proxy

	mu      sync.Mutex
	hosts   Hosts
	refused []string
}

// New starts a proxy. Close ends it.
func New(hosts ...Hosts) (*Proxy, error) {
	ca, err := newAuthority(time.Now())
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tapestry-vendor-")
	if err != nil {
		return nil, err
	}
	p := &Proxy{dir: dir, ca: ca, hosts: Hosts{}}
	p.Serve(hosts...)
	if err = os.WriteFile(p.CAFile(), ca.pem, 0o600); err == nil {
		p.outer, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	quiet := log.New(io.Discard, "", 0)
	p.inner = newPipe(p.outer.Addr())
	p.http = &http.Server{Handler: http.HandlerFunc(p.proxy), ErrorLog: quiet}
	p.tls = &http.Server{Handler: http.HandlerFunc(p.route), ErrorLog: quiet}
	go func() { _ = p.http.Serve(p.outer) }() // ends with Close
	go func() { _ = p.tls.Serve(p.inner) }()
	return p, nil
}

// Start starts a proxy for the test.
func Start(t testing.TB, hosts ...Hosts) *Proxy {
	t.Helper()
	p, err := New(hosts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// Serve adds stand-ins.
func (p *Proxy) Serve(hosts ...Hosts) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range hosts {
		for name, handler := range h {
			p.hosts[name] = handler
		}
	}
}

// Close ends the proxy and every connection through it.
func (p *Proxy) Close() {
	_ = p.http.Close()
	_ = p.tls.Close() // the connections that were taken over, too
	_ = p.inner.Close()
	_ = os.RemoveAll(p.dir)
}

// URL is http://127.0.0.1:PORT.
func (p *Proxy) URL() string { return "http://" + p.outer.Addr().String() }

// CAFile is the certificate of the authority, as PEM.
func (p *Proxy) CAFile() string { return filepath.Join(p.dir, "ca.pem") }

// Environ are the variables by which programs in Go, Python, Node and curl find
// the proxy and trust it.
func (p *Proxy) Environ() []string {
	var env []string
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		env = append(env, name+"="+p.URL())
	}
	for _, name := range []string{"REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"} {
		env = append(env, name+"="+p.CAFile())
	}
	return append(env, "NO_PROXY=127.0.0.1,localhost", "no_proxy=127.0.0.1,localhost")
}

// Refused are the hosts that were asked for and have no stand-in, each once, in
// the order of the first time.
func (p *Proxy) Refused() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.refused)
}

// handler is the stand-in for a host; nil, and noted, where there is none.
func (p *Proxy) handler(hostport string) http.Handler {
	name := hostport
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		name = host
	}
	name = strings.ToLower(name)
	p.mu.Lock()
	defer p.mu.Unlock()
	if h := p.hosts[name]; h != nil {
		return h
	}
	if !slices.Contains(p.refused, name) {
		p.refused = append(p.refused, name)
	}
	return nil
}

// route hands a request to the stand-in of its host.
func (p *Proxy) route(w http.ResponseWriter, r *http.Request) {
	if h := p.handler(r.Host); h != nil {
		h.ServeHTTP(w, r)
		return
	}
	http.Error(w, "no stand-in for "+r.Host, http.StatusBadGateway)
}

// proxy opens a tunnel that ends here, and takes plain requests as they are.
func (p *Proxy) proxy(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		p.route(w, r)
		return
	}
	if p.handler(r.Host) == nil {
		http.Error(w, "no stand-in for "+r.Host, http.StatusForbidden)
		return
	}
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_ = conn.Close()
		return
	}
	p.inner.hand(tls.Server(conn, &tls.Config{GetCertificate: p.ca.certificate, NextProtos: []string{"http/1.1"}}))
}
