package tunnel

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/tunnel/standin"
)

// Twenty megabytes go there and come back while the websocket is lost again and
// again, each time with what was under way on it.
func TestTheWebsocketIsLostDuringATransfer(t *testing.T) {
	w := newWorld(t)
	const each = 8_000 // so many frames of a direction between two losses
	mu, next, cut := sync.Mutex{}, map[bool]int{true: each, false: each}, 0
	w.Set(func(f *standin.Faults) {
		f.Cut = func(f standin.Frame) bool {
			mu.Lock()
			defer mu.Unlock()
			if !f.Data || f.N < next[f.ToClient] {
				return false
			}
			next[f.ToClient] += 2 * each
			cut++
			return true
		}
	})
	tunnel := w.open(t)
	require.NoError(t, there(client(t), tunnel.URL(), noise(1, 20<<20)))
	mu.Lock()
	defer mu.Unlock()
	require.Greater(t, next[true], each, "lost while it sent")
	require.Greater(t, next[false], each, "lost while it received")
	require.Equal(t, 1, w.Count("StartSession"))
	require.GreaterOrEqual(t, w.Count("ResumeSession"), 4)
	require.LessOrEqual(t, w.Count("ResumeSession"), cut, "one for each loss; some hit a websocket that is lost already")
	require.Contains(t, w.heard(), "taking the session up again")
	require.NoError(t, tunnel.Err())
}

// The service says goodbye to a healthy websocket about once an hour.
func TestTheServiceClosesTheWebsocket(t *testing.T) {
	w := newWorld(t)
	tunnel := w.open(t)
	c := client(t)
	for i := range 2 * mostBarren {
		w.Each((*standin.Session).Bye)
		require.NoError(t, there(c, tunnel.URL(), noise(uint64(i), 50_000)))
	}
	require.Equal(t, 1, w.Count("StartSession"))
	require.Equal(t, 2*mostBarren, w.Count("ResumeSession"))
}

// A resumption that fails at first is tried again.
func TestResumingTakesMoreThanOneTry(t *testing.T) {
	w := newWorld(t)
	tunnel := w.open(t)
	w.Set(func(f *standin.Faults) { f.Throttle = 7 })
	w.Each((*standin.Session).Cut)
	require.NoError(t, there(client(t), tunnel.URL(), noise(1, 50_000)))
	require.Equal(t, 1, w.Count("StartSession"))
	require.Equal(t, 8, w.Count("ResumeSession"))
}

// Where a session cannot be taken up again, the next connection starts another.
func TestASessionThatCannotBeTakenUp(t *testing.T) {
	for name, c := range map[string]struct {
		faults standin.Faults
		reason string
	}{
		"it is gone":          {standin.Faults{Gone: true}, "does not exist"},
		"it gets no token":    {standin.Faults{NoToken: true}, "as it does with one that is idle or old"},
		"it is not allowed":   {standin.Faults{Deny: map[string]bool{"ResumeSession": true}}, "AWS refuses it"},
		"the channel refuses": {standin.Faults{Forbid: true}, "allow ssmmessages:OpenDataChannel"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tunnel := w.open(t)
			h := client(t)
			require.NoError(t, there(h, tunnel.URL(), []byte("one")))
			w.Set(func(f *standin.Faults) { *f = c.faults })
			w.Each((*standin.Session).Cut)
			require.Eventually(t, func() bool { return !tunnel.current.alive() }, 20*time.Second, time.Millisecond)
			require.ErrorContains(t, tunnel.current.channel.why(), c.reason)
			w.Set(func(f *standin.Faults) { *f = standin.Faults{} })
			h.CloseIdleConnections()
			require.NoError(t, there(h, tunnel.URL(), []byte("two")))
			require.Contains(t, w.heard(), "starting another")
			require.Equal(t, 2, w.Count("StartSession"))
			require.NoError(t, tunnel.Err())
		})
	}
}

