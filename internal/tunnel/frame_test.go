package tunnel

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/tunnel/standin"
)

var someDay = time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)

func TestFrameAsThePluginReadsIt(t *testing.T) {
	for _, payload := range [][]byte{{'a'}, {'\n'}, {0}, noise(1, largest), noise(2, 100_000)} {
		f := newFrame(kindInput, 1<<40, payloadBytes, payload, someDay)
		judged, err := standin.Judge(f.encode())
		require.NoError(t, err)
		require.Equal(t, standin.Judged{Kind: kindInput, Sequence: 1 << 40, PayloadKind: payloadBytes, Payload: payload}, judged)
		again, err := decode(f.encode())
		require.NoError(t, err)
		require.Equal(t, f, again)
	}
}

func TestDamagedFrames(t *testing.T) {
	sound := newFrame(kindOutput, 7, payloadBytes, []byte("hello"), someDay).encode()
	for name, damage := range map[string]func(b []byte) []byte{
		"nothing":              func([]byte) []byte { return nil },
		"half a header":        func(b []byte) []byte { return b[:60] },
		"no payload":           func(b []byte) []byte { return b[:atPayload] },
		"half a payload":       func(b []byte) []byte { return b[:atPayload+2] },
		"more than a payload":  func(b []byte) []byte { return append(b, 'x') },
		"another payload":      func(b []byte) []byte { b[atPayload] ^= 1; return b },
		"another digest":       func(b []byte) []byte { b[atDigest+31] ^= 1; return b },
		"a header of no bytes": func(b []byte) []byte { binary.BigEndian.PutUint32(b, 0); return b },
		"a header of 4 GB":     func(b []byte) []byte { binary.BigEndian.PutUint32(b, 1<<32-1); return b },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decode(damage(bytes.Clone(sound)))
			require.ErrorIs(t, err, errDamaged)
		})
	}
}

// FuzzDecode holds the reader of frames against the plugin's: what the plugin
// takes, we take, and read the same, but for two that no sender makes: a header
// that is too short for its own fields, of which the plugin reads some bytes
// twice, and a payload whose length is given as 0, which the plugin does not
// compare with its digest. (The other way round we are laxer in one point: the
// plugin wants a date in each frame.)
func FuzzDecode(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(newFrame(kindOutput, 7, payloadBytes, []byte("hello"), someDay).encode())
	f.Add(newFrame(kindAcknowledge, 0, 0, []byte(`{"AcknowledgedMessageSequenceNumber":3}`), someDay).encode())
	f.Add(newFrame(kindPause, 0, 0, nil, someDay).encode())
	f.Add(newFrame(kindClosed, 0, 0, []byte(`{"Output":"bye"}`), someDay).encode())
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := decode(raw)
		if judged, refused := judge(raw); refused == nil && consistent(raw) {
			require.NoError(t, err)
			require.Equal(t, judged, standin.Judged{Kind: got.kind, Sequence: got.sequence, PayloadKind: got.payloadKind, Payload: got.payload})
		}
		if err != nil {
			require.ErrorIs(t, err, errDamaged)
			return
		}
		again, err := decode(got.encode())
		require.NoError(t, err)
		require.Equal(t, got.sequence, again.sequence)
		require.Equal(t, got.id, again.id)
		require.True(t, bytes.Equal(got.payload, again.payload))
		// Whatever came, the channel lives on or ends in order.
		newChannel(testPace, time.Now, func() {}).handle(got)
	})
}

// consistent reports whether a header says the truth about lengths.
func consistent(raw []byte) bool {
	if len(raw) < atPayload {
		return false
	}
	header, payload := int(binary.BigEndian.Uint32(raw))+4, binary.BigEndian.Uint32(raw[atLength:])
	return header >= atPayload && (payload > 0 || header == len(raw))
}

// judge is the plugin's reading. It panics where a header is longer than the
// frame; that is a refusal.
func judge(raw []byte) (judged standin.Judged, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errDamaged
		}
	}()
	return standin.Judge(raw)
}

// FuzzAnswer: no handshake makes the reader fail in another way than with an
// error, and each gets an answer that can be written.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"AgentVersion":"3.3.4108.0","RequestedClientActions":[{"ActionType":"SessionType","ActionParameters":{"SessionType":"Port"}}]}`))
	f.Add([]byte(`{"RequestedClientActions":[{"ActionType":"KMSEncryption","ActionParameters":null}]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		c := newChannel(testPace, time.Now, func() {})
		c.handle(newFrame(kindOutput, 0, payloadHandshakeRequest, payload, someDay))
		require.Len(t, c.out.parcels, 1)
		_, err := standin.Judge(c.out.parcels[0].bytes)
		require.NoError(t, err)
	})
}
