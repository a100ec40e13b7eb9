//go:build cgo

package local

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

const news = "mailchimp.newsletter"

func registrant(id, email, first, last string) string {
	return `{"id": "` + id + `", "email": "` + email + `", "first_name": "` + first + `", "last_name": "` + last + `"}`
}

// shrink leaves one of the four people.
func shrink(p *project) {
	p.sample("salesforce/Contact.ndjson")
	p.sample("zoom/webinar_registrants.ndjson", registrant("r-1", "diana.prince@rainshield.example", "Diana", "Prince"))
}

func TestUpsertKeepsWhoLeaves(t *testing.T) {
	p := newProject(t, "rain-shield")
	p.edit("mode: mirror\n        on_removed: archive", "mode: upsert", "guard: {max_removals: 50%, min_rows: 1}", "guard: {min_rows: 1}")
	p.apply()
	shrink(p)
	p.sample("salesforce/Contact.ndjson", `{"Id": "003A3", "Email": "jack.rogers@rainshield.example", "FirstName": "John", "LastName": "Rogers"}`)
	plan := p.apply()
	assert.Equal(t, deploy.Effect{RowsIn: 2, RowsOut: 2, Changed: 1, Kept: 2, Unchanged: 1, ChangedFields: []deploy.Count{{Name: "FNAME", N: 1}}}, effectOf(t, plan, newsletter))
	assert.Equal(t, deploy.Safe, plan.Change(newsletter).Risk)
	assert.Len(t, p.members(news), 4)
	p.quiet()
}

func TestUpdateOnlyChangesWhoIsThere(t *testing.T) {
	p := newProject(t, "rain-shield")
	p.edit("mode: mirror\n        on_removed: archive", "mode: update", "guard: {max_removals: 50%, min_rows: 1}", "guard: {min_rows: 1}")
	plan := p.apply()
	assert.Equal(t, deploy.Effect{RowsIn: 4, RowsOut: 4, Rejected: []deploy.Count{{Name: "no such member, and mode: update adds none", N: 4}}}, effectOf(t, plan, newsletter))
	assert.Equal(t, []string{""}, p.members(news))
	p.quiet()

	require.NoError(t, os.WriteFile(p.box(news).members(), []byte(
		`{"email_address": "jack.rogers@rainshield.example", "FNAME": "J", "PHONE": {"home":  1}}`+"\n"+four[1]+"\n"), 0o600))
	plan = p.apply()
	assert.Equal(t, 1, effectOf(t, plan, newsletter).Changed)
	assert.Equal(t, []string{four[1], `{"email_address":"jack.rogers@rainshield.example","FNAME":"Jack","LNAME":"Rogers","PHONE":{"home":1}}`}, p.members(news),
		"what the sync does not map is left as it is")
	p.quiet()
}

// A sync in mode update finds the members of another one in the same list.
func TestUpdateBesidesAnotherSync(t *testing.T) {
	p := newProject(t, "rain-shield")
	second := "\n      tags:\n        model: people\n        to: {list: \"${env.MAILCHIMP_LIST_ID}\"}\n        key: {email_address: email}\n        tags: [known]\n        mode: update\n        allow_pii: [email]\n"
	p.edit("guard: {max_removals: 50%, min_rows: 1}\n", "guard: {max_removals: 50%, min_rows: 1}\n        where: last_name <> 'Rogers'\n"+second)
	plan := p.apply()
	assert.Equal(t, 3, effectOf(t, plan, newsletter).Created)
	e := effectOf(t, plan, "local:sync:mailchimp.tags")
	assert.Equal(t, 3, e.Changed)
	assert.Equal(t, []deploy.Count{{Name: "no such member, and mode: update adds none", N: 1}}, e.Rejected)
	assert.Contains(t, plan.Change("local:sync:mailchimp.tags").DependsOn, newsletter)
	assert.Len(t, p.members("mailchimp.tags"), 3)
	assert.Equal(t, "update", p.events("mailchimp.tags")[0].Event)
	p.quiet()
	p.edit("where: last_name <> 'Rogers'\n", "")
	plan = p.apply()
	assert.Equal(t, 1, effectOf(t, plan, "local:sync:mailchimp.tags").Changed)
	p.quiet()
}

