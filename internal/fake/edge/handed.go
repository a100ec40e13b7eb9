package edge

import (
	"bufio"
	"io"
	"log"
	"net"
	"sync"
)

// handed is a listener whose connections come from elsewhere.
type handed struct {
	address net.Addr
	conns   chan net.Conn
	done    chan struct{}
	once    sync.Once
}

func newHanded(address net.Addr) *handed {
	return &handed{address: address, conns: make(chan net.Conn), done: make(chan struct{})}
}

// hand gives a connection to whoever accepts, or ends it where nobody will.
func (h *handed) hand(conn net.Conn) {
	select {
	case h.conns <- conn:
	case <-h.done:
		_ = conn.Close()
	}
}

// Accept is part of net.Listener.
func (h *handed) Accept() (net.Conn, error) {
	select {
	case conn := <-h.conns:
		return conn, nil
	case <-h.done:
		return nil, net.ErrClosed
	}
}

// Close is part of net.Listener.
func (h *handed) Close() error {
	h.once.Do(func() { close(h.done) })
	return nil
}

// Addr is part of net.Listener.
func (h *handed) Addr() net.Addr { return h.address }

// read is a connection of which a reader may have taken some bytes already.
type read struct {
	net.Conn
	from *bufio.Reader
	gone func()
	once sync.Once
}

// Read is part of net.Conn.
func (r *read) Read(b []byte) (int, error) { return r.from.Read(b) }

// Close is part of net.Conn.
func (r *read) Close() error {
	r.once.Do(r.gone)
	return r.Conn.Close()
}

// quiet is for the server's complaints: a client that trusts nobody says so
// itself.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
