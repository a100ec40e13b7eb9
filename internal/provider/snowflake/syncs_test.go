package snowflake

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakesnowflake "github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake"
)

// running are the outputs of a sync stack, whose containers know of the syncs.
var running = deploy.Outputs{"output.sync.Cluster": "rain-shield", "output.foundation.EgressAddresses": "192.0.2.1"}

const newsletterView = "create/view/RAIN_SHIELD.SYNCS.SYNC_MAILCHIMP_NEWSLETTER"

// newsletter changes the sync of Rain Shield; with gone it leaves the file.
func newsletter(change func(*ir.Sync)) func(*ir.Pipeline) {
	return func(p *ir.Pipeline) { change(&p.Destinations[0].Syncs[0]) }
}

func gone(p *ir.Pipeline) { p.Destinations[0].Syncs = nil }

// renamed is the sync under another name, as the file says it.
func renamed(from string) func(*ir.Sync) {
	return func(s *ir.Sync) {
		s.ID, s.Key, s.View, s.RenamedFrom = "mailchimp.letters", "letters", "SYNC_MAILCHIMP_LETTERS", from
	}
}

// Whoever takes a sync out of the file, or gives it another name, reads what
// becomes of its members, and has to allow it where they are removed.
func TestWhatBecomesOfMembers(t *testing.T) {
	remove := func(s *ir.Sync) { s.OnDestroy = "remove" }
	for name, c := range map[string]struct {
		was, is func(*ir.Pipeline)
		stack   bool
		risk    deploy.Risk // of the sync that left; none where there is no change of its own
		says    string
	}{
		"keep":                    {nil, gone, true, deploy.Safe, "its members stay, nobody is removed (on_destroy: keep)"},
		"remove":                  {newsletter(remove), gone, true, deploy.Destructive, "its members are removed (on_destroy: remove)"},
		"remove of an upsert":     {newsletter(func(s *ir.Sync) { s.OnDestroy, s.Mode = "remove", ir.Upsert }), gone, true, deploy.Destructive, "its members lose its tags"},
		"remove, and it was off":  {newsletter(func(s *ir.Sync) { s.OnDestroy, s.Enabled = "remove", false }), gone, true, deploy.Safe, "nobody is removed: it was off"},
		"remove, nothing runs":    {newsletter(remove), gone, false, deploy.Safe, "nobody is removed: nothing runs that could"},
		"another name, keep":      {nil, newsletter(renamed("")), true, deploy.Safe, "its members stay"},
		"another name, remove":    {newsletter(remove), newsletter(renamed("")), true, deploy.Destructive, "its members are removed"},
		"renamed, whatever it is": {newsletter(remove), newsletter(renamed("newsletter")), true, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			l, out := settled(variant(c.was), outputs)
			if c.stack {
				out["output.sync.Cluster"] = "rain-shield"
			}
			plan := planOf(variant(c.is), l, out)
			all := append(plan.apply(), plan.syncs()...)
			left := find(all, "sync/mailchimp.newsletter")
			if c.says == "" {
				require.Nil(t, left)
				now := find(all, "sync/mailchimp.letters")
				require.NotNil(t, now)
				assert.Equal(t, deploy.Safe, now.Risk)
				assert.Equal(t, "it was mailchimp.newsletter; its members are kept, nobody is removed", now.Reason)
			} else {
				require.NotNil(t, left)
				assert.Equal(t, deploy.Delete, left.Action)
				assert.Equal(t, c.risk, left.Risk)
				assert.Contains(t, left.Reason, c.says)
			}
			drop := find(all, newsletterView)
			require.NotNil(t, drop)
			assert.Equal(t, deploy.Disruptive, drop.Risk)
			assert.Equal(t, []string{"stack:sync"}, drop.Needs)
		})
	}
}

func find(changes []deploy.Change, id string) *deploy.Change {
	for i := range changes {
		if changes[i].ID == changeID(id) {
			return &changes[i]
		}
	}
	return nil
}

