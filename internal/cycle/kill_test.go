//go:build cgo

package cycle

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
)

// The child's folder, the number of the point at which it dies, and where it
// says which point that was.
const (
	childDir   = "TAPESTRY_CYCLE_DIR"
	childPoint = "TAPESTRY_CYCLE_POINT"
)

func TestMain(m *testing.M) {
	if os.Getenv(childDir) != "" {
		os.Exit(child())
	}
	os.Exit(m.Run())
}

// child applies and is killed at a point: everything that the provider and the
// ledger write is one.
func child() int {
	at, err := strconv.Atoi(os.Getenv(childPoint))
	if err != nil {
		return 3
	}
	var passed atomic.Int64
	point := func(name string) {
		if passed.Add(1) == int64(at) {
			fmt.Println(name)
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
	}
	p := &project{dir: os.Getenv(childDir), fault: point, parallel: 1,
		keep: func(l deploy.Ledger) deploy.Ledger { return &mortal{l, point} }}
	d, err := p.open()
	if err == nil {
		_, _, err = d.apply()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	return 0
}

// mortal is a ledger with a point before and after each write.
type mortal struct {
	deploy.Ledger
	point func(string)
}

func (m *mortal) Begin(plan *deploy.Plan, owner string, now time.Time) (string, error) {
	m.point("ledger: before begin")
	run, err := m.Ledger.Begin(plan, owner, now)
	m.point("ledger: begun")
	return run, err
}

func (m *mortal) Step(run string, steps ...deploy.RunStep) error {
	var states []string
	for _, s := range steps {
		states = append(states, string(s.State))
	}
	m.point("ledger: before " + strings.Join(states, ", "))
	err := m.Ledger.Step(run, steps...)
	m.point("ledger: " + strings.Join(states, ", "))
	return err
}

func (m *mortal) End(run, outcome string, now time.Time) error {
	m.point("ledger: before the end")
	err := m.Ledger.End(run, outcome, now)
	m.point("ledger: ended")
	return err
}

// dies runs a child that is killed at the n-th point. It gives the name of the
// point, and false where the child came to its end before.
func dies(t *testing.T, dir string, n int) (string, bool) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childDir+"="+dir, childPoint+"="+strconv.Itoa(n))
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(t, err)
		return "", false
	}
	require.True(t, exit.Sys().(syscall.WaitStatus).Signaled(), "the child failed by itself: %s", said.String())
	return strings.TrimSpace(string(out)), true
}

// A killed apply is taken up by the next one: it ends as if nothing had
// happened, and makes no step again that the ledger has as done.
func TestKilledAnywhere(t *testing.T) {
	for _, phase := range []struct {
		name   string
		change func(t testing.TB, p *project)
	}{
		{"the first apply", func(testing.TB, *project) {}},
		{"an apply that changes everything", changeEverything},
		{"an apply that renames and removes", renameAndRemove},
	} {
		t.Run(phase.name, func(t *testing.T) {
			t.Parallel()
			killEverywhere(t, phase.change, phase.name != "the first apply")
		})
	}
}

func killEverywhere(t *testing.T, change func(testing.TB, *project), applied bool) {
	base := twoSyncs(t)
	if applied {
		base.mustApply(t)
	}
	change(t, base)
	undisturbed := base.copy(t)
	plan := undisturbed.mustApply(t)
	want := undisturbed.end(t)
	require.NotEmpty(t, plan.Changes)

	step := 1
	if testing.Short() {
		step = 23
	}
	cells, points := 0, map[string]int{}
	for n := 1; ; n += step {
		p := base.copy(t)
		point, died := dies(t, p.dir, n)
		if !died {
			break
		}
		cells++
		points[point]++
		afterDeath(t, p, fmt.Sprintf("killed at point %d, %s", n, point), want)
		require.NoError(t, os.RemoveAll(p.dir))
	}
	require.Greater(t, cells, 1)
	t.Logf("%d kills at %d kinds of points, %d ended as an undisturbed run: %v", cells, len(points), cells, points)
}