// Members that the sync did not make are not its to remove.
func TestMirrorKeepsMembersOfOthers(t *testing.T) {
	p := newProject(t, "rain-shield")
	p.apply()
	file := p.box(news).members()
	lines := append(p.members(news), `{"email_address":"somebody@else.example","FNAME":"S"}`, `{"phone":"no key at all"}`, `[1]`)
	require.NoError(t, os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	p.quiet()
	p.sample("zoom/webinar_registrants.ndjson")
	p.edit("max_removals: 50%, min_rows: 1", "max_removals: 100%, min_rows: 0")
	plan := p.apply()
	assert.Equal(t, 1, effectOf(t, plan, newsletter).Removed, "Betty")
	assert.Len(t, p.members(news), 6)
	p.sample("salesforce/Contact.ndjson")
	p.apply()
	left := p.members(news)
	slices.Sort(left)
	assert.Equal(t, []string{`[1]`, `{"email_address":"somebody@else.example","FNAME":"S"}`, `{"phone":"no key at all"}`}, left)
	p.quiet()
}

// A member that was there already and is in the model becomes the sync's.
func TestMembersThatAreThereAlreadyAreTakenOver(t *testing.T) {
	p := newProject(t, "rain-shield")
	require.NoError(t, os.MkdirAll(filepath.Dir(p.box(news).members()), 0o700))
	require.NoError(t, os.WriteFile(p.box(news).members(), []byte(four[0]+"\n"+strings.Replace(four[1], "Betty", "B.", 1)+"\n"), 0o600))
	plan := p.apply()
	assert.Equal(t, deploy.Effect{RowsIn: 4, RowsOut: 4, Created: 2, Changed: 1, ChangedFields: []deploy.Count{{Name: "FNAME", N: 1}}}, effectOf(t, plan, newsletter))
	assert.Contains(t, plan.Change(newsletter).Fields, deploy.FieldChange{Path: "members that are there already", After: "1"})
	assert.Equal(t, four, p.members(news))
	p.quiet()
	assert.Equal(t, "adopt", p.events(news)[0].Event)
}

func TestGuards(t *testing.T) {
	for _, c := range []struct {
		name, guard, where string
		rows               func(p *project)
		reason             string
	}{
		{"at most half is not more than half", "{max_removals: 50%}", "", func(p *project) {
			p.sample("zoom/webinar_registrants.ndjson", registrant("r-1", "diana.prince@rainshield.example", "Diana", "Prince"))
			p.sample("salesforce/Contact.ndjson", `{"Id": "1", "Email": "jack.rogers@rainshield.example", "FirstName": "Jack", "LastName": "Rogers"}`)
		}, ""},
		{"too many percent", "{max_removals: 49%}", "", func(p *project) {
			p.sample("zoom/webinar_registrants.ndjson", registrant("r-1", "diana.prince@rainshield.example", "Diana", "Prince"))
			p.sample("salesforce/Contact.ndjson", `{"Id": "1", "Email": "jack.rogers@rainshield.example", "FirstName": "Jack", "LastName": "Rogers"}`)
		}, "guard max_removals: 2 of 4 members would be removed, and the most is 49%"},
		{"too many in number", "{max_removals: 1}", "", func(p *project) {
			p.sample("zoom/webinar_registrants.ndjson", registrant("r-1", "diana.prince@rainshield.example", "Diana", "Prince"))
			p.sample("salesforce/Contact.ndjson", `{"Id": "1", "Email": "jack.rogers@rainshield.example", "FirstName": "Jack", "LastName": "Rogers"}`)
		}, "guard max_removals: 2 of 4 members would be removed, and the most is 1"},
		{"an empty source", "{max_removals: 90%, min_rows: 0}", "", func(p *project) { p.sample("zoom/webinar_registrants.ndjson") },
			"zoom.webinar_registrants has no rows (it had 3), and 1 member would be removed"},
		{"an empty source, and somebody said so", "{max_removals: 100%, min_rows: 0}", "", func(p *project) { p.sample("zoom/webinar_registrants.ndjson") }, ""},
		{"too few rows", "{max_removals: 100%, min_rows: 2}", "", shrink, "guard min_rows: 1 row would be sent, and the least is 2"},
		{"no rows", "{max_removals: 100%}", "last_name = 'nobody'", func(*project) {}, "guard min_rows: 0 rows would be sent, and the least is 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProject(t, "rain-shield")
			p.apply()
			before := p.members(news)
			where := ""
			if c.where != "" {
				where = "\n        where: " + c.where
			}
			p.edit("{max_removals: 50%, min_rows: 1}", c.guard+where)
			c.rows(p)
			plan := p.plan()
			sync := plan.Change(newsletter)
			require.NotNil(t, sync)
			if c.reason == "" {
				assert.NotEqual(t, deploy.Blocked, sync.Action, sync.Reason)
				require.NoError(t, p.tryApply(plan))
				p.quiet()
				return
			}
			assert.Equal(t, deploy.Blocked, sync.Action)
			assert.Equal(t, c.reason, sync.Reason)
			assert.NotEmpty(t, sync.Next)
			_, err := p.provider().Apply(ctx, *sync, p.input(), nil)
			assert.ErrorContains(t, err, c.reason)
			assert.Equal(t, before, p.members(news))
		})
	}
}

