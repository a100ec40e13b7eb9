package tunnel

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/cenkalti/backoff/v5"
	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"github.com/xtaci/smux"

	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// document is the session document of AWS that forwards one port.
const document = "AWS-StartPortForwardingSession"

// session is one session of Systems Manager: a channel and smux on it.
type session struct {
	t       *Tunnel
	id      string
	client  string // our name on the data channel
	pass    pass
	channel *channel
	mux     *smux.Session
	done    chan struct{} // closed when nothing of it runs any more
}

// begin starts a session and waits for the handshake.
func (t *Tunnel) begin(ctx context.Context) (*session, error) {
	started, err := t.api.StartSession(ctx, &ssm.StartSessionInput{
		Target:       aws.String(t.cfg.Instance),
		DocumentName: aws.String(document),
		Reason:       aws.String("tapestry-ci"),
		Parameters: map[string][]string{
			"portNumber":      {strconv.Itoa(t.cfg.Port)},
			"localPortNumber": {strconv.Itoa(t.port())},
		},
	})
	if err != nil {
		return nil, err
	}
	s := &session{
		t: t, id: aws.ToString(started.SessionId), client: uuid.NewString(), done: make(chan struct{}),
		pass:    pass{secret.New(aws.ToString(started.StreamUrl)), secret.New(aws.ToString(started.TokenValue))},
		channel: newChannel(t.cfg.pace, t.cfg.Now, t.portRefused),
	}
	if err := s.open(ctx); err != nil {
		_ = s.terminate() // why it could not be opened is the news
		return nil, err
	}
	return s, nil
}

// open connects the channel and puts smux on it.
func (s *session) open(ctx context.Context) error {
	ws, err := s.dial(ctx)
	if err != nil {
		close(s.done)
		return err
	}
	s.channel.attach(ws)
	s.t.running.Go(func() { s.keep(ws) })
	if err := s.greet(ctx); err != nil {
		s.channel.end(err)
		<-s.done
		return err
	}
	return nil
}

// greet waits for the handshake. keep waits for what greet makes of it.
func (s *session) greet(ctx context.Context) error {
	limit := time.NewTimer(s.t.cfg.pace.handshake)
	defer limit.Stop()
	select {
	case <-s.channel.ready:
	case <-s.channel.over:
		return s.channel.why()
	case <-limit.C:
		return fmt.Errorf("the SSM agent of %s did not begin the session within %s", s.t.cfg.Instance, s.t.cfg.pace.handshake)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	mux, err := smux.Client(s.channel, muxConfig(s.channel.version()))
	s.mux = mux
	return err
}

// pool is how much smux holds here for connections that do not read. Its first
// version, which the agent speaks, stops all connections when that is used up.
const pool = 64 << 20

func muxConfig(agent version) *smux.Config {
	conf := smux.DefaultConfig()
	conf.KeepAliveDisabled = agent.above(noKeepAliveAbove)
	conf.MaxReceiveBuffer = pool
	return conf
}

// keep runs the session until it is over: it reads one websocket after another,
// and a new one is opened whenever one is lost.
func (s *session) keep(ws *websocket.Conn) {
	defer close(s.done)
	stop := context.AfterFunc(s.t.life, func() { _ = s.channel.Close() })
	defer stop()
	alive, ends := context.WithCancel(s.t.life)
	defer ends()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		s.channel.send()
		ends()
	}()
	for ws != nil {
		s.channel.receive(ws)
		ws = nil
		if s.channel.why() == nil {
			ws = s.resume(alive)
		}
	}
	<-sent
}

// resume opens another websocket for the same session. If that cannot be, the
// session is over. (The service closes a healthy websocket about once an hour.)
func (s *session) resume(ctx context.Context) *websocket.Conn {
	s.t.log("the connection to Systems Manager was lost; taking the session up again")
	ws, err := backoff.Retry(ctx, func() (*websocket.Conn, error) { return s.again(ctx) },
		backoff.WithBackOff(s.t.waits()), backoff.WithMaxElapsedTime(s.t.cfg.pace.resume))
	if err != nil {
		s.channel.end(fmt.Errorf("its connection was lost, and it cannot be taken up again: %w", s.t.explain(err)))
		return nil
	}
	s.channel.attach(ws)
	return ws
}

// again asks for another token and opens a websocket with it.
func (s *session) again(ctx context.Context) (*websocket.Conn, error) {
	resumed, err := s.t.api.ResumeSession(ctx, &ssm.ResumeSessionInput{SessionId: aws.String(s.id)})
	if err != nil {
		return nil, permanentIfClient(err)
	}
	if aws.ToString(resumed.TokenValue) == "" {
		return nil, backoff.Permanent(closedError{})
	}
	s.pass.token = secret.New(aws.ToString(resumed.TokenValue))
	if address := aws.ToString(resumed.StreamUrl); address != "" {
		s.pass.address = secret.New(address)
	}
	return s.dial(ctx)
}

func (s *session) dial(ctx context.Context) (*websocket.Conn, error) {
	ws, err := dial(ctx, s.t.cfg.AWS, s.pass, s.client, s.t.cfg.pace, s.t.cfg.Now())
	if refused := (refusedError{}); errors.As(err, &refused) {
		return nil, backoff.Permanent(err)
	}
	return ws, err
}

// alive reports whether new connections can go through the session.
func (s *session) alive() bool { return s.channel.why() == nil && !s.mux.IsClosed() }

// close ends the session here and at Systems Manager.
func (s *session) close() error {
	if s.mux != nil {
		_ = s.mux.Close()
	}
	_ = s.channel.Close()
	<-s.done
	return s.terminate()
}

// terminate ends the session at Systems Manager, unless that was its idea.
func (s *session) terminate() error {
	if closed := (closedError{}); errors.As(s.channel.why(), &closed) {
		return nil
	}
	// The life of the tunnel may be over already, and the session has to end
	// nevertheless.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.life), s.t.cfg.pace.terminate)
	defer cancel()
	_, err := s.t.api.TerminateSession(ctx, &ssm.TerminateSessionInput{SessionId: aws.String(s.id)})
	if err != nil {
		return fmt.Errorf("ending session %s of Systems Manager: %w (it ends by itself when it is idle)", s.id, s.t.explain(err))
	}
	return nil
}
