package tunnel

// room is how many frames may wait for an earlier one that is missing.
const room = 10_000

// inbox puts frames in order. It has no lock; the channel has one.
type inbox struct {
	next int64
	held map[int64]frame
}

func newInbox() inbox { return inbox{held: map[int64]frame{}} }

// take gives the frames that are in order now, and whether f may be
// acknowledged. One that came before is acknowledged again, since its sender
// would repeat it for ever; one for which there is no room is not, and comes
// again.
func (b *inbox) take(f frame) (ready []frame, acknowledged bool) {
	switch {
	case f.sequence < b.next:
		return nil, true
	case f.sequence > b.next:
		if len(b.held) >= room {
			return nil, false
		}
		b.held[f.sequence] = f
		return nil, true
	}
	for ok := true; ok; f, ok = b.held[b.next] {
		delete(b.held, f.sequence)
		ready = append(ready, f)
		b.next++
	}
	return ready, true
}
