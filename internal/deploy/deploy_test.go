package deploy_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
)

// system is a provider whose objects are a set of names.
type system struct {
	mu     sync.Mutex
	want   []deploy.Change
	have   map[string]bool
	order  []string
	fail   map[string]error
	during func(id string)
}

func (s *system) Name() string { return "toy" }

func (s *system) Plan(context.Context, deploy.Input) (deploy.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out deploy.Outcome
	for _, c := range s.want {
		if !s.have[c.ID] {
			out.Changes = append(out.Changes, c)
		}
	}
	out.State = fmt.Sprint(len(s.have))
	return out, nil
}

func (s *system) Apply(_ context.Context, c deploy.Change, _ deploy.Input, _ deploy.Progress) (deploy.Outputs, error) {
	if s.during != nil {
		s.during(c.ID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fail[c.ID]; err != nil {
		return nil, err
	}
	s.have[c.ID] = true
	s.order = append(s.order, c.ID)
	return deploy.Outputs{c.ID: "made"}, nil
}

func change(id string, needs ...string) deploy.Change {
	return deploy.Change{ID: id, Provider: "toy", Kind: "thing", Name: id, Action: deploy.Create, Risk: deploy.Safe, DependsOn: needs, Content: "1"}
}

// random gives n changes, each of which may need earlier ones, in any order.
func random(n int, seed uint64) []deploy.Change {
	r := rand.New(rand.NewPCG(seed, 7))
	var out []deploy.Change
	for i := range n {
		c := change(fmt.Sprintf("c%02d", i))
		for j := range i {
			if r.IntN(4) == 0 {
				c.DependsOn = append(c.DependsOn, fmt.Sprintf("c%02d", j))
			}
		}
		out = append(out, c)
	}
	r.Shuffle(n, func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func newSystem(want []deploy.Change) *system {
	return &system{want: want, have: map[string]bool{}, fail: map[string]error{}}
}

func build(t *testing.T, s *system) *deploy.Plan {
	t.Helper()
	plan, err := deploy.Build(context.Background(), []deploy.Provider{s}, deploy.Input{}, deploy.Meta{Pipeline: "p", Artifacts: "a"})
	require.NoError(t, err)
	return plan
}

func execution(s *system, dir string) deploy.Execution {
	return deploy.Execution{Providers: []deploy.Provider{s}, Ledger: ledger.In(dir), Owner: "ann", Now: func() time.Time { return time.Unix(0, 0).UTC() }}
}

func TestOrderAndConvergence(t *testing.T) {
	for seed := range uint64(60) {
		want := random(20, seed)
		s := newSystem(want)
		plan := build(t, s)
		result, err := deploy.Execute(context.Background(), plan, execution(s, t.TempDir()))
		require.NoError(t, err)
		assert.Equal(t, "done", result.Status)
		for _, c := range want {
			for _, need := range c.DependsOn {
				assert.Less(t, slices.Index(s.order, need), slices.Index(s.order, c.ID))
			}
		}
		assert.True(t, build(t, s).Empty(), "a plan after an apply is empty")
	}
}

func TestAnyOrderSameDigest(t *testing.T) {
	want := random(20, 1)
	first := build(t, newSystem(want)).Digest
	r := rand.New(rand.NewPCG(2, 2))
	for range 50 {
		r.Shuffle(len(want), func(i, j int) { want[i], want[j] = want[j], want[i] })
		assert.Equal(t, first, build(t, newSystem(want)).Digest)
	}
	want[0].Origins = []string{"tapestry.yaml:99"}
	assert.Equal(t, first, build(t, newSystem(want)).Digest, "lines do not count")
	want[0].Effect = &deploy.Effect{Created: 1, Samples: []deploy.Sample{{Event: "create", Member: "m-1"}}}
	one := build(t, newSystem(want)).Digest
	want[0].Effect = &deploy.Effect{Created: 1, Samples: []deploy.Sample{{Event: "create", Member: "m-2"}}}
	assert.Equal(t, one, build(t, newSystem(want)).Digest, "salted ids do not count")
	want[0].Effect = nil
	want[0].Content = "2"
	assert.NotEqual(t, first, build(t, newSystem(want)).Digest)
}

func TestFailureLeavesWhatNeedsIt(t *testing.T) {
	s := newSystem([]deploy.Change{change("a"), change("b", "a"), change("c", "b"), change("d")})
	s.fail["b"] = errors.New("no")
	dir := t.TempDir()
	result, err := deploy.Execute(context.Background(), build(t, s), execution(s, dir))
	require.NoError(t, err)
	assert.Equal(t, "failed", result.Status)
	assert.Equal(t, []string{"a", "d"}, result.Done)
	assert.Equal(t, []string{"c"}, result.Left)
	assert.Equal(t, []deploy.Fault{{Change: "b", Error: "no"}}, result.Failed)

	delete(s.fail, "b")
	result, err = deploy.Execute(context.Background(), build(t, s), execution(s, dir))
	require.NoError(t, err)
	assert.Equal(t, []string{"b", "c"}, result.Done, "no finished step is made again")
}

// Ctrl-C: what runs is finished, nothing else is begun.
func TestStop(t *testing.T) {
	s := newSystem([]deploy.Change{change("a"), change("b", "a"), change("c", "b")})
	ctx, stop := context.WithCancel(context.Background())
	s.during = func(id string) {
		if id == "b" {
			stop()
		}
	}
	result, err := deploy.Execute(ctx, build(t, s), execution(s, t.TempDir()))
	require.NoError(t, err)
	assert.Equal(t, "stopped", result.Status)
	assert.Equal(t, []string{"a", "b"}, result.Done)
	assert.Equal(t, []string{"c"}, result.Left)
}

func TestPanicIsAFailure(t *testing.T) {
	s := newSystem([]deploy.Change{change("a")})
	s.during = func(string) { panic("oh") }
	result, err := deploy.Execute(context.Background(), build(t, s), execution(s, t.TempDir()))
	require.NoError(t, err)
	assert.Equal(t, "failed", result.Status)
	assert.Contains(t, result.Failed[0].Error, "oh")
}

func TestGuardsAndAllow(t *testing.T) {
	blocked := change("a")
	blocked.Action, blocked.Reason, blocked.Next = deploy.Blocked, "the source is empty", "Look at it."
	s := newSystem([]deploy.Change{blocked, change("b")})
	_, err := deploy.Execute(context.Background(), build(t, s), execution(s, t.TempDir()))
	require.ErrorContains(t, err, "the source is empty. Look at it.")
	assert.Empty(t, s.order)

	risky := change("a")
	risky.Action, risky.Risk = deploy.Delete, deploy.Destructive
	s = newSystem([]deploy.Change{risky})
	x := execution(s, t.TempDir())
	_, err = deploy.Execute(context.Background(), build(t, s), x)
	require.ErrorContains(t, err, "--allow a")
	x.Allow = []string{"b"}
	_, err = deploy.Execute(context.Background(), build(t, s), x)
	require.Error(t, err)
	x.Allow = []string{"a"}
	_, err = deploy.Execute(context.Background(), build(t, s), x)
	require.NoError(t, err)
}

func TestReapprove(t *testing.T) {
	s := newSystem([]deploy.Change{change("a"), change("b", "a")})
	approved := build(t, s)

	same, err := deploy.Reapprove(approved, build(t, s), nil)
	require.NoError(t, err)
	assert.Equal(t, approved.Digest, same.Digest)

	forged := *approved
	forged.Digest = "sha256:0"
	_, err = deploy.Reapprove(&forged, build(t, s), nil)
	require.ErrorContains(t, err, "changed after it was made")

	s.have["a"] = true // someone else made it
	_, err = deploy.Reapprove(approved, build(t, s), nil)
	require.ErrorContains(t, err, "the live state of toy moved")
	require.ErrorContains(t, err, "a: no longer there")

	run := &deploy.Run{Plan: approved.Digest, Steps: []deploy.RunStep{{Change: "a", State: deploy.Done}}}
	rest, err := deploy.Reapprove(approved, build(t, s), run)
	require.NoError(t, err, "the rest of an interrupted apply")
	assert.Len(t, rest.Changes, 1)

	s.want[1].Content = "2"
	_, err = deploy.Reapprove(approved, build(t, s), run)
	require.ErrorContains(t, err, "b: its content changed")
}

func TestCycle(t *testing.T) {
	s := newSystem([]deploy.Change{change("a", "b"), change("b", "a")})
	_, err := deploy.Build(context.Background(), []deploy.Provider{s}, deploy.Input{}, deploy.Meta{})
	require.ErrorContains(t, err, "depends on itself")
}
