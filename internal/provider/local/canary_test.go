//go:build cgo

package local

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// No word of a row is in a plan, a note, a message or an error, whatever goes
// wrong with it; only who asks for rows is shown some.
func TestNoPersonalData(t *testing.T) {
	canaries := []string{"kanaria", "Vogelsang", "geheim"}
	clean := func(t *testing.T, text string) {
		t.Helper()
		for _, c := range canaries {
			for _, form := range []string{c, base64.StdEncoding.EncodeToString([]byte(c))} {
				assert.NotContains(t, strings.ToLower(text), strings.ToLower(form))
			}
		}
	}
	row := func(id, email, first, last, rest string) string {
		return `{"Id": "` + id + `", "Email": "` + email + `", "FirstName": "` + first + `", "LastName": "` + last + `"` + rest + `}`
	}
	rounds := [][]string{
		{row("1", "kanaria@x.example", "Kanaria", "Vogelsang", ""), row("2", "kanaria2@x.example", "Kanaria", "Geheim", "")},
		{row("1", "kanaria@x.example", "Kanaria", "Geheim", `, "IsDeleted": "geheim", "SystemModstamp": "Vogelsang"`), row("3", "kanaria geheim", "Kanaria", "Vogelsang", "")},
		{row("1", "kanaria@@x.example", "Kanaria", "Geheim", "")},
	}
	p := newProject(t, "rain-shield")
	p.edit("max_removals: 50%, min_rows: 1", "max_removals: 100%, min_rows: 0")
	p.sample("zoom/webinar_registrants.ndjson")
	for _, lines := range rounds {
		p.sample("salesforce/Contact.ndjson", lines...)
		plan := p.plan()
		clean(t, pretty(plan))
		for _, c := range plan.Changes {
			_, err := p.provider().Apply(ctx, c, p.input(), func(m string) { clean(t, m) })
			require.NoError(t, err)
		}
	}

	t.Run("models that fail on a row", func(t *testing.T) {
		for _, sql := range []string{
			"select email, cast(first_name as integer) as first_name, last_name from {{ ref('people') }}",
			"select email, error(first_name) as first_name, last_name from {{ ref('people') }}",
			"select email, first_name::date::varchar as first_name, last_name from {{ ref('people') }}",
			"select email, json_extract(first_name, '$.x')::varchar as first_name, last_name from {{ ref('people') }}",
			"select email, first_name, cast(last_name as decimal(3,1))::varchar as last_name from {{ ref('people') }}",
			"select email, (select first_name from {{ ref('people') }}) as first_name, last_name from {{ ref('people') }}",
			"select email, strptime(first_name, '%Y')::varchar as first_name, last_name from {{ ref('people') }}",
			"select email, regexp_replace('a', first_name || '(', 'x') as first_name, last_name from {{ ref('people') }}",
			"select email, cast(first_name as uuid)::varchar as first_name, last_name from {{ ref('people') }}",
		} {
			p := withModel(t, sql, "")
			p.sample("salesforce/Contact.ndjson", rounds[0]...)
			plan := p.plan()
			clean(t, pretty(plan))
			assert.Equal(t, deploy.Deferred, plan.Change(known).Action, sql)
		}
	})
	t.Run("a condition that fails on a row", func(t *testing.T) {
		p := newProject(t, "rain-shield")
		p.edit("guard:", "where: cast(first_name as integer) > 1\n        guard:")
		p.sample("salesforce/Contact.ndjson", rounds[0]...)
		plan := p.plan()
		clean(t, pretty(plan))
		assert.Equal(t, deploy.Deferred, plan.Change(newsletter).Action)
	})
	t.Run("an apply that fails on a row", func(t *testing.T) {
		p := withModel(t, "select email, first_name, last_name from {{ ref('people') }}", "")
		plan := p.plan()
		p.artifacts = withModel(t, "select email, cast(first_name as integer) as first_name, last_name from {{ ref('people') }}", "").artifacts
		err := p.tryApply(plan)
		require.Error(t, err)
		clean(t, err.Error())
		assert.NotContains(t, err.Error(), "Jack")
	})
	t.Run("who asks for rows gets them", func(t *testing.T) {
		p := newProject(t, "rain-shield")
		p.showRows = true
		plan := p.plan()
		clean(t, pretty(plan))
		assert.NotContains(t, pretty(plan), "Jack", "not in what is written to a file")
		shown := map[string]bool{}
		for _, s := range plan.Change(newsletter).Effect.Samples {
			for _, f := range s.Fields {
				shown[f.Path+"="+f.After] = true
			}
		}
		assert.True(t, shown["email_address=jack.rogers@rainshield.example"])
		assert.True(t, shown["FNAME=Bartholomew"])
		p.showRows = false
		for _, s := range p.plan().Change(newsletter).Effect.Samples {
			assert.Empty(t, s.Fields)
		}
	})
}

// Ids of persons are the same from plan to plan and say nothing without the
// salt.
func TestIdsOfPersons(t *testing.T) {
	p := newProject(t, "rain-shield")
	plain := func(dir string) *deploy.Plan {
		plan, err := deploy.Build(ctx, New(Config{Dir: dir, Environment: "production"}), p.input(), deploy.Meta{})
		require.NoError(t, err)
		return plan
	}
	first := plain(p.dir)
	assert.Equal(t, first, plain(p.dir))
	salt, err := os.ReadFile(filepath.Join(p.dir, ".tapestry", "salt"))
	require.NoError(t, err)
	assert.Len(t, strings.TrimSpace(string(salt)), 64)
	require.NoError(t, os.Remove(filepath.Join(p.dir, ".tapestry", "salt")))
	other := plain(p.dir)
	assert.NotEqual(t, first.Change(newsletter).Effect.Samples, other.Change(newsletter).Effect.Samples)
	assert.Len(t, other.Change(newsletter).Effect.Samples, 4)
	assert.Equal(t, memberID([]byte("s"), "k"), memberID([]byte("s"), "k"))
	assert.NotEqual(t, memberID([]byte("s"), "k"), memberID([]byte("t"), "k"))
}