// An apply may be cut off before or after the containers were started anew. Either
// way, the note is the worse of what they may go by: that members are removed is
// noted before, that they stay only after.
func TestTheWorseIsNotedFirst(t *testing.T) {
	set := func(onDestroy string, enabled bool) func(*ir.Pipeline) {
		return newsletter(func(s *ir.Sync) { s.OnDestroy, s.Enabled = onDestroy, enabled })
	}
	for name, c := range map[string]struct {
		was, is func(*ir.Pipeline)
		first   bool
	}{
		"keep to remove":          {set("keep", true), set("remove", true), true},
		"remove to keep":          {set("remove", true), set("keep", true), false},
		"switched on, remove":     {set("remove", false), set("remove", true), true},
		"switched on, keep":       {set("keep", false), set("keep", true), false},
		"switched off":            {set("remove", true), set("remove", false), false},
		"remove, while it is off": {set("keep", false), set("remove", false), false},
	} {
		l, out := settled(variant(c.was), outputs)
		out["output.sync.Cluster"] = "rain-shield"
		changes := planOf(variant(c.is), l, out).syncs()
		require.Equal(t, []string{"sync/mailchimp.newsletter"}, ids(changes), name)
		stack := deploy.Change{Needs: []string{"view:SYNCS.SYNC_MAILCHIMP_NEWSLETTER"}, Provides: []string{"stack:sync"}}
		assert.Equal(t, c.first, slices.Contains(changes[0].Provides, stack.Needs[0]), name)
		assert.Equal(t, !c.first, slices.Contains(changes[0].Needs, stack.Provides[0]), name)
	}
}

// On the way up, the note of a sync comes after the table that it is written into.
func TestTheFirstNoteHasItsTable(t *testing.T) {
	p := variant(newsletter(func(s *ir.Sync) { s.OnDestroy = "remove" }))
	plan := planOf(p, fresh(p), nil)
	plan.apply()
	require.Equal(t, []string{changeID("create/" + "table/" + p.set.Ledger.Name)}, find(plan.syncs(), "sync/mailchimp.newsletter").DependsOn)
}

// Who takes a destination out together with its last sync takes the key away with
// which its members would be removed: that is refused, with the way to do it.
func TestMembersAreNotRemovedWithoutTheKey(t *testing.T) {
	l, out := settled(variant(newsletter(func(s *ir.Sync) { s.OnDestroy = "remove" })), outputs)
	out["output.sync.Cluster"] = "rain-shield"
	left := func(change func(*ir.Pipeline)) *deploy.Change {
		return find(planOf(variant(change), l, out).syncs(), "sync/mailchimp.newsletter")
	}
	c := left(func(p *ir.Pipeline) { p.Destinations = nil })
	require.Equal(t, deploy.Blocked, c.Action)
	require.Contains(t, c.Reason, "MAILCHIMP_API_KEY, which that takes, leaves with it")
	require.Contains(t, c.Next, "First leave destination mailchimp in the file, enabled and with no sync")
	require.Equal(t, deploy.Blocked, left(func(p *ir.Pipeline) { gone(p); p.Destinations[0].Enabled = false }).Action)
	// The first of the two steps, and the second.
	c = left(gone)
	require.Equal(t, deploy.Delete, c.Action)
	require.Equal(t, deploy.Destructive, c.Risk)
	r := l.ledger["sync/mailchimp.newsletter"]
	r.status = undone
	l.ledger[r.id] = r
	require.Nil(t, left(func(p *ir.Pipeline) { p.Destinations = nil }))
}

// A new field changes the text of the empty view, which does nothing to the view
// that dbt made: the line says so.
func TestANewFieldWaitsForDbt(t *testing.T) {
	l, out := settled(variant(nil), outputs)
	more := variant(newsletter(func(s *ir.Sync) {
		s.Fields = append(s.Fields, s.Fields[0])
		f := &s.Fields[len(s.Fields)-1]
		f.Field, f.Column, f.SQL = "CITY", "city", "CITY"
	}))
	c := find(planOf(more, l, out).apply(), newsletterView)
	require.NotNil(t, c)
	require.Equal(t, deploy.Update, c.Action)
	require.Contains(t, c.Reason, "its text changed; the view that is there stays as it is until dbt builds next")
	require.NotContains(t, find(planOf(more, fresh(more), out).apply(), newsletterView).Reason, "dbt")
}

// Who switches a sync off removes nobody, whatever is to happen when it leaves.
func TestSwitchedOffKeepsMembers(t *testing.T) {
	l, out := settled(variant(newsletter(func(s *ir.Sync) { s.OnDestroy = "remove" })), outputs)
	out["output.sync.Cluster"] = "rain-shield"
	changes := planOf(variant(newsletter(func(s *ir.Sync) { s.OnDestroy, s.Enabled = "remove", false })), l, out).syncs()
	require.Equal(t, []string{"sync/mailchimp.newsletter"}, ids(changes))
	require.Equal(t, deploy.Safe, changes[0].Risk)
	require.Equal(t, "it is off now; its members stay, nobody is removed", changes[0].Reason)
}

