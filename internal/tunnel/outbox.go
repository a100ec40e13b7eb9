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

// most is how many frames are kept in all, with those that are settled below.
const most = 8 * window

// The time after which a frame is sent again follows the round trip, within
// these bounds.
const (
	shortestWait = 200 * time.Millisecond
	longestWait  = time.Second
)

// enough is how often a frame is sent again in vain before it counts as arrived.
//
// The agent acknowledges a frame once. When that word is lost, as with the
// websocket that carried it, the agent drops every repetition without a sign.
// But it answers what is sent after the repetition, and the way keeps the order:
// so the repetition was there, and was dropped since the frame was there before.
// One time proves little, for the repetition may be lost as well; eight do.
const enough = 8

// outbox keeps what was sent until it is acknowledged. It has no clock and no
// lock; the channel has both.
type outbox struct {
	next      int64
	turn      int64    // counts what was sent
	parcels   []parcel // in the order of their numbers
	listening bool     // the instance takes frames of the stream; before, it drops them
	trip      time.Duration
	variation time.Duration
}

type parcel struct {
	sequence    int64
	payloadKind uint32
	bytes       []byte
	since       time.Time // when it was given to the outbox, or to a new websocket
	sent        time.Time // the last time; zero: not yet on this websocket
	times       int       // how often it was sent
	first, last int64     // the turns when this websocket carried it first and last; 0: not yet
	vain        int       // how many repetitions were followed by an answer to something later
	counted     bool      // the last repetition is in vain already
}

func newOutbox() outbox { return outbox{trip: 100 * time.Millisecond} }

// full reports whether more has to wait. Frames that are likely to have arrived
// do not count: they would stop everything.
func (o *outbox) full() bool {
	open := 0
	for i := range o.parcels {
		if o.parcels[i].vain == 0 {
			open++
		}
	}
	return open >= window || len(o.parcels) >= most
}

// add numbers a payload and keeps it. It is not sent yet.
func (o *outbox) add(payloadKind uint32, payload []byte, now time.Time) {
	f := newFrame(kindInput, o.next, payloadKind, payload, now)
	o.parcels = append(o.parcels, parcel{sequence: o.next, payloadKind: payloadKind, bytes: f.encode(), since: now})
	o.next++
}

// due gives what has to be sent now: what was never sent, and what was not
// acknowledged in time. It counts as sent then.
func (o *outbox) due(now time.Time) [][]byte {
	var send [][]byte
	for i := range o.parcels {
		p := &o.parcels[i]
		if p.sent.IsZero() || now.Sub(p.sent) >= o.wait() {
			send = append(send, o.carry(p, now))
		}
	}
	if o.unanswered() {
		o.add(payloadFlag, flag(flagDisconnect), now)
		send = append(send, o.carry(&o.parcels[len(o.parcels)-1], now))
	}
	return send
}

func (o *outbox) carry(p *parcel, now time.Time) []byte {
	o.turn++
	if p.first == 0 {
		p.first = o.turn
	}
	p.sent, p.last, p.counted = now, o.turn, false
	p.times++
	return p.bytes
}

// unanswered reports whether the oldest frame was repeated and nothing went
// after it whose answer could tell that the repetition was there. Something has
// to be sent then that does nothing: a flag that the agent has no use for where
// there are many connections.
func (o *outbox) unanswered() bool {
	if !o.listening || len(o.parcels) == 0 || len(o.parcels) >= most || o.parcels[0].times < 2 {
		return false
	}
	return !slices.ContainsFunc(o.parcels, func(p parcel) bool { return p.first > o.parcels[0].last })
}

// acknowledge forgets a frame, and earlier ones that must have arrived.
func (o *outbox) acknowledge(sequence int64, now time.Time) {
	i := slices.IndexFunc(o.parcels, func(p parcel) bool { return p.sequence == sequence })
	if i < 0 {
		return
	}
	answered := o.parcels[i]
	// The first frame of the stream cannot be kept for later: where it was
	// acknowledged, it was taken.
	o.listening = o.listening || i == 0 && answered.payloadKind == payloadBytes
	if answered.times == 1 && !answered.sent.IsZero() {
		o.measure(now.Sub(answered.sent))
	}
	o.parcels = slices.Delete(o.parcels, i, i+1)
	if !o.listening {
		return
	}
	for j := range o.parcels[:i] {
		p := &o.parcels[j]
		if p.times > 1 && p.last > 0 && p.last < answered.first && !p.counted {
			p.vain++
			p.counted = true
		}
	}
	o.parcels = slices.DeleteFunc(o.parcels, func(p parcel) bool { return p.vain >= enough })
}

// greeted forgets the response to the handshake: what the agent said next shows
// that it was there.
func (o *outbox) greeted() {
	o.parcels = slices.DeleteFunc(o.parcels, func(p parcel) bool { return p.payloadKind == payloadHandshakeResponse })
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
		p := &o.parcels[i]
		p.since, p.sent = now, time.Time{}
		p.first, p.last, p.counted = 0, 0, false
	}
}

// waiting is how long the oldest frame has been without an acknowledgement.
func (o *outbox) waiting(now time.Time) time.Duration {
	if len(o.parcels) == 0 {
		return 0
	}
	return now.Sub(o.parcels[0].since)
}
