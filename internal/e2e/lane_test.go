package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/connector"
	fakemailchimp "github.com/tapestry-ci/tapestry-ci/internal/fake/mailchimp"
)

// lane is one pipeline that goes through rounds: its stand-ins, its Grouparoo, and
// what its sources hold. Lanes run side by side; nothing is shared.
type lane struct {
	*world
	t         testing.TB
	name      string
	cluster   *cluster
	schedules []string
	audience  string
	local     *preview
	lines     []line
}

// round is a change of the world outside, and what has to become of it.
type round struct {
	name   string
	change func(l *lane)
	// broken are the sources whose read fails, stopped the guards that do not let
	// dbt through.
	broken, stopped []string
	// dies are the programs that are killed at their work and started again.
	dies []string
	// members are all members of the audience that are subscribed, as members()
	// writes them; writes are all calls that meant to change something.
	members, writes []string
	// twice says that a call may come more than once: of many people, Grouparoo
	// sends some again before it knows that they are sent.
	twice bool
	// after is looked at in the end, for what members do not say.
	after func(l *lane)
	// unlike says why the local target cannot agree.
	unlike string
}

// line is a line of the table of rounds.
type line struct {
	lane, round             string
	members, wantMembers    int
	calls, wantCalls        int
	load, build, sync, look time.Duration
	ok                      bool
}

// members are those that are subscribed, as "address | first | last | tags".
func (l *lane) members() []string {
	var out []string
	for _, m := range l.mailchimp.Members(l.audience) {
		if m.Status == fakemailchimp.Subscribed {
			out = append(out, fmt.Sprintf("%s | %s | %s | %s", m.Email, m.Merge["FNAME"], m.Merge["LNAME"], strings.Join(m.Tags, ",")))
		}
	}
	return out
}

// run goes through one round: the sources change, Airbyte loads them in their
// order, dbt builds, Grouparoo syncs, and the audience is looked at.
func (l *lane) run(r round) {
	l.t.Helper()
	row := line{lane: l.name, round: r.name, wantMembers: len(r.members), wantCalls: len(r.writes)}
	defer func() {
		l.lines = append(l.lines, row)
		l.t.Log(strings.TrimSpace(row.String()))
	}()
	if r.change != nil {
		r.change(l)
	}
	begun := time.Now()
	for _, name := range connector.Sources(l.artifacts) {
		if slices.Contains(r.dies, name) {
			l.connectorDies(name)
		}
		err := l.load(l.t.Context(), name)
		if slices.Contains(r.broken, name) {
			require.ErrorContains(l.t, err, "the source failed", "%s: %s", r.name, name)
			continue
		}
		require.NoError(l.t, err, "%s: %s", r.name, name)
	}
	row.load, begun = lap(begun)
	if slices.Contains(r.dies, "dbt") {
		l.dbtDies()
	}
	l.build(r)
	row.build, begun = lap(begun)
	l.mailchimp.Fault.Reset()
	l.sync(slices.Contains(r.dies, "grouparoo"))
	row.sync, begun = lap(begun)
	members, writes := l.members(), l.mailchimp.Writes(l.audience)
	if r.twice {
		writes = slices.Compact(writes)
	}
	row.members, row.calls = len(members), len(writes)
	require.Equal(l.t, r.members, members, "%s: members", r.name)
	require.Equal(l.t, sortedCopy(r.writes), writes, "%s: calls", r.name)
	if r.after != nil {
		r.after(l)
	}
	if l.local != nil && r.unlike == "" {
		l.local.agree(l, r)
	}
	row.look, _ = lap(begun)
	row.ok = true
}

func lap(since time.Time) (time.Duration, time.Time) { return time.Since(since), time.Now() }

func sortedCopy(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	out := slices.Clone(list)
	slices.Sort(out)
	return out
}

// build runs dbt. Where a guard has to stop it, no other thing may be wrong.
func (l *lane) build(r round) {
	l.t.Helper()
	b := l.dbt()
	if len(r.stopped) == 0 {
		require.True(l.t, b.OK, "%s: %s", r.name, b.Log)
		return
	}
	require.False(l.t, b.OK, "%s: %s", r.name, b.Log)
	for node, status := range b.Nodes {
		if status != "fail" && status != "error" {
			continue
		}
		require.Contains(l.t, r.stopped, node, b.Log)
	}
	for _, guard := range r.stopped {
		require.Equal(l.t, "fail", b.Nodes[guard], b.Log)
		require.Contains(l.t, b.Log, guard+" stopped its sync")
	}
}

// sync lets Grouparoo read the view: at the first time its worker starts, later
// its schedule is run. It may die on the way.
func (l *lane) sync(dies bool) {
	l.t.Helper()
	before := 0
	if l.cluster == nil {
		l.cluster = l.newCluster()
		l.cluster.startWorker()
	} else {
		if l.cluster.web == nil {
			l.cluster.startWeb()
		}
		before = l.cluster.runs()
		for _, id := range l.schedules {
			l.cluster.run(id)
		}
	}
	if dies {
		l.grouparooDies()
	}
	l.cluster.settle(before, len(l.schedules))
}

// table prints what the lanes saw.
func table(lanes []*lane) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-8s %-44s %14s %14s %8s %7s %7s\n", "lane", "round", "members", "calls", "load", "dbt", "sync")
	for _, l := range lanes {
		for _, r := range l.lines {
			b.WriteString(r.String())
		}
	}
	return b.String()
}

func (r line) String() string {
	end := "as expected"
	if !r.ok {
		end = "FAILED"
	}
	return fmt.Sprintf("%-8s %-44s %6d of %-5d %6d of %-5d %6.1fs %6.1fs %6.1fs  %s\n", r.lane, r.round, r.members, r.wantMembers, r.calls, r.wantCalls,
		r.load.Seconds(), r.build.Seconds(), r.sync.Seconds(), end)
}

// The pipelines that go through rounds.
const (
	example         = "../../examples/01-rain-shield"
	twoDestinations = "testdata/two-destinations"
)

// newLane is a lane over the pipeline of a folder, whose sources are empty.
func newLane(t testing.TB, name, folder string, schedules ...string) *lane {
	t.Helper()
	return &lane{t: t, name: name, world: newWorld(t, folder), schedules: schedules, audience: listID, local: newPreview(t, folder)}
}
