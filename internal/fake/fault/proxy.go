package fault

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Name says what a request asks for.
type Name struct {
	Service   string // cloudformation, ssm, s3, …; empty where there is one only
	Operation string // CreateChangeSet, PutParameter, …; or a method and a path
	// Caller is who signed: the access key of AWS.
	Caller string
	// Form is how the service tells an error.
	Form Form
}

// Namer names a request.
type Namer func(r *http.Request, body []byte) Name

// Call is one request and what became of it.
type Call struct {
	N int // from 1, in the order of arrival
	Name
	Method string
	Path   string // with the query
	Body   []byte
	Status int    // of the answer, also of one that was dropped; 0 while it runs, or where it was cut
	Fault  string // what a rule did to it: refused, dropped, cut
}

// Proxy hands requests on and keeps them.
type Proxy struct {
	next http.Handler
	name Namer

	mu    sync.Mutex
	calls []Call
	rules []*Rule
	watch []func(Call)
}

// New puts a proxy before next.
func New(next http.Handler, name Namer) *Proxy {
	return &Proxy{next: next, name: name}
}

// Add lays down a rule. Where several fit a call, the first counts.
func (p *Proxy) Add(r Rule) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, &r)
}

// Watch calls f for each call that succeeded, before the client hears of it, also
// where it never does. Reset leaves it.
func (p *Proxy) Watch(f func(Call)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watch = append(p.watch, f)
}

// Calls are the calls so far; with operations, those alone.
func (p *Proxy) Calls(operations ...string) []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(operations) == 0 {
		return slices.Clone(p.calls)
	}
	var some []Call
	for _, c := range p.calls {
		if slices.Contains(operations, c.Operation) {
			some = append(some, c)
		}
	}
	return some
}

// Containing are the calls with text in their body or path.
func (p *Proxy) Containing(text string) []Call {
	var found []Call
	for _, c := range p.Calls() {
		if bytes.Contains(c.Body, []byte(text)) || bytes.Contains([]byte(c.Path), []byte(text)) {
			found = append(found, c)
		}
	}
	return found
}

// Reset forgets all calls and rules. Numbers begin at 1 again.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls, p.rules = nil, nil
}

// ServeHTTP is called by the server.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the client went away
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	call, rule := p.arrived(r, body)
	if rule == nil {
		p.forward(w, r, call)
		return
	}
	p.broken(w, r, call, rule)
}

// arrived keeps the call and finds the rule for it.
func (p *Proxy) arrived(r *http.Request, body []byte) (Call, *Rule) {
	call := Call{Name: p.name(r, body), Method: r.Method, Path: r.URL.RequestURI(), Body: body}
	p.mu.Lock()
	defer p.mu.Unlock()
	call.N = len(p.calls) + 1
	var found *Rule
	for _, rule := range p.rules {
		// Every rule counts the call, so that the numbers of one do not depend
		// on another.
		if rule.hits(call) && found == nil {
			found = rule
		}
	}
	p.calls = append(p.calls, call)
	return call, found
}

func (p *Proxy) broken(w http.ResponseWriter, r *http.Request, call Call, rule *Rule) {
	if rule.Delay > 0 {
		hold(r, rule.Delay)
	}
	if rule.Before != nil {
		rule.Before(call)
	}
	switch rule.Do {
	case Refuse:
		p.ended(call, rule.status(call), "refused")
		rule.refuse(w, call)
	case Cut:
		p.ended(call, 0, "cut")
		panic(http.ErrAbortHandler)
	case Drop:
		lost := &discard{header: http.Header{}}
		p.next.ServeHTTP(lost, r)
		p.ended(call, lost.status, "dropped")
		rule.after(call)
		panic(http.ErrAbortHandler)
	default:
		kept := &status{ResponseWriter: w}
		p.next.ServeHTTP(kept, r)
		p.ended(call, kept.code, "")
		rule.after(call)
	}
}

func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, call Call) {
	kept := &status{ResponseWriter: w}
	p.next.ServeHTTP(kept, r)
	p.ended(call, kept.code, "")
}

// ended writes down what became of a call. A Reset in between has forgotten it.
func (p *Proxy) ended(call Call, code int, fault string) {
	call.Status, call.Fault = code, fault
	for _, f := range p.end(call) {
		f(call)
	}
}

// end gives those who are to be told of the call.
func (p *Proxy) end(call Call) []func(Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if call.N <= len(p.calls) && p.calls[call.N-1].Path == call.Path {
		p.calls[call.N-1].Status, p.calls[call.N-1].Fault = call.Status, call.Fault
	}
	if call.Fault == "refused" || call.Status < 200 || call.Status > 299 {
		return nil
	}
	return p.watch
}

// hold waits, but not for a client that went away.
func hold(r *http.Request, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// status remembers the status that goes by.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	if s.code == 0 && code >= 200 {
		s.code = code
	}
	s.ResponseWriter.WriteHeader(code)
}

func (s *status) Write(b []byte) (int, error) {
	if s.code == 0 {
		s.code = http.StatusOK
	}
	return s.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the server's own writer.
func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// discard takes an answer that nobody will get.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header { return d.header }

func (d *discard) WriteHeader(code int) {
	if d.status == 0 && code >= 200 {
		d.status = code
	}
}

func (d *discard) Write(b []byte) (int, error) {
	d.WriteHeader(http.StatusOK)
	return len(b), nil
}
