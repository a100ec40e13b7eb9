package tunnel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/cenkalti/backoff/v5"
)

// Config says where a tunnel leads.
type Config struct {
	AWS      aws.Config
	Instance string // the id of the EC2 instance, i-…
	Port     int    // the port on the instance; 8000 where it is 0

	Log  func(string)     // told what happens, in words for people; may be nil. It must not call the Tunnel
	Wait time.Duration    // how long to wait for an instance that is not registered yet; 15 minutes where it is 0
	Poll time.Duration    // the first pause between two tries; 1 s where it is 0
	Now  func() time.Time // the clock; time.Now where it is nil

	pace pace
}

// pace is how long things may take.
type pace struct {
	resend    time.Duration // how often to look for what has to be sent again
	ping      time.Duration // how often to show that we are there
	silence   time.Duration // how long a websocket may say nothing that should
	giveUp    time.Duration // how long an instance may acknowledge nothing
	handshake time.Duration
	dial      time.Duration
	write     time.Duration
	lastWord  time.Duration // the same at the end of a session
	stall     time.Duration // how long a connection here may take nothing of what comes for it
	resume    time.Duration // how long to try to take a session up again
	terminate time.Duration
}

var usualPace = pace{
	resend: 100 * time.Millisecond, ping: 20 * time.Second, silence: 45 * time.Second, giveUp: 2 * time.Minute, handshake: 30 * time.Second,
	dial: 20 * time.Second, write: 20 * time.Second, lastWord: time.Second, stall: time.Minute, resume: time.Minute, terminate: 5 * time.Second,
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
// When ctx ends before Open is done, Open ends. After that only Close ends the
// tunnel.
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
	t.life, t.die = context.WithCancel(context.WithoutCancel(ctx))
	if _, err := t.session(ctx); err != nil {
		_ = t.Close() // there is no session to end
		return nil, err
	}
	t.running.Go(t.accept)
	return t, nil
}

func (cfg Config) complete() Config {
	if cfg.Port == 0 {
		cfg.Port = 8000
	}
	if cfg.Log == nil {
		cfg.Log = func(string) {}
	}
	if cfg.Wait == 0 {
		cfg.Wait = 15 * time.Minute
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

// succeed says that a connection was led to the instance.
func (t *Tunnel) succeed() { t.fail(nil) }

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

// session gives the session that is up, or starts one.
func (t *Tunnel) session(ctx context.Context) (*session, error) {
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { <-t.turn }()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if t.current != nil {
		if t.current.alive() {
			return t.current, nil
		}
		t.log(fmt.Sprintf("the session has ended (%v); starting another", t.current.channel.why()))
		_ = t.current.close() // it is over; only what is left of it is tidied up
		t.current = nil
	}
	s, err := t.establish(ctx)
	if err != nil {
		return nil, err
	}
	t.current = s
	return s, nil
}

// mostFailures is how often in a row a session may fail to start for another
// reason than that the instance is not registered yet.
const mostFailures = 8

// establish starts a session, as often as it takes.
func (t *Tunnel) establish(ctx context.Context) (*session, error) {
	said, failures := "", 0
	s, err := backoff.Retry(ctx, func() (*session, error) {
		s, err := t.begin(ctx)
		failures++
		if absent(err) {
			failures = 0
		}
		if err != nil && failures >= mostFailures {
			return nil, backoff.Permanent(err)
		}
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
	case ctx.Err() != nil && said != "":
		return nil, fmt.Errorf("no tunnel to port %d of %s: %w; the last try: %s", t.cfg.Port, t.cfg.Instance, context.Cause(ctx), said)
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
// The connection is cut after that.
func (t *Tunnel) portRefused() {
	err := fmt.Errorf("nothing listens on port %d of %s yet", t.cfg.Port, t.cfg.Instance)
	if last := t.Err(); last == nil || last.Error() != err.Error() {
		t.log(err.Error())
	}
	t.fail(err)
}

func (t *Tunnel) log(text string) { t.cfg.Log("tunnel to " + t.cfg.Instance + ": " + text) }
