package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/session-manager-plugin/src/log"
	"github.com/aws/session-manager-plugin/src/message"
)

// pass lets a frame through, or what the faults make of it.
func (s *session) pass(toClient bool, raw []byte, deliver func([]byte)) {
	way := 0
	if toClient {
		way = 1
	}
	s.service.mu.Lock()
	s.service.frames[way]++
	n, faults := s.service.frames[way], s.service.faults
	s.service.mu.Unlock()
	hit := func(fault func(bool, int) bool) bool { return fault != nil && fault(toClient, n) }
	switch {
	case hit(faults.Lose):
		return
	case hit(faults.Delay):
		s.mu.Lock()
		s.delayed[way] = raw
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
	if late != nil {
		deliver(late)
	}
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
	s.s.put(serialize(message.ClientMessage{MessageType: message.PausePublicationMessage}))
}

// Continue takes a pause back.
func (s *Session) Continue() {
	s.s.put(serialize(message.ClientMessage{MessageType: message.StartPublicationMessage}))
}

// Send gives the client a raw message.
func (s *Session) Send(raw []byte) { s.s.put(raw) }

// Local is the port that the client said it listens on.
func (s *Session) Local() string { return s.s.local }

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

// quiet is a logger of the plugin that says nothing.
type quiet struct{}

var _ log.T = quiet{}

func (quiet) Tracef(string, ...any)              {}
func (quiet) Debugf(string, ...any)              {}
func (quiet) Infof(string, ...any)               {}
func (quiet) Warnf(f string, v ...any) error     { return fmt.Errorf(f, v...) }
func (quiet) Errorf(f string, v ...any) error    { return fmt.Errorf(f, v...) }
func (quiet) Criticalf(f string, v ...any) error { return fmt.Errorf(f, v...) }
func (quiet) Trace(...any)                       {}
func (quiet) Debug(...any)                       {}
func (quiet) Info(...any)                        {}
func (quiet) Warn(v ...any) error                { return errors.New(fmt.Sprint(v...)) }
func (quiet) Error(v ...any) error               { return errors.New(fmt.Sprint(v...)) }
func (quiet) Critical(v ...any) error            { return errors.New(fmt.Sprint(v...)) }
func (quiet) Flush()                             {}
func (quiet) Close()                             {}
func (quiet) WithContext(...string) log.T        { return quiet{} }