// afterDeath goes on with what a killed child left.
func afterDeath(t *testing.T, p *project, cell string, want map[string]string) {
	t.Helper()
	lock, err := ledger.LockIn(p.state())
	require.NoError(t, err, cell)
	d, err := p.open()
	require.NoError(t, err, cell)
	_, _, err = d.apply()
	var held *deploy.Held
	require.ErrorAs(t, err, &held, cell)
	require.True(t, held.Holder.Stale, "%s: the lock of a process that is gone", cell)
	require.NoError(t, lock.Break(), cell)

	plan, result, err := d.apply()
	require.NoError(t, err, cell)
	require.Equal(t, "done", result.Status, "%s: %v", cell, result.Failed)
	require.Equal(t, want, p.end(t), cell)
	require.True(t, p.mustPlan(t).Empty(), cell)
	runs, err := ledger.In(p.state()).Runs()
	require.NoError(t, err, cell)
	assert.Empty(t, twice(runs), "%s: made again although it was done (%d changes were left)", cell, len(plan.Changes))
}

// twice lists the changes that an unfinished run had done and the run after it
// began once more.
func twice(runs []deploy.Run) []string {
	var out []string
	for i := 1; i < len(runs); i++ {
		for _, s := range runs[i].Steps {
			if s.State == deploy.Started && runs[i-1].Outcome == "" && runs[i-1].State(s.Change) == deploy.Done {
				out = append(out, s.Change)
			}
		}
	}
	for _, r := range runs {
		done := map[string]bool{}
		for _, s := range r.Steps {
			if s.State == deploy.Started && done[s.Change] {
				out = append(out, s.Change)
			}
			done[s.Change] = done[s.Change] || s.State == deploy.Done
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// copy makes another folder with everything in it.
func (p *project) copy(t testing.TB) *project {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "")
	require.NoError(t, err)
	names, err := os.ReadDir(p.dir)
	require.NoError(t, err)
	for _, n := range names {
		copyInto(t, p.dir, dir, n.Name())
	}
	return &project{dir: dir}
}

// twoSyncs is Rain Shield with a second sync of the same people.
func twoSyncs(t testing.TB) *project {
	p := rainShield(t)
	p.edit(t, "      newsletter:\n", `      everyone:
        model: people
        to: {list: b1b2c3d4e5}
        key: {email_address: email}
        fields: {FNAME: first_name}
        allow_pii: [email, first_name]
        on_destroy: remove
        guard: {max_removals: 100%}
      newsletter:
`)
	return p
}

// changeEverything changes rows, columns, a model and a sync.
func changeEverything(t testing.TB, p *project) {
	p.edit(t, "merge: first_row", "merge: first_non_null", "fields: {FNAME: first_name, LNAME: last_name}", "fields: {FNAME: first_name}",
		"{id: text, email: email, first_name: text, last_name: text}", "{id: text, email: email, first_name: text, last_name: text, status: text}")
	p.write(t, contactsFile, `{"Id": "003A1", "Email": "diana.prince@rainshield.example", "FirstName": "Diane", "LastName": "Prince", "IsDeleted": false}
{"Id": "003A4", "Email": "max@rainshield.example", "FirstName": "Max", "LastName": "Muster", "IsDeleted": false}
`)
}

// renameAndRemove takes a sync out, with its members, and gives the other
// another name.
func renameAndRemove(t testing.TB, p *project) {
	text := p.read(t, "tapestry.yaml")
	begin, end := strings.Index(text, "      everyone:\n"), strings.Index(text, "      newsletter:\n")
	p.write(t, "tapestry.yaml", text[:begin]+"      letters:\n        renamed_from: newsletter\n"+text[end+len("      newsletter:\n"):])
	p.write(t, registrantsFile, `{"id": "r-3", "email": "betty.rubble@rainshield.example", "first_name": "Elizabeth", "last_name": "Rubble"}
`)
}
