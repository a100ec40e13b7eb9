package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	fakemailchimp "github.com/tapestry-ci/tapestry-ci/internal/fake/mailchimp"
)

// lane is one pipeline that goes through rounds: its stand-ins, its Grouparoo, and
// what its sources hold. Lanes run side by side; nothing is shared.
type lane struct {
	*world
	t         testing.TB
	name      string
	sources   map[string]*source
	cluster   *cluster
	schedules []string
	audience  string
	local     *preview
	rows      []line
}

// round is a change of the world outside, and what has to become of it.
type round struct {
	name   string
	change func(l *lane)
	// broken are the sources whose read fails, stopped the guards that do not let
	// dbt through.
	broken, stopped []string
	// members are all members of the audience that are subscribed, as members()
	// writes them; writes are all calls that meant to change something.
	members, writes []string
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
		l.rows = append(l.rows, row)
		l.t.Log(strings.TrimSpace(row.String()))
	}()
	if r.change != nil {
		r.change(l)
	}
	begun := time.Now()
	for _, name := range sorted(l.sources) {
		err := l.load(name, l.sources[name])
		if slices.Contains(r.broken, name) {
			require.ErrorContains(l.t, err, "the source failed", "%s: %s", r.name, name)
			continue
		}
		require.NoError(l.t, err, "%s: %s", r.name, name)
	}
	row.load, begun = lap(begun)
	l.build(r)
	row.build, begun = lap(begun)
	l.mailchimp.Fault.Reset()
	l.sync()
	row.sync, begun = lap(begun)
	members, writes := l.members(), l.mailchimp.Writes(l.audience)
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

func sorted[V any](m map[string]V) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

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
// its schedule is run.
func (l *lane) sync() {
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
	l.cluster.settle(before, len(l.schedules))
}

// table prints what the lanes saw.
func table(lanes []*lane) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-8s %-44s %14s %14s %8s %7s %7s\n", "lane", "round", "members", "calls", "load", "dbt", "sync")
	for _, l := range lanes {
		for _, r := range l.rows {
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
	return &lane{t: t, name: name, world: newWorld(t, folder), schedules: schedules, audience: listID,
		sources: map[string]*source{"zoom": zoomSource(), "salesforce": salesforceSource()}, local: newPreview(t, folder)}
}

// rainShield is a lane over the example as it stands in the repository, with its
// records.
func rainShield(t testing.TB, name string) *lane {
	t.Helper()
	l := newLane(t, name, example, "mailchimp_newsletter_schedule")
	for _, r := range []map[string]any{registrant("r-1", "diana.prince@rainshield.example", "Diana", "Prince"), registrant("r-2", "barry.allen@rainshield.example", "Barry", "Allen"),
		registrant("r-3", "betty.rubble@rainshield.example", "Betty", "Rubble")} {
		l.registered(r)
	}
	l.wrote(contact("003A1", "Diana.Prince@rainshield.example", "Diana", "Prince"))
	l.wrote(contact("003A2", "BARRY.ALLEN@rainshield.example ", "Bartholomew", "Allen"))
	l.wrote(contact("003A3", "jack.rogers@rainshield.example", "Jack", "Rogers"))
	return l
}

const (
	registrants = "webinar_registrants"
	contacts    = "Contact"
)

// wrote puts a contact into Salesforce, or changes the one of that id; each change
// has a later SystemModstamp.
func (l *lane) wrote(c map[string]any) {
	s := l.sources["salesforce"]
	s.clock++
	c["SystemModstamp"] = time.Date(2026, 10, 1, 8, 0, s.clock, 0, time.UTC).Format("2006-01-02T15:04:05.000Z")
	put(s, contacts, "Id", c)
}

func (l *lane) registered(r map[string]any) { put(l.sources["zoom"], registrants, "id", r) }

// left takes a registrant out of Zoom.
func (l *lane) left(id string) {
	s := l.sources["zoom"]
	s.records[registrants] = slices.DeleteFunc(s.records[registrants], func(r map[string]any) bool { return r["id"] == id })
}

func put(s *source, stream, key string, record map[string]any) {
	at := slices.IndexFunc(s.records[stream], func(r map[string]any) bool { return r[key] == record[key] })
	if at < 0 {
		s.records[stream] = append(s.records[stream], record)
		return
	}
	s.records[stream][at] = record
}

// samples writes what the sources hold as files, for the local target.
func samples(t testing.TB, dir string, sources map[string]*source) {
	t.Helper()
	for name, s := range sources {
		folder := filepath.Join(dir, "samples", name)
		require.NoError(t, os.MkdirAll(folder, 0o755))
		for _, st := range s.streams {
			var b strings.Builder
			for _, r := range s.records[st.Name] {
				data, err := json.Marshal(r)
				require.NoError(t, err)
				b.Write(append(data, '\n'))
			}
			require.NoError(t, os.WriteFile(filepath.Join(folder, st.Name+".ndjson"), []byte(b.String()), 0o644))
		}
	}
}
