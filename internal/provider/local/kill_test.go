//go:build cgo && unix

package local

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// TestChild is no test: it applies in a process of its own, which is killed at
// the point that its parent names.
func TestChild(t *testing.T) {
	dir := os.Getenv("TAPESTRY_TEST_DIR")
	if dir == "" {
		t.Skip("runs as a child of TestKilledAnywhere")
	}
	at, err := strconv.Atoi(os.Getenv("TAPESTRY_TEST_KILL_AT"))
	require.NoError(t, err)
	p := &project{t: t, dir: dir, destroy: os.Getenv("TAPESTRY_TEST_DESTROY") != ""}
	p.purge = strings.Fields(os.Getenv("TAPESTRY_TEST_DESTROY"))
	data, err := os.ReadFile(filepath.Join(dir, "artifacts.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &p.artifacts))
	n := 0
	p.fault = func(string) {
		if n++; n == at {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}
	p.apply()
}

// killed runs an apply of p in a process that is killed at the n-th point.
func (p *project) killed(n int) {
	p.t.Helper()
	data, err := json.Marshal(p.artifacts)
	require.NoError(p.t, err)
	require.NoError(p.t, os.WriteFile(filepath.Join(p.dir, "artifacts.json"), data, 0o644))
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), "TAPESTRY_TEST_DIR="+p.dir, "TAPESTRY_TEST_KILL_AT="+strconv.Itoa(n))
	if p.destroy {
		cmd.Env = append(cmd.Env, "TAPESTRY_TEST_DESTROY= "+strings.Join(p.purge, " "))
	}
	out, err := cmd.CombinedOutput()
	require.Error(p.t, err, "the child was not killed at point %d: %s", n, out)
	status, ok := err.(*exec.ExitError)
	require.True(p.t, ok)
	require.Equal(p.t, syscall.SIGKILL, status.Sys().(syscall.WaitStatus).Signal(), "%s", out)
}

// copied is the same project in another folder.
func (p *project) copied() *project {
	p.t.Helper()
	c := *p
	c.dir = filepath.Join(p.t.TempDir(), "copy")
	require.NoError(p.t, os.CopyFS(c.dir, os.DirFS(p.dir)))
	return &c
}

// scenarios end with a project that has something to apply.
var scenarios = map[string]func(t *testing.T) *project{
	"the first apply": func(t *testing.T) *project { return newProject(t, "rain-shield") },
	"members change, go and come": func(t *testing.T) *project {
		p := newProject(t, "rain-shield")
		p.apply()
		p.sample("zoom/webinar_registrants.ndjson", `{"id": "r-1", "email": "new@rainshield.example", "first_name": "New", "last_name": "One"}`,
			`{"id": "r-2", "email": "barry.allen@rainshield.example", "first_name": "Barry", "last_name": "Allen"}`)
		p.sample("salesforce/Contact.ndjson", `{"Id": "003A1", "Email": "Diana.Prince@rainshield.example", "FirstName": "D.", "LastName": "Prince", "SystemModstamp": "2026-10-01T08:00:00Z"}`)
		p.edit("max_removals: 50%", "max_removals: 90%")
		return p
	},
	"a sync is renamed": func(t *testing.T) *project {
		p := newProject(t, "rain-shield")
		p.apply()
		p.edit("newsletter:\n", "letters:\n        renamed_from: newsletter\n")
		p.sample("zoom/webinar_registrants.ndjson", `{"id": "r-1", "email": "new@rainshield.example", "first_name": "New", "last_name": "One"}`)
		return p
	},
	"a sync is taken out with its members": func(t *testing.T) *project {
		p := newProject(t, "rain-shield")
		p.edit("guard: {max_removals: 50%, min_rows: 1}", "guard: {max_removals: 100%}\n        on_destroy: remove")
		p.apply()
		p.edit("newsletter:\n", "letters:\n")
		return p
	},
	"everything is taken down": func(t *testing.T) *project {
		p := newProject(t, "rain-shield")
		p.apply()
		p.destroy, p.purge = true, []string{"mailchimp.newsletter", "warehouse"}
		return p
	},
}

// A process that is killed at any point at which it has just written something,
// and then applies again, ends with what an undisturbed apply ends with: no
// event twice, none lost.
func TestKilledAnywhere(t *testing.T) {
	for name, scenario := range scenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := scenario(t)
			undisturbed := base.copied()
			var points []string
			undisturbed.fault = func(point string) { points = append(points, point) }
			approved := undisturbed.apply()
			want := undisturbed.state()
			if !base.destroy {
				require.Greater(t, len(points), 4)
			}
			for n := 1; n <= len(points); n++ {
				p := base.copied()
				p.fault = nil
				p.killed(n)
				rest := p.plan()
				requireRest(t, approved, rest, points[n-1])
				require.NoError(t, p.tryApply(rest), "after %s", points[n-1])
				requireSame(t, want, p.state(), "killed at %d, %s", n, points[n-1])
				require.True(t, p.plan().Empty())
			}
		})
	}
}

// requireRest requires that a plan is what is left of another: a person who
// approved the first need not look again.
func requireRest(t *testing.T, approved, rest *deploy.Plan, point string) {
	t.Helper()
	for _, c := range rest.Changes {
		was := approved.Change(c.ID)
		require.NotNil(t, was, "new after %s: %s", point, pretty(c))
		assert.Equal(t, was.Content, c.Content, "%s after %s", c.ID, point)
		assert.Equal(t, was.Action, c.Action, "%s after %s", c.ID, point)
	}
}

// Killed again and again while going on, each time a little later.
func TestKilledAgainAndAgain(t *testing.T) {
	for _, name := range []string{"members change, go and come", "a sync is renamed"} {
		p := scenarios[name](t)
		undisturbed := p.copied()
		undisturbed.apply()
		n := 1
		for ; !p.plan().Empty(); n++ {
			probe, points := p.copied(), 0
			probe.fault = func(string) { points++ }
			probe.apply()
			if n <= points {
				p.killed(n)
			} else {
				p.apply()
			}
		}
		require.Greater(t, n, 4)
		requireSame(t, undisturbed.state(), p.state(), "killed %d times", n)
	}
}

// requireSame compares states and shows only what differs.
func requireSame(t *testing.T, want, got map[string]string, format string, args ...any) {
	t.Helper()
	when := fmt.Sprintf(format, args...)
	for name := range want {
		require.Equal(t, want[name], got[name], "%s: %s", name, when)
	}
	for name := range got {
		require.Contains(t, want, name, "a file that should not be there: %s", when)
	}
}
