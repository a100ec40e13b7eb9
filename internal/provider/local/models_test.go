//go:build cgo

package local

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// withModel puts a model in SQL between people and the newsletter.
func withModel(t *testing.T, sql, more string) *project {
	p := newProject(t, "rain-shield")
	require.NoError(t, os.MkdirAll(filepath.Join(p.dir, "models"), 0o755))
	p.write("models/known.sql", sql)
	p.edit("destinations:", "  known:\n    sql: models/known.sql\n    unique_by: email\n    columns: {email: email, first_name: text, last_name: text}\n    pii: [email, first_name, last_name]\n"+more+"\ndestinations:", "model: people", "model: known")
	return p
}

func (p *project) write(name, text string) {
	p.t.Helper()
	require.NoError(p.t, os.WriteFile(filepath.Join(p.dir, filepath.FromSlash(name)), []byte(text), 0o644))
}

const known = "local:model:known"

func TestModelsWithoutAPreview(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.csv")
	require.NoError(t, os.WriteFile(secret, []byte("a\ncanary\n"), 0o600))
	for _, c := range []struct{ name, sql, reason string }{
		{"a function that DuckDB has not", "select *, object_construct('a', 1) as o from {{ ref('people') }}", "Catalog Error: Scalar Function with name object_construct does not exist!"},
		{"no SQL", "selec email from {{ ref('people') }}", `Parser Error: syntax error at or near "selec"`},
		{"no such column", "select nothing from {{ ref('people') }}", `Binder Error: Referenced column "nothing" not found in FROM clause!`},
		{"Jinja of dbt", "{% set x = 1 %}select {{ x }} from {{ ref('people') }}", "it uses {% set x = 1 %}, which only dbt can run"},
		{"a value that fails", "select email, cast(first_name as integer) as first_name, last_name from {{ ref('people') }}", "a row cannot be computed (Conversion Error of DuckDB)"},
		{"an error with a value", "select email, error(email) as first_name, last_name from {{ ref('people') }}", "a row cannot be computed (Invalid Input Error of DuckDB)"},
		{"a file", "select a as email, a as first_name, a as last_name from {{ ref('people') }}, read_csv('" + secret + "')", "Permission Error"},
		{"the network", "select a as email from {{ ref('people') }}, read_csv('https://example.com/x.csv')", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := withModel(t, c.sql, "")
			plan := p.apply()
			m, s := plan.Change(known), plan.Change(newsletter)
			require.Equal(t, deploy.Deferred, m.Action, pretty(m))
			require.Equal(t, deploy.Deferred, s.Action)
			assert.Contains(t, m.Reason, "no preview: "+c.reason)
			assert.NotContains(t, pretty(plan), "canary")
			assert.NotContains(t, pretty(plan), "rainshield.example")
			assert.Contains(t, plan.Notes[0], "model known has no preview")
			assert.Len(t, p.query("select * from ANALYTICS.PEOPLE"), 4, "the others are built")
			assert.Empty(t, p.members(news))
		})
	}
}

func TestModelInSQL(t *testing.T) {
	p := withModel(t, "select email, first_name, last_name from {{ ref('people') }} where first_name <> 'Jack'", "")
	plan := p.apply()
	assert.Equal(t, deploy.Effect{RowsIn: 4, RowsOut: 3}, effectOf(t, plan, known))
	assert.Len(t, p.members(news), 3)
	p.quiet()

	p.write("models/known.sql", "-- the same\nselect email, first_name, last_name from {{ ref('people') }} where first_name <> 'Jack'")
	p.compile()
	plan = p.apply()
	require.Len(t, plan.Changes, 1)
	assert.Equal(t, "its SQL changed, and gives the same rows of these samples", plan.Change(known).Reason)
	p.quiet()

	p.write("models/known.sql", "select email, first_name, length(last_name) as last_name, 1 as one from {{ ref('people') }}")
	p.compile()
	plan = p.apply()
	assert.Equal(t, "its SQL changed", plan.Change(known).Reason)
	assert.Equal(t, []deploy.FieldChange{{Path: "rows", Before: "3", After: "4"}, {Path: "column LAST_NAME", Before: "VARCHAR", After: "BIGINT"}, {Path: "column ONE", After: "INTEGER"}}, plan.Change(known).Fields)
	p.quiet()

	p.edit("  known:\n    sql: models/known.sql\n    unique_by: email\n    columns: {email: email, first_name: text, last_name: text}\n    pii: [email, first_name, last_name]\n", "", "model: known", "model: people")
	plan = p.apply()
	assert.Equal(t, deploy.Delete, plan.Change(known).Action)
	assert.Empty(t, p.query("select * from duckdb_tables() where table_name = 'KNOWN'"))
	p.quiet()
}