func TestRenamedSyncKeepsItsMembers(t *testing.T) {
	p := newProject(t, "rain-shield")
	p.apply()
	p.edit("newsletter:\n", "letters:\n        renamed_from: newsletter\n")
	plan := p.apply()
	c := plan.Change("local:sync:mailchimp.letters")
	require.NotNil(t, c)
	assert.Equal(t, deploy.Update, c.Action)
	assert.Equal(t, "it was mailchimp.newsletter; its members are kept", c.Reason)
	assert.Equal(t, deploy.Effect{RowsIn: 4, RowsOut: 4, Unchanged: 4}, effectOf(t, plan, "local:sync:mailchimp.letters"))
	assert.Nil(t, plan.Change(newsletter))
	assert.Equal(t, four, p.members("mailchimp.letters"))
	assert.Len(t, p.events("mailchimp.letters"), 4, "nothing was sent")
	assert.NoFileExists(t, p.box(news).members())
	assert.NoFileExists(t, p.box(news).state())
	p.quiet()
}

func TestSyncThatLeftTheFile(t *testing.T) {
	t.Run("keeps its members", func(t *testing.T) {
		p := newProject(t, "rain-shield")
		p.apply()
		p.edit("newsletter:\n", "letters:\n")
		plan := p.apply()
		c := plan.Change(newsletter)
		assert.Equal(t, deploy.Keep, c.Action)
		assert.Equal(t, 4, c.Effect.Kept)
		assert.Equal(t, four, p.members(news))
		p.quiet()
		p.edit("letters:\n", "newsletter:\n") // and comes back
		p.quiet()
	})
	t.Run("removes its members", func(t *testing.T) {
		p := newProject(t, "rain-shield")
		p.edit("guard: {max_removals: 50%, min_rows: 1}", "guard: {max_removals: 100%}\n        on_destroy: remove")
		p.apply()
		f, err := os.OpenFile(p.box(news).members(), os.O_APPEND|os.O_WRONLY, 0)
		require.NoError(t, err)
		_, err = f.WriteString(`{"email_address":"x@others.example"}` + "\n")
		require.NoError(t, err)
		require.NoError(t, f.Close())
		p.edit("newsletter:\n", "letters:\n")
		plan := p.apply()
		c := plan.Change(newsletter)
		assert.Equal(t, deploy.Delete, c.Action)
		assert.Equal(t, deploy.Destructive, c.Risk)
		assert.Equal(t, deploy.Effect{Removed: 4, Kept: 1}, effectOf(t, plan, newsletter))
		assert.Equal(t, []string{`{"email_address":"x@others.example"}`}, p.members(news))
		events := p.events(news)
		assert.Equal(t, "remove", events[len(events)-1].Event)
		p.quiet()
	})
	t.Run("is held to its guard", func(t *testing.T) {
		p := newProject(t, "rain-shield")
		p.edit("guard: {max_removals: 50%, min_rows: 1}", "guard: {max_removals: 50%, min_rows: 1}\n        on_destroy: remove")
		p.apply()
		p.edit("newsletter:\n", "letters:\n")
		c := p.plan().Change(newsletter)
		assert.Equal(t, deploy.Blocked, c.Action)
		assert.Contains(t, c.Reason, "4 of 4 members would be removed")
		assert.Contains(t, c.Next, "max_removals: 100%")
	})
}

func TestSyncThatIsOffSendsNothing(t *testing.T) {
	p := newProject(t, "rain-shield")
	p.edit("newsletter:\n", "newsletter:\n        enabled: false\n")
	plan := p.apply()
	assert.Nil(t, plan.Change(newsletter))
	assert.Contains(t, plan.Notes, "sync mailchimp.newsletter is off in production: nothing is sent")
	assert.Empty(t, p.members(news))
	p.edit("        enabled: false\n", "")
	p.apply()
	p.edit("newsletter:\n", "newsletter:\n        enabled: false\n")
	shrink(p)
	plan = p.apply()
	assert.Nil(t, plan.Change(newsletter), "it is neither planned nor kept as one that left the file")
	assert.Equal(t, four, p.members(news))
}

