package tunnel

import (
	"slices"
	"time"
)

// window is the most frames that are under way at once. The agent and the
// service have no other way to say "slower" than to acknowledge later; 128
// frames of 1 KB are 1.3 MB/s at a round trip of 100 ms, which is more than an
// API needs.
const window = 128

// The time after which a frame is sent again follows the round trip, within
// these bounds.
const (
	shortestWait = 200 * time.Millisecond
	longestWait  = time.Second
)

// outbox keeps what was sent until it is acknowledged. It has no clock and no
// lock; the channel has both.
type outbox struct {
	next      int64
	parcels   []parcel // in the order of their numbers
	trip      time.Duration
	variation time.Duration
}

type parcel struct {
	sequence int64
	bytes    []byte
	since    time.Time // when it was given to the outbox, or to a new websocket
	sent     time.Time // zero: not yet
	again    bool
}

func newOutbox() outbox { return outbox{trip: 100 * time.Millisecond} }

func (o *outbox) full() bool { return len(o.parcels) >= window }

// add numbers a payload and keeps it. It is not sent yet.
func (o *outbox) add(payloadKind uint32, payload []byte, now time.Time) {
	f := newFrame(kindInput, o.next, payloadKind, payload, now)
	o.parcels = append(o.parcels, parcel{sequence: o.next, bytes: f.encode(), since: now})
	o.next++
}

// due gives what has to be sent now: what was never sent, and what was not
// acknowledged in time. It counts as sent then.
func (o *outbox) due(now time.Time) [][]byte {
	var send [][]byte
	for i := range o.parcels {
		p := &o.parcels[i]
		if !p.sent.IsZero() && now.Sub(p.sent) < o.wait() {
			continue
		}
		p.again = p.again || !p.sent.IsZero()
		p.sent = now
		send = append(send, p.bytes)
	}
	return send
}

// acknowledge forgets a frame.
func (o *outbox) acknowledge(sequence int64, now time.Time) {
	for i, p := range o.parcels {
		if p.sequence != sequence {
			continue
		}
		if !p.again && !p.sent.IsZero() {
			o.measure(now.Sub(p.sent))
		}
		o.parcels = slices.Delete(o.parcels, i, i+1)
		return
	}
}

// measure learns from one round trip. A frame that was sent twice teaches
// nothing: nobody knows which of the two was acknowledged.
func (o *outbox) measure(trip time.Duration) {
	o.variation += ((o.trip - trip).Abs() - o.variation) / 4
	o.trip += (trip - o.trip) / 8
}

func (o *outbox) wait() time.Duration {
	return min(max(o.trip+4*o.variation, shortestWait), longestWait)
}

// restart makes everything due at once: the websocket is a new one.
func (o *outbox) restart(now time.Time) {
	for i := range o.parcels {
		o.parcels[i].since, o.parcels[i].sent = now, time.Time{}
		o.parcels[i].again = true
	}
}

// waiting is how long the oldest frame has been without an acknowledgement.
func (o *outbox) waiting(now time.Time) time.Duration {
	if len(o.parcels) == 0 {
		return 0
	}
	return now.Sub(o.parcels[0].since)
}
