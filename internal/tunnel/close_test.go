package tunnel

import (
	"context"
	"errors"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/tunnel/standin"
)

// atOnce is how long an end may take on a machine that has much to do. The
// shortest limit that could end things by itself is longer.
const atOnce = 5 * time.Second

// slowPace ends nothing by itself during a test.
func slowPace() pace {
	p := testPace
	p.giveUp, p.handshake, p.dial, p.write, p.resume, p.stall, p.silence =
		time.Hour, time.Hour, time.Hour, time.Hour, time.Hour, time.Hour, time.Hour
	p.lastWord = 100 * time.Millisecond
	return p
}

// noMoreThan waits until as many go routines are left as there were.
func noMoreThan(t *testing.T, before int) {
	t.Helper()
	ended := func() bool { return runtime.NumGoroutine() <= before }
	for limit := time.Now().Add(20 * time.Second); !ended() && time.Now().Before(limit); {
		runtime.Gosched()
	}
	if !ended() {
		stacks := make([]byte, 1<<20)
		t.Fatalf("%d go routines before, %d after\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
	}
}

// within runs f and fails the test when it takes long.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(atOnce):
		t.Fatalf("%s took more than %s", what, atOnce)
	}
}

var errEnough = errors.New("enough of it")

// Whatever Open waits for, it ends with its context, and nothing is left: no go
// routine, no session.
func TestCancelledWhileOpening(t *testing.T) {
	for name, c := range map[string]struct {
		faults standin.Faults
		there  func(*world) bool
	}{
		"StartSession has no answer":   {standin.Faults{Hold: map[string]bool{"StartSession": true}}, called("StartSession", 1)},
		"the instance is not known":    {standin.Faults{NotConnected: -1}, called("StartSession", 3)},
		"the websocket has no answer":  {standin.Faults{Hold: map[string]bool{"OpenDataChannel": true}}, func(w *world) bool { return w.Opened() == 1 }},
		"the agent does not begin":     {standin.Faults{Silent: true}, func(w *world) bool { return w.Attached() }},
		"the handshake does not end":   {standin.Faults{Lose: func(f standin.Frame) bool { return f.ToClient && f.N > 1 }}, func(w *world) bool { return w.Attached() }},
		"AWS throttles without an end": {standin.Faults{Throttle: 1 << 30}, called("StartSession", 2)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.pace = slowPace()
			w.Set(func(f *standin.Faults) { *f = c.faults })
			before := runtime.NumGoroutine()
			ctx, cancel := context.WithCancelCause(context.Background())
			failed := make(chan error, 1)
			go func() {
				_, err := Open(ctx, w.config())
				failed <- err
			}()
			require.Eventually(t, func() bool { return c.there(w) }, 20*time.Second, time.Millisecond)
			cancel(errEnough)
			within(t, "ending", func() {
				if err := <-failed; !strings.Contains(err.Error(), "Rate exceeded") {
					require.ErrorIs(t, err, errEnough)
				}
			})
			noMoreThan(t, before)
			if !w.Holds("StartSession") {
				require.Zero(t, w.Living(), "a session was left behind")
			}
		})
	}
}

func called(action string, n int) func(*world) bool {
	return func(w *world) bool { return w.Count(action) >= n }
}

// Whatever goes on, Close ends it at once, and nothing is left.
func TestClosedWhileInUse(t *testing.T) {
	for name, c := range map[string]struct {
		faults standin.Faults // once the tunnel is open
		cut    bool
		there  func(*world) bool
	}{
		"nothing goes on":                 {there: func(*world) bool { return true }},
		"a transfer":                      {there: func(w *world) bool { return w.taken() > 500_000 }},
		"a transfer that got stuck":       {faults: standin.Faults{Lose: func(f standin.Frame) bool { return !f.ToClient && f.N > 500 }}, there: func(w *world) bool { return w.taken() > 100_000 }},
		"ResumeSession has no answer":     {faults: standin.Faults{Hold: map[string]bool{"ResumeSession": true}}, cut: true, there: called("ResumeSession", 1)},
		"the new websocket has no answer": {faults: standin.Faults{Hold: map[string]bool{"OpenDataChannel": true}}, cut: true, there: func(w *world) bool { return w.Opened() == 2 }},
		"resuming is throttled":           {faults: standin.Faults{Throttle: 1 << 30}, cut: true, there: called("ResumeSession", 4)},
		"another session is started":      {faults: standin.Faults{Gone: true, Hold: map[string]bool{"StartSession": true}}, cut: true, there: called("StartSession", 2)},
		"the instance is not known":       {faults: standin.Faults{Gone: true, NotConnected: -1}, cut: true, there: called("StartSession", 4)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.pace = slowPace()
			before := runtime.NumGoroutine()
			tunnel, err := Open(context.Background(), w.config())
			require.NoError(t, err)
			w.Set(func(f *standin.Faults) { *f = c.faults })
			if c.cut {
				w.Each((*standin.Session).Cut)
			}
			ended := make(chan error, 1)
			go func() {
				ended <- there(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, tunnel.URL(), noise(1, 30<<20))
			}()
			require.Eventually(t, func() bool { return c.there(w) }, 30*time.Second, time.Millisecond)
			within(t, "closing", func() { _ = tunnel.Close() })
			within(t, "the client", func() { require.Error(t, <-ended) })
			noMoreThan(t, before)
			require.Zero(t, w.Living(), "a session was left behind")
			_, err = net.Dial("tcp", strings.TrimPrefix(tunnel.URL(), "http://"))
			require.Error(t, err, "the port is still there")
		})
	}
}

