package standin

import (
	"encoding/binary"
	"encoding/json"
	"net"
	"sync"
	"time"

	"github.com/aws/session-manager-plugin/src/message"
	"github.com/aws/session-manager-plugin/src/version"
	"github.com/gorilla/websocket"
	"github.com/xtaci/smux"
)

// limits of the agent, and how often it repeats. It looks every 100 ms whether
// its oldest frame is older than 200 ms; here all is twenty times faster, so
// that no test has to wait. It sends a frame a millisecond, without asking
// whether it may: 200 are what is under way at a round trip of 200 ms.
const (
	mostHeld    = 10_000
	mostWaiting = 200
	payloadSize = 1024
	repeatEvery = 5 * time.Millisecond
	repeatAfter = 10 * time.Millisecond
)

// session is the agent's end of one session.
type session struct {
	service         *Service
	id, port, local string

	muxSide, wireSide net.Conn
	mux               *smux.Session
	running           sync.WaitGroup
	over              chan struct{}
	once              sync.Once

	tokens map[string]bool // under the service's lock

	write sync.Mutex // one writer of the websocket
	// reading lets one frame in at a time: while one websocket goes and another
	// has come, both have readers, and the agent is one.
	reading sync.Mutex

	mu       sync.Mutex
	moved    sync.Cond
	ws       *websocket.Conn
	delayed  [2][][]byte // by direction
	taken    int
	agent    string // its version
	begun    bool
	complete bool
	expected int64
	held     map[int64]message.ClientMessage
	sequence int64
	waiting  []*sent
	notReady int
	flags    []message.PayloadTypeFlag
	pings    int
}

type sent struct {
	sequence int64
	bytes    []byte
	at       time.Time
}

func newSession(s *Service, id, port, local string) *session {
	one := &session{
		service: s, id: id, port: port, local: local, tokens: map[string]bool{},
		held: map[int64]message.ClientMessage{}, over: make(chan struct{}), notReady: s.faults.NotReady,
	}
	one.moved.L = &one.mu
	one.muxSide, one.wireSide = net.Pipe()
	return one
}

func (s *session) admit(token string) { s.tokens[token] = true }

func (s *session) redeem(token string) bool {
	s.service.mu.Lock()
	defer s.service.mu.Unlock()
	ok := s.tokens[token]
	delete(s.tokens, token)
	return ok
}

// stop ends the session.
func (s *session) stop() {
	s.mu.Lock()
	s.once.Do(func() { close(s.over) }) // nothing begins to run after that
	s.mu.Unlock()
	_ = s.muxSide.Close()
	_ = s.wireSide.Close()
	s.mu.Lock()
	if s.ws != nil {
		_ = s.ws.Close()
	}
	mux := s.mux
	s.moved.Broadcast()
	s.mu.Unlock()
	if mux != nil {
		_ = mux.Close()
	}
	s.running.Wait()
}

// serve reads one websocket until it is lost.
func (s *session) serve(ws *websocket.Conn) {
	ws.SetPingHandler(func(text string) error {
		s.mu.Lock()
		s.pings++
		s.mu.Unlock()
		s.service.mu.Lock()
		mute := s.service.faults.Mute
		s.service.mu.Unlock()
		if mute {
			return nil
		}
		s.write.Lock()
		defer s.write.Unlock()
		return ws.WriteControl(websocket.PongMessage, []byte(text), time.Now().Add(time.Second))
	})
	s.attach(ws)
	for {
		kind, raw, err := ws.ReadMessage()
		if err != nil {
			return
		}
		if kind != websocket.BinaryMessage {
			s.service.problem("a second message that is not binary: %q", raw)
			return
		}
		s.pass(false, raw, s.handle)
	}
}

func (s *session) attach(ws *websocket.Conn) {
	s.mu.Lock()
	s.ws = ws
	first := !s.begun
	s.begun = true
	s.mu.Unlock()
	s.service.mu.Lock()
	silent := s.service.faults.Silent
	s.service.mu.Unlock()
	if first && s.start(s.repeat) && !silent {
		s.greet()
	}
}

// start runs something as a part of the session, unless that is over.
func (s *session) start(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped() {
		return false
	}
	s.running.Go(f)
	return true
}

