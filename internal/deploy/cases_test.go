package deploy_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
)

// chain is n changes, each of which needs the one before.
func chain(n int) []deploy.Change {
	var out []deploy.Change
	for i := range n {
		c := change(fmt.Sprintf("s%02d", i+1))
		if i > 0 {
			c.DependsOn = []string{out[i-1].ID}
		}
		out = append(out, c)
	}
	return out
}

// A failure at statement 17 of 34 leaves a record: 16 are done, the 17th failed
// with its error, and the next apply begins with it.
func TestFailureAt17Of34(t *testing.T) {
	s, dir := newSystem(chain(34)), t.TempDir()
	s.fail["s17"] = errors.New("insufficient privileges")
	result, err := deploy.Execute(context.Background(), build(t, s), execution(s, dir))
	require.NoError(t, err)
	assert.Equal(t, "failed", result.Status)
	runs, err := ledger.In(dir).Runs()
	require.NoError(t, err)
	require.Len(t, runs, 1)
	assert.Equal(t, 16, count(runs[0], deploy.Done))
	last := runs[0].Steps[len(runs[0].Steps)-1]
	assert.Equal(t, deploy.RunStep{Change: "s17", State: deploy.Failed, Message: "insufficient privileges", At: last.At}, last)
	assert.Len(t, result.Left, 17)

	delete(s.fail, "s17")
	plan := build(t, s)
	assert.Equal(t, "s17", plan.Changes[0].ID)
	_, err = deploy.Execute(context.Background(), plan, execution(s, dir))
	require.NoError(t, err)
	assert.Len(t, s.order, 34, "each statement once")
	assert.True(t, build(t, s).Empty())
}

func count(r deploy.Run, state deploy.StepState) int {
	n := 0
	for _, s := range r.Steps {
		if s.State == state {
			n++
		}
	}
	return n
}

// Two objects of one name are never made.
func TestTwoOfOneName(t *testing.T) {
	s := newSystem([]deploy.Change{change("a"), change("a")})
	_, err := deploy.Build(context.Background(), []deploy.Provider{s}, deploy.Input{}, deploy.Meta{})
	require.ErrorContains(t, err, `two changes have the id "a"`)
}

// flaky is a ledger whose n-th write fails.
type flaky struct {
	deploy.Ledger
	n int
}

func (f *flaky) Step(run string, steps ...deploy.RunStep) error {
	if f.n--; f.n == 0 {
		return errors.New("no space left on device")
	}
	return f.Ledger.Step(run, steps...)
}

// A line that cannot be written stops what needs it: a step that is not known to
// have begun is not made, and one that is not known to be done counts as failed.
// The next apply goes on.
func TestLedgerThatCannotWrite(t *testing.T) {
	for write := 1; write <= 5; write++ {
		s, dir := newSystem(chain(4)), t.TempDir()
		x := execution(s, dir)
		x.Parallel, x.Ledger = 1, &flaky{x.Ledger, write}
		result, err := deploy.Execute(context.Background(), build(t, s), x)
		require.NoError(t, err)
		assert.Equal(t, "failed", result.Status, write)
		assert.Contains(t, result.Failed[0].Error, "no space left on device")
		assert.Len(t, s.order, write-1, "write %d", write)

		result, err = deploy.Execute(context.Background(), build(t, s), execution(s, dir))
		require.NoError(t, err)
		assert.Equal(t, "done", result.Status)
		assert.Equal(t, []string{"s01", "s02", "s03", "s04"}, s.order, "write %d: once each", write)
	}
}

// Not more than so many at a time, and as many as there may be.
func TestSideBySide(t *testing.T) {
	for _, limit := range []int{1, 3} {
		var want []deploy.Change
		for i := range 12 {
			want = append(want, change(fmt.Sprintf("c%02d", i)))
		}
		s := newSystem(want)
		begun, most, gate := 0, 0, make(chan struct{}, 100)
		s.during = func(string) { gate <- struct{}{}; time.Sleep(5 * time.Millisecond); <-gate }
		x := execution(s, t.TempDir())
		x.Parallel = limit
		x.Events = func(e deploy.Event) {
			switch e.State {
			case deploy.Started:
				begun++
			case deploy.Done:
				begun--
			}
			most = max(most, begun)
		}
		result, err := deploy.Execute(context.Background(), build(t, s), x)
		require.NoError(t, err)
		assert.Len(t, result.Done, 12)
		assert.Equal(t, limit, most)
	}
}

