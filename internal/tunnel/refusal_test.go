package tunnel

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/tunnel/standin"
)

// Refusals that another try would not change are given back at once, say what to
// do, and show no secret.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		faults standin.Faults
		says   []string
		calls  []string
	}{
		"starting is not allowed": {
			standin.Faults{Deny: map[string]bool{"StartSession": true}},
			[]string{"AWS refuses it", "not authorized to perform: ssm:StartSession",
				"A tunnel needs ssm:StartSession on arn:aws:ec2:eu-central-1:*:instance/" + instance,
				"arn:aws:ssm:eu-central-1::document/AWS-StartPortForwardingSession", "ssmmessages:OpenDataChannel"},
			[]string{"StartSession"},
		},
		"the channel is not allowed": {
			standin.Faults{Forbid: true},
			[]string{"403 Forbidden", "allow ssmmessages:OpenDataChannel"},
			[]string{"StartSession", "TerminateSession"},
		},
		"it has to be encrypted": {
			standin.Faults{Encrypt: true},
			[]string{"KMS key", "take kmsKeyId out of the inputs of the session document"},
			[]string{"StartSession", "TerminateSession"},
		},
		"the agent is too old": {
			standin.Faults{AgentVersion: "3.0.196.0"},
			[]string{`its SSM agent has version "3.0.196.0"`, "one connection at a time", "update the agent of the instance to 3.1 or later"},
			[]string{"StartSession", "TerminateSession"},
		},
		"the agent is older still": {
			standin.Faults{AgentVersion: "2.3.722.0"},
			[]string{"one connection at a time"},
			[]string{"StartSession", "TerminateSession"},
		},
		"the agent has no version": {
			standin.Faults{AgentVersion: "latest"},
			[]string{`has version "latest"`},
			[]string{"StartSession", "TerminateSession"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Set(func(f *standin.Faults) { *f = c.faults })
			tunnel, err := Open(t.Context(), w.config())
			require.Nil(t, tunnel)
			for _, text := range append(c.says, "no tunnel to port 8000 of "+instance) {
				require.ErrorContains(t, err, text)
			}
			require.True(t, Lasting(err), "nobody is to wait for it")
			require.Equal(t, c.calls, w.Calls())
			w.keepsQuiet(t, err)
			require.Zero(t, w.Living(), "a session was left behind")
		})
	}
}

// keepsQuiet looks for tokens and signatures in what was said.
func (w *world) keepsQuiet(t *testing.T, err error) {
	t.Helper()
	said := w.heard()
	if err != nil {
		said += err.Error()
	}
	for _, secret := range w.Secrets() {
		require.NotContains(t, said, secret)
	}
}

func TestWaitsForTheInstanceToRegister(t *testing.T) {
	w := newWorld(t)
	w.Set(func(f *standin.Faults) { f.NotConnected = 9 })
	tunnel := w.open(t)
	require.NoError(t, there(client(t), tunnel.URL(), []byte("hello")))
	require.Equal(t, 10, w.Count("StartSession"))
	require.Equal(t, 1, strings.Count(w.heard(), "does not know the instance"), "it is said once: %s", w.heard())
	require.Contains(t, w.heard(), "It registers a minute or two after it starts")
	require.Contains(t, w.heard(), "trying again")
}

func TestTheInstanceNeverRegisters(t *testing.T) {
	w := newWorld(t)
	w.Set(func(f *standin.Faults) { f.NotConnected = -1 })
	conf := w.config()
	conf.Wait = 50 * time.Millisecond
	_, err := Open(t.Context(), conf)
	require.ErrorContains(t, err, "AmazonSSMManagedInstanceCore")
	require.ErrorContains(t, err, "region eu-central-1")
	require.False(t, Lasting(err), "it may register yet")
	require.Greater(t, w.Count("StartSession"), 1)
}

func TestThrottled(t *testing.T) {
	w := newWorld(t)
	w.Set(func(f *standin.Faults) { f.Throttle = 10 })
	tunnel := w.open(t)
	require.NoError(t, there(client(t), tunnel.URL(), []byte("hello")))
	require.Equal(t, 11, w.Count("StartSession"))
	require.Contains(t, w.heard(), "Rate exceeded")
}

// What fails again and again without a reason to wait comes to an end.
func TestFailsAgainAndAgain(t *testing.T) {
	for name, faults := range map[string]standin.Faults{
		"throttled without end":       {Throttle: 1 << 30},
		"an answer that is cut":       {Broken: map[string]bool{"StartSession": true}},
		"an agent that never answers": {Silent: true},
		"a channel that is closed":    {HangUp: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.pace.handshake = 50 * time.Millisecond
			w.Set(func(f *standin.Faults) { *f = faults })
			_, err := Open(t.Context(), w.config())
			require.ErrorContains(t, err, "no tunnel to port 8000 of "+instance)
			require.False(t, Lasting(err))
			require.GreaterOrEqual(t, w.Count("StartSession"), mostFailures)
			w.keepsQuiet(t, err)
			if name != "an answer that is cut" { // nobody knows the name of that session
				require.Zero(t, w.Living(), "a session was left behind")
			}
		})
	}
}

// An HTTP client sees that its connection ends; Err says why, until a connection
// goes through.
func TestNothingListensOnThePort(t *testing.T) {
	w := newWorld(t)
	tunnel := w.open(t)
	c := client(t)
	w.down.Store(true)
	for range 3 {
		_, err := c.Get(tunnel.URL())
		require.Error(t, err)
		require.ErrorContains(t, tunnel.Err(), "nothing listens on port 8000 of "+instance+" yet")
	}
	require.Equal(t, 1, strings.Count(w.heard(), "nothing listens"), "it is said once: %s", w.heard())
	w.down.Store(false)
	require.NoError(t, there(c, tunnel.URL(), []byte("it is up")))
	require.NoError(t, tunnel.Err())
	require.Equal(t, 1, w.Count("StartSession"))
}

// A new session that AWS refuses is told by Err, and the tunnel goes on when it
// is allowed again.
func TestRefusedLater(t *testing.T) {
	w := newWorld(t)
	tunnel := w.open(t)
	w.Each(func(s *standin.Session) { s.End("the end") })
	require.Eventually(t, func() bool { return !tunnel.current.alive() }, 20*time.Second, time.Millisecond)
	w.Set(func(f *standin.Faults) { f.Deny = map[string]bool{"StartSession": true} })
	c := client(t)
	_, err := c.Get(tunnel.URL())
	require.Error(t, err)
	require.ErrorContains(t, tunnel.Err(), "AWS refuses it")
	w.Set(func(f *standin.Faults) { f.Deny = nil })
	require.NoError(t, there(c, tunnel.URL(), []byte("again")))
	require.NoError(t, tunnel.Err())
}

func TestOpenNeedsAnInstance(t *testing.T) {
	_, err := Open(context.Background(), Config{})
	require.ErrorContains(t, err, "needs the id of an instance")
}