// greet asks for the handshake.
func (s *session) greet() {
	s.service.mu.Lock()
	faults := s.service.faults
	s.service.mu.Unlock()
	if faults.AgentVersion == "" {
		faults.AgentVersion = "3.3.4108.0"
	}
	s.mu.Lock()
	s.agent = faults.AgentVersion
	s.mu.Unlock()
	properties := map[string]string{"portNumber": s.port, "localPortNumber": s.local, "type": "LocalPortForwarding"}
	kind, _ := json.Marshal(message.SessionTypeRequest{SessionType: "Port", Properties: properties})
	request := message.HandshakeRequestPayload{
		AgentVersion:           faults.AgentVersion,
		RequestedClientActions: []message.RequestedClientAction{{ActionType: message.SessionType, ActionParameters: kind}},
	}
	if faults.Encrypt {
		request.RequestedClientActions = append(request.RequestedClientActions,
			message.RequestedClientAction{ActionType: message.KMSEncryption, ActionParameters: json.RawMessage(`{"KMSKeyId":"alias/a"}`)})
	}
	payload, _ := json.Marshal(request)
	s.send(message.HandshakeRequestPayloadType, payload)
}

// handle does what the agent does with a frame.
func (s *session) handle(raw []byte) {
	s.reading.Lock()
	defer s.reading.Unlock()
	var m message.ClientMessage
	if err := m.DeserializeClientMessage(quiet{}, raw); err != nil {
		s.service.problem("a frame that cannot be read: %v", err)
		return
	}
	if err := m.Validate(); err != nil || len(m.Payload) != int(m.PayloadLength) || m.SchemaVersion != 1 {
		s.service.problem("a frame that is not valid: %v %+v", err, m)
		return
	}
	switch m.MessageType {
	case message.AcknowledgeMessage:
		ack, err := m.DeserializeDataStreamAcknowledgeContent(quiet{})
		if err != nil || ack.MessageType != message.OutputStreamMessage {
			s.service.problem("an acknowledgement of %q: %v", ack.MessageType, err)
		}
		s.acknowledged(ack.SequenceNumber)
	case message.InputStreamMessage:
		s.order(m)
	default:
		s.service.problem("a frame of kind %q", m.MessageType)
	}
}

// order takes frames in their order, one at a time.
func (s *session) order(m message.ClientMessage) {
	switch {
	case m.SequenceNumber < s.expected: // dropped, and not acknowledged
	case m.SequenceNumber > s.expected:
		if len(s.held) < mostHeld {
			s.held[m.SequenceNumber] = m
			s.acknowledge(m)
		}
	default:
		if !s.process(m) {
			return
		}
		s.acknowledge(m)
		s.expected++
		for next, ok := s.held[s.expected]; ok && s.process(next); next, ok = s.held[s.expected] {
			delete(s.held, s.expected)
			s.expected++
		}
	}
}

// process gives false for a frame that comes before the forwarding is ready.
func (s *session) process(m message.ClientMessage) bool {
	if message.PayloadType(m.PayloadType) == message.HandshakeResponsePayloadType {
		s.answered(m.Payload)
		return true
	}
	if !s.complete {
		return true // acknowledged and lost, as in the agent
	}
	if s.notReady > 0 {
		s.notReady--
		return false
	}
	switch message.PayloadType(m.PayloadType) {
	case message.Output:
		_, _ = s.wireSide.Write(m.Payload) // fails when the session is over
		s.mu.Lock()
		s.taken += len(m.Payload)
		s.mu.Unlock()
	case message.Flag:
		s.mu.Lock()
		s.flags = append(s.flags, message.PayloadTypeFlag(binary.BigEndian.Uint32(m.Payload)))
		s.mu.Unlock()
	default:
		s.service.problem("a payload of kind %d", m.PayloadType)
	}
	return true
}

func (s *session) answered(payload []byte) {
	var response message.HandshakeResponsePayload
	if err := json.Unmarshal(payload, &response); err != nil {
		s.service.problem("the handshake's response: %v", err)
		return
	}
	if response.ClientVersion == "" || len(response.ProcessedClientActions) == 0 {
		s.service.problem("the handshake's response is incomplete: %s", payload)
	}
	for _, action := range response.ProcessedClientActions {
		if action.ActionStatus != message.Success {
			return // the agent cancels the session
		}
	}
	s.forward()
	s.complete = true
	done, _ := json.Marshal(message.HandshakeCompletePayload{HandshakeTimeToComplete: time.Millisecond})
	s.send(message.HandshakeCompletePayloadType, done)
}

// keepsAlive reports whether the agent uses the keep-alive of smux, as old ones do.
func (s *session) keepsAlive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !version.DoesAgentSupportDisableSmuxKeepAlive(quiet{}, s.agent)
}