// dbt builds nothing behind a test that fails; nor is anything sent here.
func TestBrokenPromises(t *testing.T) {
	for _, c := range []struct{ name, sql, tests, reason string }{
		{"unique_by", "select email, first_name, last_name from {{ ref('people') }} union all select upper(email) as email, 'x', 'y' from {{ ref('people') }}", "", "model known breaks unique_by, 4 times"},
		{"not_null", "select email, nullif(first_name, 'Jack') as first_name, last_name from {{ ref('people') }}", "    data_tests: {first_name: [not_null]}\n", "model known breaks not_null on first_name, 1 time"},
		{"accepted_values", "select email, first_name, last_name from {{ ref('people') }}", "    data_tests: {first_name: [{accepted_values: [Jack, Betty]}]}\n", "model known breaks accepted_values on first_name, 2 times"},
		{"unique", "select email, 'x' as first_name, last_name from {{ ref('people') }}", "    data_tests: {first_name: [unique]}\n", "model known breaks unique on first_name, 1 time"},
		{"relationships", "select 'a' || email as email, first_name, last_name from {{ ref('people') }}", "    data_tests: {email: [{relationships: {to: people, field: email}}]}\n", "model known breaks relationships on email, 4 times"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := withModel(t, c.sql, c.tests)
			plan := p.plan()
			s := plan.Change(newsletter)
			assert.Equal(t, deploy.Blocked, s.Action)
			assert.Equal(t, c.reason, s.Reason)
			assert.Equal(t, deploy.Create, plan.Change(known).Action)
		})
	}
}

// SQL that gives other rows each time can be applied, and a plan says what it is.
func TestUnsteadySQL(t *testing.T) {
	p := withModel(t, "select email, cast(random() as varchar) as first_name, last_name from {{ ref('people') }}", "")
	plan := p.apply()
	assert.Contains(t, plan.Notes, "model known may give other rows each time it runs, so what it gives is not held to the plan")
	assert.Len(t, p.members(news), 4)
	plan = p.apply()
	assert.Equal(t, 4, effectOf(t, plan, newsletter).Changed)

	p = withModel(t, "select email, first_name, last_name from {{ ref('people') }} where current_date > '2020-01-01'", "")
	p.apply()
	p.quiet()
}

// A changed column of a source tells of everything downstream.
func TestColumnsOfASource(t *testing.T) {
	p := withModel(t, "select email, first_name, last_name from {{ ref('people') }}", "")
	p.apply()
	p.edit("FirstName: text", "FirstName: email", "IsDeleted: boolean\n", "IsDeleted: boolean\n          Title: text\n")
	plan := p.plan()
	c := plan.Change(contacts)
	require.NotNil(t, c)
	assert.Contains(t, c.Reason, "how its rows are cleaned changed")
	require.Len(t, c.Fields, 2)
	assert.Equal(t, deploy.FieldChange{Path: "column FirstName", Before: "text", After: "email", Affects: []string{
		"model:people.first_name", "model:known.first_name", "sync:mailchimp.newsletter.FNAME"}}, c.Fields[0])
	assert.Equal(t, deploy.FieldChange{Path: "column Title", After: "text"}, c.Fields[1])
	require.NoError(t, p.tryApply(plan))
	p.quiet()
}
