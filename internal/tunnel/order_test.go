package tunnel

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// later is a moment so many milliseconds on.
func later(ms int) time.Time { return someDay.Add(time.Duration(ms) * time.Millisecond) }

// filled is an outbox with n frames that were all sent at the start.
func filled(n int) *outbox {
	o := newOutbox()
	o.listening = true
	for range n {
		o.add(payloadBytes, []byte("x"), someDay)
	}
	o.due(someDay)
	return &o
}

func numbers(o *outbox) []int64 {
	all := []int64{}
	for _, p := range o.parcels {
		all = append(all, p.sequence)
	}
	return all
}

func TestOutboxSendsAgainWhatHasNoAnswer(t *testing.T) {
	o := filled(3)
	require.Empty(t, o.due(later(199)))
	o.acknowledge(1, later(199))
	require.Equal(t, []int64{0, 2}, numbers(o))
	require.Len(t, o.due(later(10_000)), 3, "two again, and something that can be answered")
	require.Equal(t, 10*time.Second, o.waiting(later(10_000)))
	o.acknowledge(99, later(10_000))
	o.acknowledge(-1, later(10_000))
	require.Equal(t, []int64{0, 2, 3}, numbers(o))
}

func TestOutboxFollowsTheRoundTrip(t *testing.T) {
	o := filled(1)
	require.Equal(t, shortestWait, o.wait())
	for i := range 50 {
		o.add(payloadBytes, []byte("x"), later(i*1000))
		o.due(later(i * 1000))
		o.acknowledge(int64(i), later(i*1000+400))
	}
	require.Greater(t, o.wait(), 350*time.Millisecond)
	require.LessOrEqual(t, o.wait(), longestWait)
	o.measure(time.Hour)
	require.Equal(t, longestWait, o.wait())
}

// A frame that is repeated without an answer, while later ones are answered,
// arrived the first time.
func TestOutboxSettlesWhatMustHaveArrived(t *testing.T) {
	o := filled(window)
	require.True(t, o.full())
	now := 0
	for round := range enough {
		now += 1001
		o.due(later(now))
		require.True(t, o.parcels[0].times == round+2)
		probe := o.parcels[len(o.parcels)-1]
		require.EqualValues(t, payloadFlag, probe.payloadKind)
		o.acknowledge(probe.sequence, later(now+1))
		require.False(t, o.full(), "round %d", round)
	}
	require.Empty(t, o.parcels)
	require.Zero(t, o.waiting(later(now)))
}

// What was answered before the repetition proves nothing, nor does anything
// before the instance takes frames of the stream.
func TestOutboxSettlesNothingTooEarly(t *testing.T) {
	o := filled(4)
	for i := 3; i > 0; i-- {
		o.due(later(i * 1001)) // each of them sent before the last repetition of the first
		o.acknowledge(int64(i), later(i*1001))
	}
	require.Zero(t, o.parcels[0].vain)

	o = filled(0)
	o.listening = false
	o.add(payloadBytes, []byte("first"), someDay)
	for i := range 3 * enough {
		now := later(i * 1001)
		o.due(now)
		o.add(payloadBytes, []byte("more"), now)
		o.due(now)
		o.acknowledge(int64(i+1), now)
	}
	require.Equal(t, []int64{0}, numbers(o))
	o.acknowledge(0, later(0))
	require.True(t, o.listening)
}

func TestOutboxOnANewWebsocket(t *testing.T) {
	o := filled(3)
	o.restart(later(50))
	require.Len(t, o.due(later(50)), 3)
	require.Zero(t, o.waiting(later(50)))
	trip := o.trip
	o.acknowledge(0, later(51))
	require.Equal(t, trip, o.trip, "nobody knows which of the two was answered")
}

func TestInbox(t *testing.T) {
	b := newInbox()
	take := func(n int64) (ready string, acknowledged bool) {
		frames, ok := b.take(frame{sequence: n, payload: []byte{'a' + byte(n)}})
		for _, f := range frames {
			ready += string(f.payload)
		}
		return ready, ok
	}
	for _, c := range []struct {
		n            int64
		ready        string
		acknowledged bool
	}{
		{0, "a", true}, {0, "", true}, {2, "", true}, {2, "", true}, {3, "", true}, {1, "bcd", true}, {1, "", true}, {5, "", true}, {4, "ef", true}, {-1, "", true},
	} {
		ready, ok := take(c.n)
		require.Equal(t, c.ready, ready, "frame %d", c.n)
		require.Equal(t, c.acknowledged, ok, "frame %d", c.n)
	}
	require.Empty(t, b.held)
	for n := range int64(room) {
		take(n + 100)
	}
	_, ok := b.take(frame{sequence: room + 100})
	require.False(t, ok, "no room: it has to come again")
	_, ok = b.take(frame{sequence: 6})
	require.True(t, ok)
}

func TestVersions(t *testing.T) {
	for text, want := range map[string]string{
		"3.3.4108.0": "many, quiet", "3.1.1511.0": "many", "3.1.1511.1": "many, quiet", "3.1.1512.0": "many, quiet", "3.0.196.0": "", "3.0.196.1": "many", "3.0.655.0": "many",
		"2.3.722.0": "", "4": "many, quiet", "": "", "3.x": "", "-4.0": "", "9.9.9.9.9": "",
	} {
		_, agent, err := answer([]byte(`{"AgentVersion":"` + text + `","RequestedClientActions":[{"ActionType":"SessionType","ActionParameters":{"SessionType":"Port"}}]}`))
		got := []string{}
		if err == nil {
			got = append(got, "many")
			if muxConfig(agent).KeepAliveDisabled {
				got = append(got, "quiet")
			}
		}
		require.Equal(t, want, strings.Join(got, ", "), "version %q", text)
	}
}

func TestHandshakesThatCannotBe(t *testing.T) {
	for payload, says := range map[string]string{
		`{`: "cannot be read",
		`{"AgentVersion":"3.3.0.0","RequestedClientActions":[{"ActionType":"SessionType","ActionParameters":{"SessionType":"Standard_Stream"}}]}`: `of type "Standard_Stream"`,
		`{"AgentVersion":"3.3.0.0","RequestedClientActions":[{"ActionType":"SessionType","ActionParameters":7}]}`:                                 `not "Port"`,
		`{"AgentVersion":"3.3.0.0","RequestedClientActions":[{"ActionType":"Dance","ActionParameters":{}}]}`:                                      `asks for "Dance"`,
		`{"AgentVersion":"3.3.0.0","RequestedClientActions":[{"ActionType":"KMSEncryption","ActionParameters":{}}]}`:                              "KMS key",
	} {
		response, _, err := answer([]byte(payload))
		require.ErrorContains(t, err, says)
		if len(response.ProcessedClientActions) == 1 {
			require.Equal(t, actionFailed, response.ProcessedClientActions[0].ActionStatus)
			require.Len(t, response.Errors, 1)
		}
	}
}
