package tunnel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// largest is how much of the stream goes into one frame, as in the
	// session-manager-plugin and the SSM agent.
	largest = 1024
	// unread is how many bytes may wait for a reader here before the websocket
	// is no longer read.
	unread = 4 << 20
)

// channel carries one stream of bytes over one websocket after another. It is
// the io.ReadWriteCloser under smux.
//
// Three go routines work on it: the one that calls receive for the websocket of
// the moment, the sender, and whoever reads and writes. Only the sender writes
// to the websocket, and never while it holds the lock, so that two ends which
// both have much to say cannot wait for each other.
type channel struct {
	pace    pace
	now     func() time.Time
	refused func() // told, with the lock held, that the instance cannot connect to the port

	wake  chan struct{} // there is something for the sender
	ready chan struct{} // closed after the handshake
	over  chan struct{} // closed at the end

	mu     sync.Mutex
	moved  sync.Cond       // tells readers and writers to look again
	ws     *websocket.Conn // nil while there is none
	out    outbox
	in     inbox
	owed   [][]byte // acknowledgements not sent yet
	stream bytes.Buffer
	paused bool
	agent  version
	done   bool  // the handshake is done
	ended  error // why it is over

	heard   time.Time // when the websocket gave the last sign of life
	answers bool      // it answers pings
	blocked bool      // nobody reads here, so neither is the websocket read
	barren  int       // how many websockets in a row carried nothing
}

// newChannel makes a channel. Its sender has to be started, and ends with it.
func newChannel(pace pace, now func() time.Time, refused func()) *channel {
	c := &channel{
		pace: pace, now: now, refused: refused, out: newOutbox(), in: newInbox(),
		wake: make(chan struct{}, 1), ready: make(chan struct{}), over: make(chan struct{}),
	}
	c.moved.L = &c.mu
	return c
}

// attach makes ws the websocket of the channel. What was not acknowledged on
// the one before is sent again.
func (c *channel) attach(ws *websocket.Conn) {
	ws.SetPongHandler(func(string) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.heard, c.answers = c.now(), true
		return nil
	})
	c.mu.Lock()
	c.ws = ws
	c.paused = false
	c.heard, c.answers = c.now(), false
	c.out.restart(c.now())
	c.barren++
	if c.barren > mostBarren {
		c.finish(fmt.Errorf("it was taken up %d times in a row and carried nothing", mostBarren))
	}
	over := c.ended != nil
	c.mu.Unlock()
	if over {
		_ = ws.Close()
	}
	c.rouse()
}

// mostBarren is how many websockets in a row may carry nothing.
const mostBarren = 5

// receive reads the websocket until it is lost or the channel is over.
func (c *channel) receive(ws *websocket.Conn) {
	for {
		kind, message, err := ws.ReadMessage()
		if err != nil {
			break
		}
		if kind != websocket.BinaryMessage && kind != websocket.TextMessage {
			continue
		}
		f, err := decode(message)
		if err != nil {
			continue // not acknowledged, so it comes again
		}
		c.handle(f)
	}
	c.mu.Lock()
	c.ws = nil
	c.mu.Unlock()
	_ = ws.Close()
}

// handle does what a frame asks for.
func (c *channel) handle(f frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = c.now()
	switch f.kind {
	case kindOutput:
		c.paused, c.barren = false, 0
		ready, acknowledged := c.in.take(f)
		for _, g := range ready {
			c.deliver(g)
		}
		if acknowledged {
			c.owed = append(c.owed, acknowledge(f, c.now()).encode())
		}
		c.rouse()
		c.makeRoom()
	case kindAcknowledge:
		c.paused, c.barren = false, 0
		var ack acknowledgement
		if json.Unmarshal(f.payload, &ack) == nil {
			c.out.acknowledge(ack.Sequence, c.now())
			c.moved.Broadcast()
		}
	case kindClosed:
		var closed struct{ Output string }
		_ = json.Unmarshal(f.payload, &closed) // the reason is only for people
		c.finish(closedError{reason: strings.TrimSpace(closed.Output)})
	case kindPause:
		c.paused = true
	case kindStart:
		c.paused = false
	}
	c.rouse()
}

