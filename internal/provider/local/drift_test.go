//go:build cgo

package local

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// change runs SQL in the warehouse, as a hand would.
func (p *project) change(sql ...string) {
	p.t.Helper()
	d, err := openDatabase(ctx, p.provider().(*provider).warehouse(), false)
	require.NoError(p.t, err)
	defer d.close()
	require.NoError(p.t, d.exec(ctx, sql...))
}

// Whatever a hand changes is seen: the state that a plan saw is another, and an
// apply puts it right.
func TestDriftOfTheWarehouse(t *testing.T) {
	for _, c := range []struct{ name, sql, id, reason string }{
		{"a row of a raw table", "update RAW_SALESFORCE.CONTACT set FIRSTNAME = 'X' where ID = '003A1'", contacts, "what is in it was changed by hand"},
		{"a row twice", "insert into RAW_SALESFORCE.CONTACT select * from RAW_SALESFORCE.CONTACT where ID = '003A1'", contacts, "what is in it was changed by hand"},
		{"two rows twice", "insert into RAW_SALESFORCE.CONTACT select * from RAW_SALESFORCE.CONTACT union all select * from RAW_SALESFORCE.CONTACT", contacts, "what is in it was changed by hand"},
		{"a row of a model", "delete from ANALYTICS.PEOPLE where FIRST_NAME = 'Jack'", people, "what is in it was changed by hand"},
		{"a column", "alter table ANALYTICS.PEOPLE add column AGE integer", people, "what is in it was changed by hand"},
		{"a table is dropped", "drop table ANALYTICS.PEOPLE", people, "it was dropped by hand"},
		{"a view is dropped", "drop view ANALYTICS.STG_SALESFORCE__CONTACT", contacts, "it was dropped by hand"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProject(t, "rain-shield")
			p.apply()
			before, state := p.plan(), p.state()
			p.change(c.sql)
			plan := p.plan()
			require.Len(t, plan.Changes, 1, pretty(plan.Changes))
			require.NotNil(t, plan.Change(c.id))
			assert.Equal(t, c.reason, plan.Change(c.id).Reason)
			assert.NotEqual(t, before.State, plan.State)
			require.NoError(t, p.tryApply(plan))
			p.quiet()
			assert.Equal(t, state, p.state())
			assert.Equal(t, before.State, p.plan().State)
		})
	}
}

func TestDriftOfTheOutbox(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(lines []string) []string
		want deploy.Effect
	}{
		{"a member is changed", func(l []string) []string { return append(l[:3], strings.Replace(l[3], "Jack", "Jim", 1)) },
			deploy.Effect{RowsIn: 4, RowsOut: 4, Changed: 1, Unchanged: 3, ChangedFields: []deploy.Count{{Name: "FNAME", N: 1}}}},
		{"a member is gone", func(l []string) []string { return l[:3] }, deploy.Effect{RowsIn: 4, RowsOut: 4, Created: 1, Unchanged: 3}},
		{"all members are gone", func(l []string) []string { return nil }, deploy.Effect{RowsIn: 4, RowsOut: 4, Created: 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProject(t, "rain-shield")
			p.apply()
			before := p.plan()
			require.NoError(t, os.WriteFile(p.box(news).members(), []byte(strings.Join(append(c.do(p.members(news)), ""), "\n")), 0o600))
			plan := p.plan()
			assert.Equal(t, c.want, effectOf(t, plan, newsletter))
			assert.NotEqual(t, before.State, plan.State)
			require.NoError(t, p.tryApply(plan))
			assert.Equal(t, four, p.members(news))
			p.quiet()
		})
	}
	t.Run("blanks and order are no change, but another state", func(t *testing.T) {
		p := newProject(t, "rain-shield")
		p.apply()
		before := p.plan()
		lines := p.members(news)
		lines[0], lines[3] = lines[3], strings.ReplaceAll(lines[0], `":"`, `" : "`)
		require.NoError(t, os.WriteFile(p.box(news).members(), []byte(strings.Join(lines, "\n")+"\n"), 0o600))
		p.quiet()
		assert.NotEqual(t, before.State, p.plan().State)
	})
	for name, content := range map[string]string{"no JSON": four[0] + "\n{canary\n", "one member twice": four[0] + "\n" + four[0] + "\n"} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, "rain-shield")
			p.apply()
			require.NoError(t, os.WriteFile(p.box(news).members(), []byte(content), 0o600))
			c := p.plan().Change(newsletter)
			assert.Equal(t, deploy.Blocked, c.Action)
			assert.Contains(t, c.Reason, "outbox/mailchimp/newsletter.ndjson")
			assert.NotContains(t, c.Reason, "canary")
		})
	}
	t.Run("the log is no log", func(t *testing.T) {
		p := newProject(t, "rain-shield")
		p.apply()
		require.NoError(t, os.WriteFile(p.box(news).events(), []byte("{canary\n"), 0o600))
		c := p.plan().Change(newsletter)
		assert.Equal(t, deploy.Blocked, c.Action)
		assert.Contains(t, c.Reason, "the log outbox/mailchimp/newsletter.events.ndjson is not what applies wrote")
	})
	t.Run("the state is no state", func(t *testing.T) {
		p := newProject(t, "rain-shield")
		p.apply()
		require.NoError(t, os.WriteFile(p.box(news).state(), []byte("{}"), 0o600))
		_, err := p.tryPlan()
		require.ErrorContains(t, err, "newsletter.json is not what an apply wrote")
	})
}