// What an earlier version made has no note: then it is not said that nobody is
// removed.
func TestWithoutANoteTheWorstIsTaken(t *testing.T) {
	l, out := settled(variant(nil), outputs)
	delete(l.ledger, "sync/mailchimp.newsletter")
	require.Equal(t, deploy.Disruptive, find(planOf(variant(gone), l, out).apply(), newsletterView).Risk, "nothing runs")
	out["output.sync.Cluster"] = "rain-shield"
	drop := find(planOf(variant(gone), l, out).apply(), newsletterView)
	require.Equal(t, deploy.Destructive, drop.Risk)
	require.Contains(t, drop.Reason, "if it said on_destroy: remove, its members are removed")
	// The first apply of this version writes it down, and is allowed by somebody:
	// the database may be one that the pipeline has just moved to.
	plan := planOf(variant(nil), l, out)
	changes := append(plan.apply(), plan.syncs()...)
	require.Equal(t, []string{formerName, "sync/mailchimp.newsletter"}, ids(changes))
	require.Equal(t, deploy.Destructive, changes[0].Risk)
	require.Contains(t, changes[0].Reason, "those that said on_destroy: remove empty their audience")
	out[placeOutput] = plan.set.Place() // nothing was synced here, and nothing is lost
	require.Equal(t, []string{"sync/mailchimp.newsletter"}, ids(planOf(variant(nil), l, out).syncs()))
}

// A view that nobody is to read any more is dropped once nobody does: after the
// containers, which wait for the views of the others.
func TestViewGoesAfterWhoReadsIt(t *testing.T) {
	more := func(p *ir.Pipeline) { // a source more, so that the chain has something
		p.Sources = append(p.Sources, p.Sources[0])
		s := &p.Sources[len(p.Sources)-1]
		s.ID, s.Schema = "zendesk", "RAW_ZENDESK"
	}
	l, out := settled(variant(nil), outputs)
	plan := planOf(variant(func(p *ir.Pipeline) { more(p); gone(p) }), l, out)
	all := plan.apply()
	drop := find(all, newsletterView)
	require.NotNil(t, drop)
	require.Equal(t, []string{plan.chain[len(plan.chain)-1].ID}, drop.DependsOn)
	for _, c := range all {
		require.NotContains(t, c.DependsOn, drop.ID)
		if c.ID != drop.ID {
			require.NotContains(t, c.Needs, "stack:sync", "%s: the stack waits for it", c.ID)
		}
	}
}

// Rests on the stand-in: members are counted as the rows of the view that are not
// gone, and a job that only plans, which may not read rows, comes to the same
// digest.
func TestRemovedMembersAreCounted(t *testing.T) {
	server := fakesnowflake.Start(t)
	a := newAccount(t, server, emitted(newsletter(func(s *ir.Sync) { s.OnDestroy, s.Mode = "remove", ir.Mirror })))
	a.bootstrap()
	a.mustApply()
	a.outputs = running
	require.Empty(t, ids(a.waiting()))
	a.admin("RAIN_SHIELD_TRANSFORMER", "CREATE OR REPLACE VIEW RAIN_SHIELD.SYNCS.SYNC_MAILCHIMP_NEWSLETTER AS SELECT 'x' AS EMAIL, FALSE AS REMOVED UNION ALL SELECT 'y', FALSE UNION ALL SELECT 'z', TRUE")

	a.artifacts = emitted(gone)
	p := a.provider()
	plan, err := a.plan(p, false)
	require.NoError(t, err)
	c := plan.Change(changeID("sync/mailchimp.newsletter"))
	require.NotNil(t, c)
	require.Equal(t, "2 removed", c.Effect.String())
	require.Equal(t, []string{c.ID}, []string{plan.Destructive()[0].ID})

	a.subject, a.readOnly = planSubject, true
	looking, err := a.plan(a.provider(), false)
	require.NoError(t, err)
	require.Equal(t, plan.Digest, looking.Digest)
	require.Contains(t, strings.Join(looking.Notes, "\n"), "how many members of mailchimp.newsletter are removed is not known: role RAIN_SHIELD_PLAN may not read")
}
