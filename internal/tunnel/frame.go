package tunnel

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// The kinds of frames. "input" is what we send and "output" what the instance
// sends.
const (
	kindInput       = "input_stream_data"
	kindOutput      = "output_stream_data"
	kindAcknowledge = "acknowledge"
	kindClosed      = "channel_closed"
	kindStart       = "start_publication"
	kindPause       = "pause_publication"
)

// The kinds of payloads in input and output frames.
const (
	payloadBytes             = 1
	payloadHandshakeRequest  = 5
	payloadHandshakeResponse = 6
	payloadHandshakeComplete = 7
	payloadEncryptChallenge  = 8
	payloadFlag              = 10
)

// The flags that a payload of payloadFlag holds.
const (
	flagDisconnect    = 1 // ends the connection where a session has one, and does nothing where it has many
	flagTerminate     = 2
	flagConnectFailed = 3
)

// frame is one message of the data channel. All numbers are big-endian:
//
//	  0  4 length of the header without the payload's length (116)
//	  4 32 kind, filled up with spaces
//	 36  4 version of the form (1)
//	 40  8 milliseconds since 1970
//	 48  8 sequence number
//	 56  8 flags
//	 64 16 id, its last eight bytes first
//	 80 32 SHA-256 of the payload
//	112  4 kind of the payload
//	116  4 length of the payload
//	120    payload
type frame struct {
	kind        string
	created     int64
	sequence    int64
	flags       uint64
	id          uuid.UUID
	payloadKind uint32
	payload     []byte
}

const (
	atKind        = 4
	atVersion     = 36
	atCreated     = 40
	atSequence    = 48
	atFlags       = 56
	atID          = 64
	atDigest      = 80
	atPayloadKind = 112
	atLength      = 116
	atPayload     = 120
)

// newFrame makes a frame with an id of its own.
func newFrame(kind string, sequence int64, payloadKind uint32, payload []byte, now time.Time) frame {
	return frame{kind: kind, created: now.UnixMilli(), sequence: sequence, id: uuid.New(), payloadKind: payloadKind, payload: payload}
}

// encode writes the frame.
func (f frame) encode() []byte {
	b := make([]byte, atPayload+len(f.payload))
	binary.BigEndian.PutUint32(b, atLength)
	copy(b[atKind:atVersion], f.kind+strings.Repeat(" ", max(0, atVersion-atKind-len(f.kind))))
	binary.BigEndian.PutUint32(b[atVersion:], 1)
	binary.BigEndian.PutUint64(b[atCreated:], uint64(f.created))
	binary.BigEndian.PutUint64(b[atSequence:], uint64(f.sequence))
	binary.BigEndian.PutUint64(b[atFlags:], f.flags)
	copy(b[atID:], f.id[8:])
	copy(b[atID+8:], f.id[:8])
	digest := sha256.Sum256(f.payload)
	copy(b[atDigest:], digest[:])
	binary.BigEndian.PutUint32(b[atPayloadKind:], f.payloadKind)
	binary.BigEndian.PutUint32(b[atLength:], uint32(len(f.payload)))
	copy(b[atPayload:], f.payload)
	return b
}

// errDamaged means that a frame is not what its sender made. It is dropped, and
// not acknowledged, so that it comes again.
var errDamaged = errors.New("a message of the data channel is damaged")

// decode reads a frame. Its payload is a part of b.
func decode(b []byte) (frame, error) {
	if len(b) < atPayload {
		return frame{}, fmt.Errorf("%w: %d bytes are less than a header", errDamaged, len(b))
	}
	header := int64(binary.BigEndian.Uint32(b)) + 4
	if header < atPayload || header > int64(len(b)) {
		return frame{}, fmt.Errorf("%w: a header of %d bytes in %d", errDamaged, header, len(b))
	}
	f := frame{
		kind:        strings.TrimSpace(string(bytes.Trim(b[atKind:atVersion], "\x00"))),
		created:     int64(binary.BigEndian.Uint64(b[atCreated:])),
		sequence:    int64(binary.BigEndian.Uint64(b[atSequence:])),
		flags:       binary.BigEndian.Uint64(b[atFlags:]),
		payloadKind: binary.BigEndian.Uint32(b[atPayloadKind:]),
		payload:     b[header:],
	}
	copy(f.id[8:], b[atID:atID+8])
	copy(f.id[:8], b[atID+8:atDigest])
	if f.kind == kindStart || f.kind == kindPause {
		return f, nil // the service makes these itself and fills in no digest
	}
	if binary.BigEndian.Uint32(b[atLength:]) == 0 && len(f.payload) == 0 {
		return f, nil
	}
	if digest := sha256.Sum256(f.payload); !bytes.Equal(digest[:], b[atDigest:atPayloadKind]) {
		return frame{}, fmt.Errorf("%w: the payload has another digest", errDamaged)
	}
	return f, nil
}
