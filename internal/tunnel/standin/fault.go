package standin

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/aws/session-manager-plugin/src/message"
	"github.com/gorilla/websocket"
)

// Frame is a frame under way, as a fault sees it.
type Frame struct {
	ToClient        bool
	N               int // the how many-th of its direction, of all that were ever sent
	Acknowledgement bool
	Data            bool // a part of the stream of bytes
}

// look reads what a fault may ask for. What cannot be read is no acknowledgement.
func (s *session) look(toClient bool, raw []byte) Frame {
	way := 0
	if toClient {
		way = 1
	}
	s.service.mu.Lock()
	defer s.service.mu.Unlock()
	s.service.frames[way]++
	f := Frame{ToClient: toClient, N: s.service.frames[way]}
	var m message.ClientMessage
	if m.DeserializeClientMessage(quiet{}, raw) == nil {
		f.Acknowledgement = m.MessageType == message.AcknowledgeMessage
		f.Data = !f.Acknowledgement && message.PayloadType(m.PayloadType) == message.Output
	}
	return f
}

// pass lets a frame through, or what the faults make of it.
func (s *session) pass(toClient bool, raw []byte, deliver func([]byte)) {
	s.service.mu.Lock()
	faults := s.service.faults
	s.service.mu.Unlock()
	if !faults.touchFrames() {
		deliver(raw)
		return
	}
	f := s.look(toClient, raw)
	hit := func(fault func(Frame) bool) bool { return fault != nil && fault(f) }
	if hit(faults.Cut) {
		(&Session{s}).Cut()
		return
	}
	if hit(faults.Lose) {
		return
	}
	if hit(faults.Corrupt) {
		s.spoiled(toClient, raw, deliver)
		return
	}
	way := 0
	if toClient {
		way = 1
	}
	if hit(faults.Delay) {
		s.mu.Lock()
		s.delayed[way] = append(s.delayed[way], raw)
		s.mu.Unlock()
		return
	}
	deliver(raw)
	if hit(faults.Double) {
		deliver(raw)
	}
	s.mu.Lock()
	late := s.delayed[way]
	s.delayed[way] = nil
	s.mu.Unlock()
	for _, one := range late {
		deliver(one)
	}
}

// spoiled gives the client a frame whose last byte is another one. The agent
// drops such a frame: the plugin's own check has to see it.
func (s *session) spoiled(toClient bool, raw []byte, deliver func([]byte)) {
	damaged := bytes.Clone(raw)
	damaged[len(damaged)-1] ^= 0x20
	if toClient {
		deliver(damaged)
		return
	}
	if _, err := Judge(damaged); err == nil {
		s.service.problem("a damaged frame was not seen as damaged")
	}
}

// Judged is a frame as the plugin reads it.
type Judged struct {
	Kind        string
	Sequence    int64
	PayloadKind uint32
	Payload     []byte
}

// Judge reads a frame with the plugin's own code.
func Judge(raw []byte) (Judged, error) {
	var m message.ClientMessage
	if err := m.DeserializeClientMessage(quiet{}, raw); err != nil {
		return Judged{}, err
	}
	if err := m.Validate(); err != nil {
		return Judged{}, err
	}
	return Judged{m.MessageType, m.SequenceNumber, m.PayloadType, m.Payload}, nil
}

// Session is a session as a test sees it.
type Session struct{ s *session }

// Cut breaks the websocket without a word.
func (s *Session) Cut() {
	s.s.mu.Lock()
	ws := s.s.ws
	s.s.mu.Unlock()
	if ws != nil {
		_ = ws.NetConn().Close()
	}
}

// Bye closes the websocket as the service does about once an hour. The session
// goes on.
func (s *Session) Bye() {
	s.s.mu.Lock()
	ws := s.s.ws
	s.s.mu.Unlock()
	if ws != nil {
		s.s.write.Lock()
		defer s.s.write.Unlock()
		_ = ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, "Bye"))
	}
}

// End ends the session as the service does with one that is idle or old.
func (s *Session) End(reason string) {
	s.s.service.mu.Lock()
	delete(s.s.service.sessions, s.s.id)
	s.s.service.mu.Unlock()
	payload, _ := json.Marshal(message.ChannelClosed{SessionId: s.s.id, MessageType: message.ChannelClosedMessage, SchemaVersion: 1, Output: reason})
	s.s.put(serialize(message.ClientMessage{MessageType: message.ChannelClosedMessage, Payload: payload}))
	s.s.stop()
}

// Pause asks the client to send nothing.
func (s *Session) Pause() {
	s.s.put(publication(message.PausePublicationMessage))
}

// Continue takes a pause back.
func (s *Session) Continue() {
	s.s.put(publication(message.StartPublicationMessage))
}

// publication is a word of the service itself, which fills in no digest.
func publication(kind string) []byte {
	raw := serialize(message.ClientMessage{MessageType: kind, Payload: []byte("{}")})
	clear(raw[message.ClientMessage_PayloadDigestOffset:message.ClientMessage_PayloadTypeOffset])
	return raw
}

// Send gives the client a raw message.
func (s *Session) Send(raw []byte) { s.s.put(raw) }

// Local is the port that the client said it listens on.
func (s *Session) Local() string { return s.s.local }

// Taken is how many bytes of the client's stream have arrived.
func (s *Session) Taken() int {
	s.s.mu.Lock()
	defer s.s.mu.Unlock()
	return s.s.taken
}

// Terminated reports whether the client said over the data channel that it ends.
func (s *Session) Terminated() bool {
	s.s.mu.Lock()
	defer s.s.mu.Unlock()
	return slices.Contains(s.s.flags, message.TerminateSession)
}

// Pings is how often the client showed that it is there.
func (s *Session) Pings() int {
	s.s.mu.Lock()
	defer s.s.mu.Unlock()
	return s.s.pings
}
