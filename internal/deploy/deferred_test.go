package deploy_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
)

// two is a provider whose second object is not known before the first is there:
// second says what it then is, told what there is and what came of it.
type two struct {
	*system
	second func(have map[string]bool, outputs deploy.Outputs) []deploy.Change
	err    error
	plans  int
}

func (p *two) Plan(ctx context.Context, in deploy.Input) (deploy.Outcome, error) {
	p.plans++
	if p.plans > 1 && p.err != nil {
		return deploy.Outcome{}, p.err
	}
	out, err := p.system.Plan(ctx, in)
	if !p.have["a"] {
		d := change("b", "a")
		d.Action, d.Content, d.Reason = deploy.Deferred, "", "a has to be there first"
		out.Changes = append(out.Changes, d)
		return out, err
	}
	for _, c := range p.second(p.have, in.Outputs) {
		if !p.have[c.ID] {
			out.Changes = append(out.Changes, c)
		}
	}
	return out, err
}

func (p *two) execute(t *testing.T, ctx context.Context, dir string) (*deploy.Plan, *deploy.Result) {
	t.Helper()
	x := execution(p.system, dir)
	x.Providers = []deploy.Provider{p}
	plan, err := deploy.Build(ctx, x.Providers, deploy.Input{}, deploy.Meta{Pipeline: "p", Artifacts: "a"})
	require.NoError(t, err)
	result, err := deploy.Execute(ctx, plan, x)
	require.NoError(t, err)
	return plan, result
}

func newTwo(second ...deploy.Change) *two {
	return &two{system: newSystem([]deploy.Change{change("a"), change("z", "b")}),
		second: func(map[string]bool, deploy.Outputs) []deploy.Change { return second }}
}

// What was deferred is planned when what it waits for is done, with its outputs,
// and is made in the same apply; what needs it comes after all that it became.
func TestDeferredIsPlannedLater(t *testing.T) {
	s := newTwo()
	var told deploy.Outputs
	s.second = func(_ map[string]bool, outputs deploy.Outputs) []deploy.Change {
		told = outputs
		return []deploy.Change{change("b:1", "a"), change("b:2", "b:1"), change("bc")}
	}
	plan, result := s.execute(t, context.Background(), t.TempDir())
	assert.Equal(t, "done", result.Status)
	assert.Equal(t, []string{"a", "b:1", "b:2", "z"}, s.order, "bc is not what b stands for")
	assert.Equal(t, []string{"a", "b:1", "b:2", "z"}, result.Done)
	assert.Empty(t, result.Deferred)
	assert.Equal(t, deploy.Outputs{"a": "made"}, told)
	assert.NotNil(t, plan.Change("b"), "the plan that was shown stays as it is")
}

// What a deferred change becomes says what it needs in the words of artefacts, as
// every change does, and is put into that order.
func TestNeedsOfWhatWasDeferred(t *testing.T) {
	first, second := change("b:2"), change("b:1")
	first.Provides = []string{"airbyte:source:zoom"}
	second.Needs = []string{"airbyte:source:zoom"}
	s := newTwo(second, first)
	x := execution(s.system, t.TempDir())
	x.Providers, x.Parallel = []deploy.Provider{s}, 1 // side by side, chance could put them in order
	plan, err := deploy.Build(context.Background(), x.Providers, deploy.Input{}, deploy.Meta{Pipeline: "p", Artifacts: "a"})
	require.NoError(t, err)
	result, err := deploy.Execute(context.Background(), plan, x)
	require.NoError(t, err)
	assert.Equal(t, "done", result.Status)
	assert.Equal(t, []string{"a", "b:2", "b:1", "z"}, s.order)
}

