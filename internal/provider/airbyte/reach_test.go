package airbyte_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/airbyte"
)

var errDenied = errors.New("AccessDenied: no ssm:StartSession")

// behind gives a provider whose way to the server is as way says, with a clock
// that moves half a minute at each look.
func (p *place) behind(way func() (airbyte.Way, error)) *airbyte.Provider {
	now := time.Unix(0, 0)
	made := airbyte.New(airbyte.Config{Poll: time.Millisecond, Glance: 300 * time.Millisecond, Wait: true, Store: p.bucket, Params: params{p.server.Credentials()},
		Now:     func() time.Time { now = now.Add(30 * time.Second); return now },
		Lasting: func(err error) bool { return errors.Is(err, errDenied) },
		Reach:   func(context.Context, deploy.Outputs) (airbyte.Way, error) { return way() }})
	p.t.Cleanup(made.Close)
	return made
}

const closed = "http://127.0.0.1:1" // nothing listens there

// Who waits reads what for: a machine that installs, no way to it, a server that
// answered before. What no waiting mends ends at once.
func TestWaitingSaysWhatFor(t *testing.T) {
	nothing := func() error { return errors.New("nothing listens on port 8000 of i-1 yet") }
	for name, c := range map[string]struct {
		way   func() (airbyte.Way, error)
		ready deploy.Change
		says  string // nothing where it ends at once
		err   string
	}{
		"installing": {func() (airbyte.Way, error) { return airbyte.Way{URL: closed, Err: nothing}, nil }, deploy.Change{ID: "airbyte:server:ready"},
			"Airbyte is being installed, 30s so far: it does not answer: nothing listens on port 8000 of i-1 yet", "Airbyte is still not ready: it does not answer: nothing listens on port 8000 of i-1 yet"},
		"no way": {func() (airbyte.Way, error) { return airbyte.Way{}, errors.New("the network is down") }, deploy.Change{ID: "airbyte:server:ready"},
			"waiting for a way to Airbyte, 30s so far: there is no way to its machine: the network is down", "still not ready: there is no way to its machine: the network is down"},
		"was there": {func() (airbyte.Way, error) { return airbyte.Way{URL: closed, Err: nothing}, nil }, deploy.Change{ID: "airbyte:server:ready", Reason: "Airbyte does not answer; wait until it does"},
			"Airbyte was there and does not answer, 30s so far", "still not ready"},
		"refused": {func() (airbyte.Way, error) { return airbyte.Way{}, errDenied }, deploy.Change{ID: "airbyte:server:ready"},
			"", "Airbyte cannot be reached: AccessDenied"},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, rain)
			var said []string
			_, err := p.behind(c.way).Apply(t.Context(), c.ready, p.in, func(m string) { said = append(said, m) })
			require.ErrorContains(t, err, c.err)
			if c.says == "" {
				require.Empty(t, said)
				return
			}
			require.NotEmpty(t, said)
			assert.Contains(t, said[0], c.says)
			assert.Less(t, len(said), 42, "a line a minute and no more")
		})
	}
}

// A plan that cannot look says why; a permission that is missing is an error.
func TestPlanSaysWhyItCannotLook(t *testing.T) {
	p := open(t, rain)
	require.NoError(t, p.apply())
	out, err := p.behind(func() (airbyte.Way, error) { return airbyte.Way{URL: closed}, nil }).Plan(t.Context(), p.in)
	require.NoError(t, err)
	assert.Contains(t, strings.Join(out.Notes, "\n"), "Airbyte: it does not answer: asking Airbyte")
	assert.Equal(t, "Airbyte does not answer; wait until it does", out.Changes[0].Reason)
	_, err = p.behind(func() (airbyte.Way, error) { return airbyte.Way{}, errDenied }).Plan(t.Context(), p.in)
	assert.ErrorIs(t, err, errDenied)
}

// The way down goes on where Airbyte is gone, broken, or out of reach for good:
// its connections end with its machine.
func TestDestroyWithoutAirbyte(t *testing.T) {
	for name, way := range map[string]func(*place) (airbyte.Way, error){
		"gone":    func(*place) (airbyte.Way, error) { return airbyte.Way{URL: closed}, nil },
		"refused": func(*place) (airbyte.Way, error) { return airbyte.Way{}, errDenied },
		"broken": func(p *place) (airbyte.Way, error) {
			p.server.Fault.Add(fault.Rule{Match: func(c fault.Call) bool { return !strings.HasSuffix(c.Path, "/health") }, Times: -1, Do: fault.Refuse, Status: http.StatusInternalServerError})
			return airbyte.Way{URL: p.server.URL()}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, rain)
			require.NoError(t, p.apply())
			p.in.Destroy = true
			made := p.behind(func() (airbyte.Way, error) { return way(p) })
			out, err := made.Plan(t.Context(), p.in)
			require.NoError(t, err)
			require.Len(t, out.Changes, 2, "as the last apply left it")
			require.Contains(t, strings.Join(out.Notes, "\n"), "it is taken to be as the last apply left it")
			for _, c := range out.Changes {
				var said []string
				_, err := made.Apply(t.Context(), c, p.in, func(m string) { said = append(said, m) })
				require.NoError(t, err)
				require.Contains(t, strings.Join(said, "\n"), "its connections end with its machine, which is deleted next")
			}
		})
	}
}

// What breaks later is told with what the way knows of it.
func TestTheWayIsBlamed(t *testing.T) {
	p := open(t, rain)
	var broken error
	made := p.behind(func() (airbyte.Way, error) {
		return airbyte.Way{URL: p.server.URL(), Err: func() error { return broken }}, nil
	})
	_, err := made.Plan(t.Context(), p.in)
	require.NoError(t, err)
	broken = errors.New("AWS refuses a new session")
	p.server.Fault.Add(fault.Rule{Times: -1, Do: fault.Cut})
	_, err = made.Plan(t.Context(), p.in)
	require.ErrorContains(t, err, "the way to it: AWS refuses a new session")
}

// A job goes on while nobody hears of it.
func TestAFollowedJobOutlivesAnOutage(t *testing.T) {
	for _, c := range []struct {
		times int
		ends  bool
	}{{15, true}, {-1, false}} { // five tries a look
		p := open(t, rain)
		p.server.Fault.Add(fault.Rule{Match: func(c fault.Call) bool { return strings.Contains(c.Path, "/jobs/") }, Times: c.times, Do: fault.Refuse, Status: http.StatusBadGateway})
		made := p.behind(func() (airbyte.Way, error) { return airbyte.Way{URL: p.server.URL()}, nil })
		_, err := p.with(made)
		if c.ends {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, "following job")
		require.ErrorContains(t, err, "502")
	}
}