// taken is how many bytes of the stream have arrived.
func (w *world) taken() (n int) {
	w.Each(func(s *standin.Session) { n += s.Taken() })
	return n
}

// The end of the context that Open was given does not end the tunnel.
func TestTheContextOfOpenIsOver(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(context.Background())
	tunnel, err := Open(ctx, w.config())
	require.NoError(t, err)
	defer tunnel.Close()
	cancel()
	require.NoError(t, there(client(t), tunnel.URL(), []byte("still here")))
	w.Each((*standin.Session).Cut)
	require.NoError(t, there(client(t), tunnel.URL(), []byte("and here")))
}

func TestCloseMayBeCalledByMany(t *testing.T) {
	w := newWorld(t)
	tunnel := w.open(t)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() { _ = tunnel.Close() })
	}
	all.Wait()
	require.Equal(t, 1, w.Count("TerminateSession"))
	_, err := client(t).Get(tunnel.URL())
	require.Error(t, err)
}

// The agent hears the end over the data channel as well, after all that was sent.
func TestTheLastWord(t *testing.T) {
	w := newWorld(t)
	w.Set(func(f *standin.Faults) { f.Hold = map[string]bool{"TerminateSession": true} })
	w.pace.terminate = 200 * time.Millisecond
	tunnel, err := Open(context.Background(), w.config())
	require.NoError(t, err)
	require.ErrorContains(t, tunnel.Close(), "it ends by itself when it is idle")
	terminated := false
	require.Eventually(t, func() bool {
		w.Each(func(s *standin.Session) { terminated = terminated || s.Terminated() })
		return terminated
	}, 20*time.Second, time.Millisecond)
}

// pipe is a listener with one connection, which has no room for anything: what
// is not read there cannot be written here.
type pipe struct {
	conns chan net.Conn
	once  sync.Once
	over  chan struct{}
}

func (p *pipe) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.over:
		return nil, net.ErrClosed
	}
}

func (p *pipe) Close() error {
	p.once.Do(func() { close(p.over) })
	return nil
}

func (p *pipe) Addr() net.Addr { return &net.IPAddr{} }

// A websocket that takes nothing does not hold up the end.
func TestAWriteThatIsStuck(t *testing.T) {
	before := runtime.NumGoroutine()
	p := &pipe{conns: make(chan net.Conn, 1), over: make(chan struct{})}
	here, there := net.Pipe()
	p.conns <- there
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		upgrader := websocket.Upgrader{}
		if ws, err := upgrader.Upgrade(w, r, nil); err == nil {
			<-p.over
			_ = ws.Close()
		}
	})}
	go func() { _ = server.Serve(p) }()
	dialer := websocket.Dialer{NetDial: func(string, string) (net.Conn, error) { return here, nil }}
	ws, _, err := dialer.Dial("ws://pipe/", nil)
	require.NoError(t, err)

	c := newChannel(slowPace(), time.Now, func() {})
	c.attach(ws)
	var both sync.WaitGroup
	both.Go(c.send)
	both.Go(func() { c.receive(ws) })
	_, err = c.Write(noise(1, 3*largest))
	require.NoError(t, err)
	stuck := func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.out.parcels) == 3 && c.out.parcels[2].times == 1
	}
	require.Eventually(t, stuck, 20*time.Second, time.Millisecond)
	require.NoError(t, c.Close())
	within(t, "ending", both.Wait)
	require.NoError(t, server.Close())
	noMoreThan(t, before)
}