func TestDeferredMayOnlyCreate(t *testing.T) {
	for _, action := range []deploy.Action{deploy.Update, deploy.Replace, deploy.Delete} {
		c := change("b")
		c.Action, c.Reason = action, "it is there in another form"
		s := newTwo(c)
		dir := t.TempDir()
		_, result := s.execute(t, context.Background(), dir)
		assert.Equal(t, "failed", result.Status)
		assert.Equal(t, []string{"a"}, s.order)
		assert.Equal(t, []string{"z"}, result.Left)
		require.Len(t, result.Failed, 1)
		assert.Contains(t, result.Failed[0].Error, "may only be created; now it would be: "+string(action)+" (it is there in another form). Make a new plan")
		runs, err := ledger.In(dir).Runs()
		require.NoError(t, err)
		assert.Equal(t, deploy.Failed, runs[0].State("b"))
	}
	c := change("b")
	c.Risk = deploy.Destructive
	s := newTwo(c)
	_, result := s.execute(t, context.Background(), t.TempDir())
	assert.Equal(t, "failed", result.Status, "nobody allowed it")

	c = change("b")
	c.Action, c.Reason, c.Next = deploy.Blocked, "the source is empty", "Look at it."
	s = newTwo(c)
	_, result = s.execute(t, context.Background(), t.TempDir())
	assert.Equal(t, []deploy.Fault{{Change: "b", Error: "the source is empty. Look at it."}}, result.Failed)
}

func TestDeferredStays(t *testing.T) {
	still := change("b", "a")
	still.Action = deploy.Deferred
	s := newTwo(still)
	_, result := s.execute(t, context.Background(), t.TempDir())
	assert.Equal(t, "done", result.Status, "what needs it is no failure")
	assert.Equal(t, []string{"a"}, result.Done)
	assert.Equal(t, []string{"b", "z"}, result.Deferred)

	nothing := newTwo()
	_, result = nothing.execute(t, context.Background(), t.TempDir())
	assert.Equal(t, "done", result.Status)
	assert.Equal(t, []string{"a", "z"}, nothing.order, "it became nothing, so what needs it goes on")

	alone := change("c")
	alone.Action = deploy.Deferred
	waits := newSystem([]deploy.Change{alone, change("a")})
	result, err := deploy.Execute(context.Background(), build(t, waits), execution(waits, t.TempDir()))
	require.NoError(t, err)
	assert.Equal(t, []string{"c"}, result.Deferred, "it waits for nothing that this apply makes")
}

func TestDeferredAndWhatGoesWrong(t *testing.T) {
	s := newTwo(change("b"))
	s.err = errors.New("no answer")
	_, result := s.execute(t, context.Background(), t.TempDir())
	assert.Equal(t, "failed", result.Status)
	assert.Contains(t, result.Failed[0].Error, "no answer")

	s = newTwo(change("b"))
	s.fail["a"] = errors.New("no")
	_, result = s.execute(t, context.Background(), t.TempDir())
	assert.Equal(t, "failed", result.Status)
	assert.Equal(t, 1, s.plans, "nothing is planned again")
	assert.Equal(t, []string{"b", "z"}, result.Deferred)

	s = newTwo(change("b"))
	ctx, stop := context.WithCancel(context.Background())
	s.during = func(string) { stop() }
	_, result = s.execute(t, ctx, t.TempDir())
	assert.Equal(t, []string{"a"}, result.Done)
	assert.NotEqual(t, "failed", result.Status)
}

// An approved plan with something deferred can be taken up after an interruption,
// before and after the deferred part is known.
func TestResumeApprovedWithDeferred(t *testing.T) {
	s := newTwo(change("b:1"))
	providers := []deploy.Provider{s}
	plan := func() *deploy.Plan {
		p, err := deploy.Build(context.Background(), providers, deploy.Input{}, deploy.Meta{Pipeline: "p", Artifacts: "a"})
		require.NoError(t, err)
		return p
	}
	approved := plan()
	run := &deploy.Run{Plan: approved.Digest, Steps: []deploy.RunStep{{Change: "a", State: deploy.Started}}}
	s.have["a"] = true
	rest, err := deploy.Reapprove(approved, plan(), run)
	require.NoError(t, err)
	assert.NotNil(t, rest.Change("b:1"))

	run.Steps = append(run.Steps, deploy.RunStep{Change: "b:1", State: deploy.Done})
	s.have["b:1"] = true
	_, err = deploy.Reapprove(approved, plan(), run)
	require.NoError(t, err)

	delete(s.have, "b:1")
	update := change("b:1")
	update.Action = deploy.Update
	s.second = func(map[string]bool, deploy.Outputs) []deploy.Change { return []deploy.Change{update} }
	_, err = deploy.Reapprove(approved, plan(), run)
	require.ErrorContains(t, err, "b:1: new (update)")
}