// What moved between plan and apply stops the apply of the change that saw it.
func TestNothingIsAppliedThatWasNotPlanned(t *testing.T) {
	steps := func(t *testing.T) (*project, *deploy.Plan) {
		p := newProject(t, "rain-shield")
		return p, p.plan()
	}
	t.Run("a sample", func(t *testing.T) {
		p, plan := steps(t)
		p.sample("salesforce/Contact.ndjson", `{"Id": "9", "Email": "x@x.example", "FirstName": "X", "LastName": "Y"}`)
		require.ErrorContains(t, p.tryApply(plan), "the rows of RAW_SALESFORCE.CONTACT are not what the plan saw")
		assert.Empty(t, p.query("select * from duckdb_tables() where table_name = 'CONTACT'"), "nothing is left of it")
	})
	t.Run("a sample is gone", func(t *testing.T) {
		p, plan := steps(t)
		require.NoError(t, os.RemoveAll(p.dir+"/samples"))
		require.ErrorContains(t, p.tryApply(plan), "the samples are not what the plan saw")
	})
	t.Run("rows of the warehouse", func(t *testing.T) {
		p, plan := steps(t)
		for _, c := range plan.Changes[:2] {
			_, err := p.provider().Apply(ctx, c, p.input(), nil)
			require.NoError(t, err)
		}
		p.change("delete from RAW_SALESFORCE.CONTACT")
		_, err := p.provider().Apply(ctx, *plan.Change(people), p.input(), nil)
		require.ErrorContains(t, err, "the rows of people are not what the plan saw")
	})
	t.Run("members", func(t *testing.T) {
		p := newProject(t, "rain-shield")
		p.apply()
		p.edit("max_removals: 50%", "max_removals: 51%")
		plan := p.plan()
		require.NoError(t, os.WriteFile(p.box(news).members(), []byte(four[0]+"\n"), 0o600))
		require.ErrorContains(t, p.tryApply(plan), "the members or the rows of mailchimp.newsletter are not what the plan saw")
		assert.Len(t, p.members(news), 1)
	})
}

// To make a change again, since nobody knows that it was made, changes nothing.
func TestAppliedTwice(t *testing.T) {
	p := newProject(t, "rain-shield")
	plan := p.apply()
	state := p.state()
	require.NoError(t, p.tryApply(plan))
	assert.Equal(t, state, p.state())
}

// A table that is in the way is not ours.
func TestTableOfSomebodyElse(t *testing.T) {
	p := newProject(t, "rain-shield")
	require.NoError(t, p.provider().(*provider).prepareHome())
	p.change("create schema ANALYTICS", "create view ANALYTICS.PEOPLE as select 1 as x")
	plan := p.plan()
	c := plan.Change(people)
	assert.Equal(t, deploy.Replace, c.Action)
	assert.Equal(t, deploy.Destructive, c.Risk)
	require.NoError(t, p.tryApply(plan))
	p.quiet()
}

// Digests of another version of DuckDB are nobody's change.
func TestAnotherVersionOfDuckDB(t *testing.T) {
	p := newProject(t, "rain-shield")
	p.apply()
	p.change(`update TAPESTRY.OBJECTS set DIGEST = 'sha256:of another version', DETAILS = replace(DETAILS, '"engine":"v', '"engine":"v0.')`)
	p.quiet()
	p.sample("salesforce/Contact.ndjson", `{"Id": "9", "Email": "diana.prince@rainshield.example", "FirstName": "X", "LastName": "Y"}`)
	assert.Equal(t, "its sample changed", p.plan().Change(contacts).Reason)
}
