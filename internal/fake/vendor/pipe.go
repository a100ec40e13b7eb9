package vendor

import (
	"net"
	"sync"
)

// pipe is a listener whose connections come from within.
type pipe struct {
	addr  net.Addr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipe(addr net.Addr) *pipe {
	return &pipe{addr: addr, conns: make(chan net.Conn), done: make(chan struct{})}
}

// hand gives a connection to whoever accepts; after Close it ends it.
func (p *pipe) hand(c net.Conn) {
	select {
	case p.conns <- c:
	case <-p.done:
		_ = c.Close()
	}
}

func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipe) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipe) Addr() net.Addr { return p.addr }