// A session that is taken up and carries nothing, again and again, is ended, and
// the service is not asked without end.
func TestAWebsocketThatIsAlwaysClosedAtOnce(t *testing.T) {
	w := newWorld(t)
	tunnel := w.open(t)
	w.Set(func(f *standin.Faults) { f.HangUp = true })
	w.Each((*standin.Session).Cut)
	require.Eventually(t, func() bool { return !tunnel.current.alive() }, 20*time.Second, time.Millisecond)
	require.ErrorContains(t, tunnel.current.channel.why(), "carried nothing")
	require.LessOrEqual(t, w.Count("ResumeSession"), mostBarren+1)
	w.Set(func(f *standin.Faults) { f.HangUp = false })
	require.NoError(t, there(client(t), tunnel.URL(), []byte("again")))
}

// A websocket over which nothing comes any more, though it answered pings, is
// replaced; so is one that leaves frames without an answer.
func TestADeadWebsocket(t *testing.T) {
	for name, c := range map[string]struct {
		dead func(*standin.Faults)
		use  bool
	}{
		"no pings answered":     {func(f *standin.Faults) { f.Mute = true }, false},
		"no frames get through": {func(f *standin.Faults) { f.Mute, f.Lose = true, anyFrame }, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.pace.ping, w.pace.silence = 10*time.Millisecond, 300*time.Millisecond
			tunnel := w.open(t)
			answered := func() bool {
				tunnel.current.channel.mu.Lock()
				defer tunnel.current.channel.mu.Unlock()
				return tunnel.current.channel.answers
			}
			require.Eventually(t, answered, 20*time.Second, time.Millisecond)
			w.Set(c.dead)
			done := make(chan error, 1)
			go func() { done <- there(client(t), tunnel.URL(), noise(1, 50_000)) }()
			if !c.use {
				require.NoError(t, <-done)
			}
			require.Eventually(t, func() bool { return w.Count("ResumeSession") == 1 }, 20*time.Second, time.Millisecond)
			w.Set(func(f *standin.Faults) { *f = standin.Faults{} })
			if c.use {
				require.NoError(t, <-done)
			}
			require.Equal(t, 1, w.Count("StartSession"))
		})
	}
}

// An instance that acknowledges nothing any more ends the session, with a reason.
func TestAnInstanceThatIsGone(t *testing.T) {
	w := newWorld(t)
	w.pace.giveUp = 500 * time.Millisecond
	tunnel := w.open(t)
	w.Set(func(f *standin.Faults) { f.Lose = func(f standin.Frame) bool { return !f.ToClient } })
	require.Error(t, there(client(t), tunnel.URL(), noise(1, 50_000)))
	require.ErrorContains(t, tunnel.Err(), "has acknowledged nothing for")
	w.Set(func(f *standin.Faults) { f.Lose = nil })
	require.NoError(t, there(client(t), tunnel.URL(), []byte("it is back")))
	require.NoError(t, tunnel.Err())
}

// A session that the service ends says why; what went through is cut, not ended,
// and the next connection starts another.
func TestASessionThatTheServiceEnds(t *testing.T) {
	for _, reason := range []string{"Your session timed out due to inactivity.", "Session has been terminated by an administrator", ""} {
		t.Run(fmt.Sprintf("%q", reason), func(t *testing.T) {
			w := newWorld(t)
			tunnel := w.open(t)
			c := client(t)
			w.hold.Store(true)
			done := make(chan error, 1)
			go func() { done <- there(c, tunnel.URL(), []byte("cut off")) }()
			require.Eventually(t, func() bool { return w.held.Load() == 1 }, 20*time.Second, time.Millisecond)
			w.Each(func(s *standin.Session) { s.End(reason) })
			require.ErrorContains(t, <-done, "connection reset")
			require.ErrorContains(t, tunnel.Err(), "Systems Manager ended it")
			require.ErrorContains(t, tunnel.Err(), reason)
			w.hold.Store(false)
			require.NoError(t, there(c, tunnel.URL(), []byte("another")))
			require.NoError(t, tunnel.Err())
			require.Contains(t, w.heard(), "starting another")
			require.Equal(t, 2, w.Count("StartSession"))
			require.Zero(t, w.Count("TerminateSession"), "it was the service that ended it")
			require.Zero(t, w.Count("ResumeSession"))
		})
	}
}
