package standin

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/aws/session-manager-plugin/src/message"
	"github.com/gorilla/websocket"
	"github.com/twinj/uuid"
	"github.com/xtaci/smux"
)

// limits of the agent, and how often it repeats.
const (
	mostHeld    = 10_000
	mostWaiting = 1_000
	payloadSize = 1024
	repeatEvery = 100 * time.Millisecond
	repeatAfter = 200 * time.Millisecond
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

	mu       sync.Mutex
	moved    sync.Cond
	ws       *websocket.Conn
	delayed  [2][]byte // one a direction
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
	s.once.Do(func() { close(s.over) })
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
	again := append([]*sent{}, s.waiting...)
	s.mu.Unlock()
	for _, one := range again {
		s.put(one.bytes)
	}
	s.service.mu.Lock()
	silent := s.service.faults.Silent
	s.service.mu.Unlock()
	if first {
		s.running.Go(s.repeat)
		if !silent {
			s.greet()
		}
	}
}

// greet asks for the handshake.
func (s *session) greet() {
	s.service.mu.Lock()
	faults := s.service.faults
	s.service.mu.Unlock()
	if faults.AgentVersion == "" {
		faults.AgentVersion = "3.3.4108.0"
	}
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

// order takes frames in their order. Only the websocket's reader calls it.
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

// forward starts smux: each of its streams becomes a connection to the port.
func (s *session) forward() {
	conf := smux.DefaultConfig()
	conf.KeepAliveDisabled = true
	mux, err := smux.Server(s.muxSide, conf)
	if err != nil {
		panic(err) // the configuration is fixed
	}
	s.mu.Lock()
	s.mux = mux
	s.mu.Unlock()
	s.running.Go(func() {
		packet := make([]byte, payloadSize)
		for {
			n, err := s.wireSide.Read(packet)
			if err != nil {
				return
			}
			s.send(message.Output, bytes.Clone(packet[:n]))
		}
	})
	s.running.Go(func() {
		for {
			stream, err := mux.AcceptStream()
			if err != nil {
				return
			}
			s.running.Go(func() { s.connect(stream) })
		}
	})
}

func (s *session) connect(stream *smux.Stream) {
	conn, err := s.service.dial(s.port)
	if err != nil {
		s.send(message.Flag, binary.BigEndian.AppendUint32(nil, uint32(message.ConnectToPortError)))
		_ = stream.Close()
		return
	}
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(stream, conn)
		_ = stream.Close()
	})
	both.Go(func() {
		_, _ = io.Copy(conn, stream)
		_ = conn.Close()
	})
	both.Wait()
}

// send numbers a payload, sends it and keeps it until it is acknowledged.
func (s *session) send(kind message.PayloadType, payload []byte) {
	s.mu.Lock()
	for len(s.waiting) >= mostWaiting && !s.stopped() {
		s.moved.Wait()
	}
	raw := serialize(message.ClientMessage{
		MessageType: message.OutputStreamMessage, SequenceNumber: s.sequence, PayloadType: uint32(kind), Payload: payload,
	})
	s.waiting = append(s.waiting, &sent{s.sequence, raw, time.Now()})
	s.sequence++
	s.mu.Unlock()
	s.put(raw)
}

func (s *session) acknowledge(m message.ClientMessage) {
	payload, err := message.SerializeClientMessagePayload(quiet{}, message.AcknowledgeContent{
		MessageType: m.MessageType, MessageId: m.MessageId.String(), SequenceNumber: m.SequenceNumber, IsSequentialMessage: true,
	})
	if err != nil {
		panic(fmt.Sprint("serializing an acknowledgement: ", err))
	}
	s.put(serialize(message.ClientMessage{MessageType: message.AcknowledgeMessage, Flags: 3, Payload: payload}))
}

func (s *session) acknowledged(sequence int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, one := range s.waiting {
		if one.sequence == sequence {
			s.waiting = append(s.waiting[:i:i], s.waiting[i+1:]...)
			break
		}
	}
	s.moved.Broadcast()
}

// repeat sends the oldest frame again that was not acknowledged.
func (s *session) repeat() {
	tick := time.NewTicker(repeatEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.over:
			return
		case <-tick.C:
		}
		s.mu.Lock()
		var raw []byte
		if len(s.waiting) > 0 && time.Since(s.waiting[0].at) > repeatAfter {
			raw = s.waiting[0].bytes
			s.waiting[0].at = time.Now()
		}
		s.mu.Unlock()
		if raw != nil {
			s.put(raw)
		}
	}
}

// put writes to the websocket of the moment. What cannot be written is lost.
func (s *session) put(raw []byte) {
	s.pass(true, raw, func(raw []byte) {
		s.mu.Lock()
		ws := s.ws
		s.mu.Unlock()
		s.write.Lock()
		defer s.write.Unlock()
		if ws != nil {
			_ = ws.SetWriteDeadline(time.Now().Add(10 * time.Second))
			_ = ws.WriteMessage(websocket.BinaryMessage, raw)
		}
	})
}

func (s *session) stopped() bool {
	select {
	case <-s.over:
		return true
	default:
		return false
	}
}

func serialize(m message.ClientMessage) []byte {
	m.SchemaVersion, m.CreatedDate, m.MessageId = 1, uint64(time.Now().UnixMilli()), uuid.NewV4()
	raw, err := m.SerializeClientMessage(quiet{})
	if err != nil {
		panic(fmt.Sprint("serializing a frame: ", err))
	}
	return raw
}