func TestSettings(t *testing.T) {
	p := newProject(t, "rain-shield")
	p.apply()
	p.edit("tags: [newsletter]", "tags: [newsletter, umbrella]", "max_removals: 50%", "max_removals: 3", "fields: {FNAME: first_name, LNAME: last_name}", "fields: {FNAME: first_name, NAME: last_name}")
	plan := p.apply()
	c := plan.Change(newsletter)
	assert.Equal(t, []deploy.FieldChange{
		{Path: "fields.LNAME", Before: "last_name (text)"}, {Path: "fields.NAME", After: "last_name (text)"},
		{Path: "guard.max_removals", Before: "50%", After: "3"}, {Path: "tags", Before: "newsletter", After: "newsletter, umbrella"}}, c.Fields)
	assert.Equal(t, []deploy.Count{{Name: "NAME", N: 4}, {Name: "LNAME", N: 4}}, effectOf(t, plan, newsletter).ChangedFields)
	assert.Equal(t, `{"email_address":"barry.allen@rainshield.example","FNAME":"Bartholomew","NAME":"Allen"}`, p.members(news)[0], "a field that is no longer mapped is cleared")
	assert.JSONEq(t, `{"NAME":"Allen","LNAME":null}`, string(p.events(news)[4].Set))
	p.quiet()
	p.edit("max_removals: 3", "max_removals: 4")
	plan = p.apply()
	assert.Equal(t, deploy.Effect{RowsIn: 4, RowsOut: 4, Unchanged: 4}, effectOf(t, plan, newsletter))
	p.quiet()
}

// Values of every type reach the destination in one form, and what does not fit
// its field is refused.
func TestTypes(t *testing.T) {
	p := newProject(t, "rain-shield")
	model := func(rows string) {
		require.NoError(t, os.WriteFile(filepath.Join(p.dir, "models", "typed.sql"), []byte("select * from (values "+rows+") as t(email, i, n, f, b, d, t, z)\n-- "+"{{ ref('people') }}\n"), 0o644))
		p.compile()
	}
	require.NoError(t, os.MkdirAll(filepath.Join(p.dir, "models"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(p.dir, "models", "typed.sql"), []byte("select 1 from {{ ref('people') }}"), 0o644))
	p.edit("destinations:", `  typed:
    sql: models/typed.sql
    columns: {email: email, i: integer, n: "number(12,2)", f: float, b: boolean, d: date, t: timestamp, z: timestamp_ntz}
    unique_by: email
    pii: [email]

destinations:`, "model: people", "model: typed", "fields: {FNAME: first_name, LNAME: last_name}", "fields: {I: i, N: n, F: f, B: b, D: d, T: t, Z: z}", "allow_pii: [email, first_name, last_name]", "allow_pii: [email]")
	model(`('a@x.example', '12345678901234567890123', '1.5', '0.1', 'true', '2026-02-03', '2026-02-03 04:05:06.7+02', '2026-02-03 04:05:06'),
		('b@x.example', null, null, null, null, null, null, null),
		('c@x.example', 'x', null, null, null, null, null, null), ('d@x.example', null, 'x', null, null, null, null, null),
		('e@x.example', null, null, 'nan', null, null, null, null), ('f@x.example', null, null, null, 'x', null, null, null),
		('g@x.example', null, null, null, null, 'x', null, null), ('h@x.example', null, null, null, null, null, 'x', null),
		('i@x', null, null, null, null, null, null, null)`)
	plan := p.apply()
	assert.Equal(t, []string{
		`{"email_address":"a@x.example","B":true,"D":"2026-02-03","F":0.1,"I":12345678901234567890123,"N":1.50,"T":"2026-02-03T02:05:06.700000Z","Z":"2026-02-03T04:05:06"}`,
		`{"email_address":"b@x.example","B":null,"D":null,"F":null,"I":null,"N":null,"T":null,"Z":null}`}, p.members(news))
	assert.Equal(t, []deploy.Count{{Name: "B: not of type boolean", N: 1}, {Name: "D: not of type date", N: 1}, {Name: "F: not a number", N: 1}, {Name: "I: not of type integer", N: 1},
		{Name: "N: not of type number(12,2)", N: 1}, {Name: "T: not of type timestamp", N: 1}, {Name: "email_address: not an e-mail address", N: 1}},
		effectOf(t, plan, newsletter).Rejected)
	p.quiet()
}