// makeRoom waits until what came is read here. The lock is held.
func (c *channel) makeRoom() {
	c.blocked = true
	for c.stream.Len() > unread && c.ended == nil {
		c.moved.Wait()
	}
	c.blocked = false
	c.heard = c.now()
}

// deliver takes one frame of the instance, in order. The lock is held.
func (c *channel) deliver(f frame) {
	switch f.payloadKind {
	case payloadBytes:
		c.out.listening = true // it has nothing to say before it was spoken to
		c.stream.Write(f.payload)
		c.moved.Broadcast()
	case payloadHandshakeRequest:
		response, agent, err := answer(f.payload)
		data, broken := json.Marshal(response)
		if broken != nil {
			panic(broken) // plain fields
		}
		c.agent = agent
		c.out.add(payloadHandshakeResponse, data, c.now())
		if err != nil {
			c.finish(refusedError{err})
		}
	case payloadHandshakeComplete:
		c.out.greeted()
		if !c.done {
			c.done = true
			close(c.ready)
		}
	case payloadEncryptChallenge:
		c.finish(refusedError{errors.New("the SSM agent asks for a proof of encryption that was not agreed")})
	case payloadFlag:
		if bytes.Equal(f.payload, flag(flagConnectFailed)) {
			c.out.listening = true
			c.refused()
		}
	}
}

// flag is the payload that holds one flag.
func flag(n byte) []byte { return []byte{0, 0, 0, n} }

// Read gives bytes of the instance. Its error at the end is never io.EOF, which
// would mean that all connections had come to an end of their own.
func (c *channel) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.stream.Len() == 0 {
		if c.ended != nil {
			return 0, fmt.Errorf("the session has ended: %w", c.ended)
		}
		c.moved.Wait()
	}
	n, err := c.stream.Read(p)
	c.moved.Broadcast()
	return n, err
}

// Write sends bytes to the instance. It waits while the window is full.
func (c *channel) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for n := 0; n < len(p); {
		for c.out.full() && c.ended == nil {
			c.moved.Wait()
		}
		if c.ended != nil {
			return n, io.ErrClosedPipe
		}
		part := p[n:min(n+largest, len(p))]
		c.out.add(payloadBytes, part, c.now())
		c.rouse()
		n += len(part)
	}
	return len(p), nil
}

// Close ends the channel from our side, with a word to the agent.
func (c *channel) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended == nil {
		c.out.add(payloadFlag, flag(flagTerminate), c.now())
		c.finish(errClosed)
	}
	return nil
}

// end ends the channel for a reason.
func (c *channel) end(reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finish(reason)
}

// finish is end with the lock held.
func (c *channel) finish(reason error) {
	if c.ended != nil {
		return
	}
	c.ended = reason
	close(c.over)
	c.moved.Broadcast()
	if c.ws != nil {
		// The reader gives up then, and closes a websocket on which the sender
		// cannot get rid of the last word.
		_ = c.ws.NetConn().SetReadDeadline(time.Now().Add(c.pace.lastWord))
	}
}

// why gives the reason of the end, or nil.
func (c *channel) why() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

// version is what the agent said of itself.
func (c *channel) version() version {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.agent
}

// errClosed means that we ended the session ourselves.
var errClosed = errors.New("it was closed")

// closedError means that the other side ended the session.
type closedError struct{ reason string }

func (e closedError) Error() string {
	if e.reason == "" {
		return "Systems Manager ended it, as it does with one that is idle or old"
	}
	return "Systems Manager ended it: " + e.reason
}

// refusedError means that a new session would fare no better.
type refusedError struct{ error }

func (e refusedError) Unwrap() error { return e.error }
