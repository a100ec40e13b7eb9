package tunnel

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/tunnel/standin"
)

// every is a fault that hits each n-th frame of a kind.
func every(n int, which func(standin.Frame) bool) func(standin.Frame) bool {
	return func(f standin.Frame) bool { return f.N%n == 0 && which(f) }
}

func anyFrame(standin.Frame) bool     { return true }
func data(f standin.Frame) bool       { return f.Data }
func up(f standin.Frame) bool         { return f.Data && !f.ToClient }
func down(f standin.Frame) bool       { return f.Data && f.ToClient }
func acksToUs(f standin.Frame) bool   { return f.Acknowledgement && f.ToClient }
func acksFromUs(f standin.Frame) bool { return f.Acknowledgement && !f.ToClient }
func greeting(f standin.Frame) bool   { return f.N <= 3 && !f.Data }

// Whatever happens to frames, the bytes come through whole and in order, over
// the one session.
func TestFramesInTrouble(t *testing.T) {
	for name, faults := range map[string]standin.Faults{
		"sent frames lost":               {Lose: every(7, up)},
		"received frames lost":           {Lose: every(7, down)},
		"any frame lost":                 {Lose: every(11, anyFrame)},
		"the greeting lost once":         {Lose: every(2, greeting)},
		"frames doubled":                 {Double: every(2, anyFrame)},
		"frames out of order":            {Delay: func(f standin.Frame) bool { return f.Data && f.N%8 < 3 }},
		"all but one out of order":       {Delay: func(f standin.Frame) bool { return f.Data && f.N%20 != 0 }},
		"sent frames damaged":            {Corrupt: every(9, up)},
		"received frames damaged":        {Corrupt: every(9, down)},
		"acknowledgements to us lost":    {Lose: every(5, acksToUs)},
		"acknowledgements from us lost":  {Lose: every(5, acksFromUs)},
		"acknowledgements damaged":       {Corrupt: every(5, func(f standin.Frame) bool { return f.Acknowledgement })},
		"all at once":                    {Lose: every(13, anyFrame), Double: every(5, anyFrame), Delay: every(7, data), Corrupt: every(17, data)},
		"frames before it is ready":      {NotReady: 5},
		"an address that is signed":      {PresignedURL: true},
		"an agent that keeps smux alive": {AgentVersion: "3.1.1000.0"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Set(func(f *standin.Faults) { *f = faults })
			tunnel := w.open(t)
			c := client(t)
			for i := range 3 {
				require.NoError(t, there(c, tunnel.URL(), noise(uint64(i), 400_000)))
			}
			require.Equal(t, 1, w.Count("StartSession"))
			require.Zero(t, w.Count("ResumeSession"))
			require.NoError(t, tunnel.Err())
		})
	}
}

// An agent acknowledges a frame once. A whole window whose acknowledgements are
// lost must not stop the tunnel, nor end the session later.
func TestAWholeWindowOfAcknowledgementsIsLost(t *testing.T) {
	w := newWorld(t)
	w.pace.giveUp = 10 * time.Second
	lost := 0
	w.Set(func(f *standin.Faults) {
		f.Lose = func(f standin.Frame) bool {
			if !acksToUs(f) || f.N < 100 || lost == window {
				return false
			}
			lost++
			return true
		}
	})
	tunnel := w.open(t)
	require.NoError(t, there(client(t), tunnel.URL(), noise(1, 2<<20)))
	s := tunnel.current
	require.Eventually(t, func() bool {
		s.channel.mu.Lock()
		defer s.channel.mu.Unlock()
		return len(s.channel.out.parcels) == 0
	}, 20*time.Second, 10*time.Millisecond)
	require.Equal(t, []string{"StartSession"}, w.Calls())
	require.Equal(t, window, lost)
}

func TestPause(t *testing.T) {
	w := newWorld(t)
	tunnel := w.open(t)
	c := client(t)
	require.NoError(t, there(c, tunnel.URL(), []byte("before")))
	taken := func() (n int) {
		w.Each(func(s *standin.Session) { n = s.Taken() })
		return n
	}
	w.Each((*standin.Session).Pause)
	paused := func() bool {
		tunnel.current.channel.mu.Lock()
		defer tunnel.current.channel.mu.Unlock()
		return tunnel.current.channel.paused
	}
	require.Eventually(t, paused, 10*time.Second, time.Millisecond)
	before := taken()
	done := make(chan error, 1)
	go func() { done <- there(c, tunnel.URL(), noise(1, 1<<20)) }()
	full := func() bool {
		tunnel.current.channel.mu.Lock()
		defer tunnel.current.channel.mu.Unlock()
		return tunnel.current.channel.out.full()
	}
	require.Eventually(t, full, 10*time.Second, time.Millisecond)
	require.True(t, paused())
	require.Equal(t, before, taken(), "something was sent during the pause")
	w.Each((*standin.Session).Continue)
	require.NoError(t, <-done)
}
