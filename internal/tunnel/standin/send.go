package standin

import (
	"fmt"
	"time"

	"github.com/aws/session-manager-plugin/src/message"
	"github.com/gorilla/websocket"
	"github.com/twinj/uuid"
)

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
