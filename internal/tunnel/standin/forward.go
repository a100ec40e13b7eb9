package standin

import (
	"bytes"
	"encoding/binary"
	"io"
	"sync"

	"github.com/aws/session-manager-plugin/src/message"
	"github.com/xtaci/smux"
)

// forward starts smux: each of its streams becomes a connection to the port.
func (s *session) forward() {
	conf := smux.DefaultConfig()
	conf.KeepAliveDisabled = !s.keepsAlive()
	mux, err := smux.Server(s.muxSide, conf)
	if err != nil {
		panic(err) // the configuration is fixed
	}
	s.mu.Lock()
	s.mux = mux
	s.mu.Unlock()
	if !s.start(s.pump) || !s.start(func() { s.accept(mux) }) {
		_ = mux.Close()
	}
}

// pump sends what smux writes.
func (s *session) pump() {
	packet := make([]byte, payloadSize)
	for {
		n, err := s.wireSide.Read(packet)
		if err != nil {
			return
		}
		s.send(message.Output, bytes.Clone(packet[:n]))
	}
}

func (s *session) accept(mux *smux.Session) {
	for {
		stream, err := mux.AcceptStream()
		if err != nil {
			return
		}
		s.running.Go(func() { s.connect(stream) })
	}
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
