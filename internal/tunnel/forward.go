package tunnel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/xtaci/smux"
)

// accept takes connections until the tunnel closes.
func (t *Tunnel) accept() {
	for {
		conn, err := t.listener.Accept()
		if err != nil {
			return // closed: nothing else ends a listener of 127.0.0.1
		}
		t.running.Go(func() { t.forward(conn.(*net.TCPConn)) })
	}
}

// forward leads one connection to the instance. When either side has said all,
// the connection is over: the agent knows no other way.
func (t *Tunnel) forward(conn *net.TCPConn) {
	defer conn.Close()
	stop := context.AfterFunc(t.life, func() { _ = conn.Close() })
	defer stop()
	stream, err := t.stream()
	if err != nil {
		t.unled(conn, err)
		return
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.Copy(stream, conn) // a cut connection is its owner's to see
		_ = stream.Close()
	}()
	if _, err = io.Copy(&local{t, conn}, stream); err != nil {
		t.unled(conn, fmt.Errorf("a connection to %s was cut: %w", t.cfg.Instance, err))
	}
	_ = conn.Close()
	_ = stream.Close()
	<-sent
}

// unled breaks a connection that cannot be led on, so that its owner sees that
// it was cut, and does not take what came so far for all.
func (t *Tunnel) unled(conn *net.TCPConn, err error) {
	_ = conn.SetLinger(0)
	if t.life.Err() != nil || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, net.ErrClosed) {
		return // its owner hung up, or we did
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fmt.Errorf("a connection to %s was cut: its owner here took nothing for %s, and what waits for it would hold up the others", t.cfg.Instance, t.cfg.pace.stall)
	}
	t.fail(err)
	t.log(err.Error())
}

// local is the end of a connection here. Its owner has some time to take what
// comes.
type local struct {
	t    *Tunnel
	conn *net.TCPConn
}

func (l *local) Write(p []byte) (int, error) {
	l.t.succeed()
	if err := l.conn.SetWriteDeadline(time.Now().Add(l.t.cfg.pace.stall)); err != nil {
		return 0, err
	}
	return l.conn.Write(p)
}

// stream opens a connection through the session. One that ended just now is
// replaced once.
func (t *Tunnel) stream() (*smux.Stream, error) {
	for again := false; ; again = true {
		s, err := t.session(t.life)
		if err != nil {
			return nil, err
		}
		stream, err := s.mux.OpenStream()
		if err == nil {
			return stream, nil
		}
		if again {
			return nil, fmt.Errorf("opening a connection to %s: %w", t.cfg.Instance, err)
		}
	}
}