// Every difference between two plans is in words, and none where there is none.
func TestCompare(t *testing.T) {
	base := func() *deploy.Plan {
		return build(t, newSystem([]deploy.Change{change("a"), change("b", "a")}))
	}
	assert.Empty(t, deploy.Compare(base(), base()))
	for want, edit := range map[string]func(*deploy.Plan){
		"the plan is for p in  on , this is q in  on ":        func(p *deploy.Plan) { p.Pipeline = "q" },
		"the pipeline file or what it is compiled to changed": func(p *deploy.Plan) { p.Artifacts = "b" },
		"the live state of toy moved":                         func(p *deploy.Plan) { p.State[0].Digest = "x" },
		"one of the two takes the pipeline down":              func(p *deploy.Plan) { p.Destroy = true },
		"a: its content changed":                              func(p *deploy.Plan) { p.Changes[0].Content = "2" },
		"a: the plan has create, now it is update":            func(p *deploy.Plan) { p.Changes[0].Action = deploy.Update },
		"a: the plan has no effect, now it is 1 created":      func(p *deploy.Plan) { p.Changes[0].Effect = &deploy.Effect{Created: 1} },
		"b: no longer there (the plan has: create)":           func(p *deploy.Plan) { p.Changes = p.Changes[:1] },
		"c: new (create)":                                     func(p *deploy.Plan) { p.Changes = append(p.Changes, change("c")) },
	} {
		now := base()
		now.Changes = slices.Clone(now.Changes)
		edit(now)
		assert.Equal(t, []string{want}, deploy.Compare(base(), now))
	}
}

// What is no part of the digest, and that everything else is.
func TestDigest(t *testing.T) {
	seal := func(edit func(*deploy.Plan)) string {
		p := build(t, newSystem([]deploy.Change{change("a")}))
		edit(p)
		require.NoError(t, p.Seal())
		return p.Digest
	}
	want := seal(func(*deploy.Plan) {})
	for _, same := range []func(*deploy.Plan){
		func(p *deploy.Plan) { p.Commit = "1" }, func(p *deploy.Plan) { p.Tool = "1" }, func(p *deploy.Plan) { p.Notes = []string{"1"} },
		func(p *deploy.Plan) { p.Changes[0].Origins = []string{"1"} }, func(p *deploy.Plan) { p.Digest = "1" },
	} {
		assert.Equal(t, want, seal(same))
	}
	for i, other := range []func(*deploy.Plan){
		func(p *deploy.Plan) { p.Pipeline = "1" }, func(p *deploy.Plan) { p.Environment = "1" }, func(p *deploy.Plan) { p.Target = "1" },
		func(p *deploy.Plan) { p.Destroy = true }, func(p *deploy.Plan) { p.Artifacts = "1" }, func(p *deploy.Plan) { p.State[0].Digest = "1" },
		func(p *deploy.Plan) { p.Changes[0].ID = "1" }, func(p *deploy.Plan) { p.Changes[0].Risk = deploy.Destructive },
		func(p *deploy.Plan) { p.Changes[0].Reason = "1" }, func(p *deploy.Plan) { p.Changes[0].Next = "1" },
		func(p *deploy.Plan) { p.Changes[0].DependsOn = []string{"1"} }, func(p *deploy.Plan) { p.Changes[0].Content = "2" },
		func(p *deploy.Plan) { p.Changes[0].Fields = []deploy.FieldChange{{Path: "1"}} },
		func(p *deploy.Plan) { p.Changes[0].Effect = &deploy.Effect{Samples: []deploy.Sample{{Member: "1"}}} },
	} {
		assert.NotEqual(t, want, seal(other), "edit %d", i)
	}
}
