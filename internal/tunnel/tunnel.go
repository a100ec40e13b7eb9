package tunnel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/cenkalti/backoff/v5"
	"github.com/xtaci/smux"
)

// Config says where a tunnel leads.
type Config struct {
	AWS      aws.Config
	Instance string // the id of the EC2 instance, i-…
	Port     int    // the port on the instance; 8000 where it is 0

	Log  func(string)     // told what happens, in words for people; may be nil
	Wait time.Duration    // how long to wait for an instance that is not registered yet; for ever where it is 0
	Poll time.Duration    // the first pause between two tries; 1 s where it is 0
	Now  func() time.Time // the clock; time.Now where it is nil

	pace pace
}

// pace is how long things may take.
type pace struct {
	resend    time.Duration // how often to look for what has to be sent again
	ping      time.Duration // how often to show that we are there
	giveUp    time.Duration // how long an instance may acknowledge nothing
	handshake time.Duration
	dial      time.Duration
	write     time.Duration
	resume    time.Duration // how long to try to take a session up again
	terminate time.Duration
}

var usualPace = pace{
	resend: 100 * time.Millisecond, ping: time.Minute, giveUp: time.Minute, handshake: 30 * time.Second,
	dial: 20 * time.Second, write: 20 * time.Second, resume: 30 * time.Second, terminate: 10 * time.Second,
}

// Tunnel is a port of 127.0.0.1 that leads to a port of an instance.
type Tunnel struct {
	cfg      Config
	api      *ssm.Client
	listener net.Listener
	life     context.Context
	die      context.CancelFunc
	running  sync.WaitGroup // connections and sessions

	turn    chan struct{} // held by the one that looks at current or starts another
	current *session

	mu   sync.Mutex
	last error

	closing sync.Once
	closed  error
}

// Open starts a session to the instance and listens on a free port of
// 127.0.0.1. It waits for an instance that Systems Manager does not know yet.
// ctx is the life of the tunnel: when it ends, the tunnel closes.
func Open(ctx context.Context, cfg Config) (*Tunnel, error) {
	if cfg.Instance == "" {
		return nil, errors.New("a tunnel needs the id of an instance")
	}
	cfg = cfg.complete()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening a local port for the tunnel to %s: %w", cfg.Instance, err)
	}
	t := &Tunnel{cfg: cfg, api: ssm.NewFromConfig(cfg.AWS), listener: listener, turn: make(chan struct{}, 1)}
	t.life, t.die = context.WithCancel(ctx)
	if _, err := t.session(); err != nil {
		_ = t.Close() // there is no session to end
		return nil, err
	}
	t.running.Go(t.accept)
	context.AfterFunc(t.life, func() { _ = t.Close() })
	return t, nil
}

func (cfg Config) complete() Config {
	if cfg.Port == 0 {
		cfg.Port = 8000
	}
	if cfg.Log == nil {
		cfg.Log = func(string) {}
	}
	if cfg.Poll == 0 {
		cfg.Poll = time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.pace == (pace{}) {
		cfg.pace = usualPace
	}
	return cfg
}

// URL is the address that leads to the instance.
func (t *Tunnel) URL() string { return "http://" + t.listener.Addr().String() }

func (t *Tunnel) port() int { return t.listener.Addr().(*net.TCPAddr).Port }

// Err is why the last connection could not be led to the instance, or nil. An
// HTTP client only sees its connection cut.
func (t *Tunnel) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last
}

func (t *Tunnel) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = err
}

// Close cuts what goes through the tunnel, frees the port and ends the session.
// It may be called more than once.
func (t *Tunnel) Close() error {
	t.closing.Do(func() {
		t.die()
		_ = t.listener.Close()
		t.turn <- struct{}{} // whoever was starting a session has given up by now
		if t.current != nil {
			t.closed = t.current.close()
		}
		<-t.turn
		t.running.Wait()
	})
	return t.closed
}

// accept takes connections until the tunnel closes.
func (t *Tunnel) accept() {
	for {
		conn, err := t.listener.Accept()
		if err != nil {
			return // closed: nothing else ends a listener of 127.0.0.1
		}
		t.running.Go(func() { t.forward(conn) })
	}
}

// forward leads one connection to the instance.
func (t *Tunnel) forward(conn net.Conn) {
	defer conn.Close()
	stop := context.AfterFunc(t.life, func() { _ = conn.Close() })
	defer stop()
	stream, err := t.stream()
	if err != nil {
		if t.life.Err() == nil {
			t.fail(err)
			t.cfg.Log(err.Error())
		}
		return
	}
	defer stream.Close()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.Copy(stream, conn) // a cut connection is its owner's to see
		_ = stream.Close()
	}()
	_, _ = io.Copy(conn, stream)
	_ = conn.Close()
	<-sent
}

// stream opens a connection through the session. One that ended just now is
// replaced once.
func (t *Tunnel) stream() (*smux.Stream, error) {
	for again := false; ; again = true {
		s, err := t.session()
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

// session gives the session that is up, or starts one.
func (t *Tunnel) session() (*session, error) {
	select {
	case t.turn <- struct{}{}:
	case <-t.life.Done():
		return nil, context.Cause(t.life)
	}
	defer func() { <-t.turn }()
	if t.life.Err() != nil {
		return nil, context.Cause(t.life)
	}
	if t.current != nil {
		if t.current.alive() {
			return t.current, nil
		}
		t.log(fmt.Sprintf("the session has ended (%v); starting another", t.current.channel.why()))
		_ = t.current.close() // it is over; only what is left of it is tidied up
		t.current = nil
	}
	s, err := t.establish()
	if err != nil {
		return nil, err
	}
	t.current = s
	return s, nil
}

// establish starts a session, as often as it takes.
func (t *Tunnel) establish() (*session, error) {
	said := ""
	s, err := backoff.Retry(t.life, func() (*session, error) {
		s, err := t.begin(t.life)
		return s, t.judge(err)
	}, backoff.WithBackOff(t.waits()), backoff.WithMaxElapsedTime(t.cfg.Wait), backoff.WithNotify(func(err error, _ time.Duration) {
		if text := t.explain(err).Error(); text != said {
			said = text
			t.log(text + "; trying again")
		}
	}))
	switch {
	case err == nil:
		return s, nil
	case t.life.Err() != nil && said != "":
		return nil, fmt.Errorf("no tunnel to port %d of %s: %w; the last try: %s", t.cfg.Port, t.cfg.Instance, err, said)
	}
	return nil, fmt.Errorf("no tunnel to port %d of %s: %w", t.cfg.Port, t.cfg.Instance, t.explain(err))
}

// waits is the pauses between tries.
func (t *Tunnel) waits() backoff.BackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval = t.cfg.Poll
	b.MaxInterval = max(t.cfg.Poll, 15*time.Second)
	return b
}

// portRefused is told by the instance, without saying by which connection.
func (t *Tunnel) portRefused() {
	err := fmt.Errorf("nothing listens on port %d of %s yet", t.cfg.Port, t.cfg.Instance)
	if last := t.Err(); last == nil || last.Error() != err.Error() {
		t.log(err.Error())
	}
	t.fail(err)
}

func (t *Tunnel) log(text string) { t.cfg.Log("tunnel to " + t.cfg.Instance + ": " + text) }
