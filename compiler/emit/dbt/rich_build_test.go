package dbt

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	accountTable = `RAW_CRM.ACCOUNT`
	eventTable   = `RAW_CRM.EVENT`
	signupTable  = `RAW_WEB."SIGN-UP"`
)

// accountRows are versions of records: id, address, name, order, size, active,
// updated, archived, metadata, spend. Spend is text in the raw table.
var accountRows = []string{
	`1, ' Ann@X.example', 'Old Ann', 'o1', 1.5, 'true', '2026-01-01 00:00:00+00', null, '{"home":{"region":"EU"}}', '10.00'`,
	`1, 'Ann@X.example ', 'Ann', 'o2', 1.5, 'true', '2026-02-01 00:00:00+00', null, '{"home":{"region":"EU"},"plan":{"sea\"ts":"12"},"tags":["a"]}', '12.345'`,
	`2, 'gone@x.example', 'Gone', 'o3', null, 'false', '2026-01-01 00:00:00+00', null, '{"home":{"region":"EU"}}', '1'`,
	`2, 'gone@x.example', 'Gone', 'o3', null, 'false', '2026-01-02 00:00:00+00', '2026-01-02 00:00:00+00', '{"home":{"region":"EU"}}', '1'`,
	`null, 'nokey1@x.example', 'A', null, null, null, null, null, '{"home":{"region":"US"}}', 'n/a'`,
	`null, 'nokey2@x.example', 'B', null, null, 'maybe', null, null, '{"home":{"region":"US"}}', '99999999999999.00'`,
	`3, 'ann@x.example', 'Ann in Oslo', null, null, null, '2026-01-01 00:00:00+00', null, '{"home":{"region":"NO"}}', '99'`,
	`4, 'noregion@x.example', 'C', null, null, null, null, null, '{"home":null,"tags":null}', '5'`,
	`5, 'broken@x.example', 'D', null, null, null, null, null, '{"home":', '5'`,
}

// signupRows tie on everything that order_by says.
var signupRows = []string{
	`'ann@x.example', null, 'EU', 2.5, '2000-01-02', '7'`,
	`'ann@x.example', 'Zed', 'EU', 1.0, null, null`,
	`'bob@x.example', 'Bob B', 'EU', 1.0, null, 'many'`,
	`'bob@x.example', 'Bob A', 'EU', 1.0, null, null`,
	`'BOB@x.example', 'Bob A', 'EU', 1.0, null, '3'`,
	`'bob@x.example', 'Bob', '  ', 1.0, null, '3'`,
}

var eventRows = []string{
	`'e1', 1, 'ann@x.example', '2026-01-01 10:00:00', '2026-01-01'`,
	`'e1', 1, 'ann@x.example', '2026-01-01 11:00:00', '2026-01-02'`,
	`'e1', 2, 'ann@x.example', 'yesterday', '2026-01-03'`,
}

func richProject(t *testing.T) *project {
	p := newProject(t, rich())
	p.execute("create schema RAW_CRM", "create schema RAW_WEB",
		`create table `+accountTable+` (ID DECIMAL(38,0), EMAIL VARCHAR, "DISPLAY NAME" VARCHAR, "ORDER" VARCHAR, "GRÖSSE" DOUBLE, ACTIVE VARCHAR,
			UPDATED_AT TIMESTAMPTZ, ARCHIVED_AT TIMESTAMPTZ, METADATA VARCHAR, SPEND VARCHAR, `+airbyte+`)`,
		`create table `+eventTable+` (ID VARCHAR, PART DECIMAL(38,0), PERSON_EMAIL VARCHAR, "AT" VARCHAR, DAY DATE, `+airbyte+`)`,
		`create table `+signupTable+` (EMAIL VARCHAR, FIRST_NAME VARCHAR, REGION VARCHAR, SCORE DOUBLE, BORN DATE, VISITS VARCHAR, `+airbyte+`)`)
	p.fill(accountTable, accountRows...)
	p.fill(signupTable, signupRows...)
	fillEvents(p, eventRows)
	return p
}

// fillEvents lets the version of 11 o'clock be the later one by its time of
// extraction only. What Airbyte adds belongs to the record, not to the place
// that it is stored at.
func fillEvents(p *project, rows []string) {
	p.fill(eventTable, rows...)
	p.execute(`update RAW_CRM.EVENT set _AIRBYTE_RAW_ID = case when "AT" like '%11%' then 'a' else 'z' end,
		_AIRBYTE_EXTRACTED_AT = case when "AT" like '%11%' then '2026-01-02 00:00:00+00'::timestamptz else '2026-01-01 00:00:00+00'::timestamptz end`)
}

func TestRich(t *testing.T) {
	p := richProject(t)
	a := p.build()

	t.Run("staging", func(t *testing.T) {
		assert.Equal(t, []string{
			`1 | Ann | 12.35 | EU | 12 | ["a"]`,
			`3 | Ann in Oslo | 99.00 | NO | NULL | NULL`,
			`4 | C | 5.00 | NULL | NULL | NULL`, // a path that is not there
			`5 | D | 5.00 | NULL | NULL | NULL`, // JSON that is none
			`NULL | A | NULL | US | NULL | NULL`,
			`NULL | B | NULL | US | NULL | NULL`, // no key: nobody's version
		}, p.rows(`select ID, "DISPLAY NAME", SPEND, REGION, SEATS, TAGS from ANALYTICS.STG_CRM__ACCOUNT order by ID, 2`))
		assert.Equal(t, []string{"e1 | 1 | 2026-01-01 11:00:00", "e1 | 2 | NULL"}, p.rows(`select ID, PART, "AT" from ANALYTICS.STG_CRM__EVENT order by 1, 2`))
	})

	t.Run("values that do not fit are seen and stop nothing", func(t *testing.T) {
		assert.Equal(t, "warn", a.Nodes["bad_values_stg_crm__account"])
		assert.Equal(t, []string{"active | boolean | 1", "spend | number(12,2) | 2"}, p.rows(p.compiled("tests/bad_values_stg_crm__account.sql")+" order by 1"))
		assert.Equal(t, "warn", a.Nodes["bad_values_stg_crm__event"])
		assert.Equal(t, "pass", a.Nodes["bad_values_stg_web__sign_up"])
	})

	t.Run("two keys, column by column", func(t *testing.T) {
		assert.Equal(t, []string{
			// From the account, except what only the sign-up has.
			`ann@x.example | EU | True | 2000-01-02 | Ann | o2 | 2.5 | 12.35 | ["a"] | 7`,
			`ann@x.example | NO | NULL | NULL | Ann in Oslo | NULL | NULL | 99.00 | NULL | NULL`,
			`bob@x.example | EU | NULL | NULL | Bob A | NULL | 1.0 | NULL | NULL | 3`,
			`nokey1@x.example | US | NULL | NULL | A | NULL | NULL | NULL | NULL | NULL`,
			`nokey2@x.example | US | NULL | NULL | B | NULL | NULL | NULL | NULL | NULL`,
		}, p.rows("select * from ANALYTICS.CONTACTS order by 1, 2"))
		assert.Equal(t, []string{"crm.account | 6 | 2 | 0 | 4", "web.Sign-up | 6 | 1 | 4 | 1"}, p.rows("select * from ANALYTICS.AUDIT_CONTACTS order by 1"))
	})

	t.Run("models over models", func(t *testing.T) {
		assert.Equal(t, []string{"2026-01-02 | ann@x.example | NULL", "2026-01-03 | ann@x.example | NULL", "NULL | ann@x.example | 7", "NULL | ann@x.example | NULL",
			"NULL | bob@x.example | 3", "NULL | nokey1@x.example | NULL", "NULL | nokey2@x.example | NULL"},
			p.rows("select * from ANALYTICS.EVENTS order by 1, 2, 3"))
		assert.Equal(t, []string{"ann@x.example | Ann in Oslo | NULL | NO", "bob@x.example | Bob A | NULL | EU", "nokey1@x.example | A | NULL | US", "nokey2@x.example | B | NULL | US"},
			p.rows("select * from ANALYTICS.PERSONS order by 1"))
		assert.Equal(t, []string{"ann@x.example | 99.00", "nokey1@x.example | NULL", "nokey2@x.example | NULL"}, p.rows("select * from ANALYTICS.VIPS order by 1"))
	})

	t.Run("syncs", func(t *testing.T) {
		assert.Equal(t, []string{"ann@x.example | Ann in Oslo | NULL | False", "bob@x.example | Bob A | NULL | False", "nokey1@x.example | A | NULL | False", "nokey2@x.example | B | NULL | False"},
			p.rows(`select EMAIL, NAME, "ORDER", REMOVED from SYNCS.SYNC_LETTERS_EVERYONE order by 1`))
		assert.Equal(t, []string{`ann@x.example | EU | 12.35 | ["a"]`, "ann@x.example | NO | 99.00 | NULL", "bob@x.example | EU | NULL | NULL", "nokey1@x.example | US | NULL | NULL", "nokey2@x.example | US | NULL | NULL"},
			p.rows("select EMAIL, REGION, SPEND, TAGS from SYNCS.SYNC_HELPDESK_REGIONAL order by 1, 2"))
		for _, node := range []string{"seg_later__vips", "guard_later__vips", "snap_later__vips", "sync_later_vips"} {
			assert.NotContains(t, a.Nodes, node, "a sync that is off is left alone")
		}
	})

	t.Run("compiled SQL is what a local run executes", func(t *testing.T) { compareCompiled(t, p) })

	t.Run("rows stored in another order give the same", func(t *testing.T) {
		before := contents(p)
		p.fill(accountTable, reversed(accountRows)...)
		p.fill(signupTable, reversed(signupRows)...)
		fillEvents(p, reversed(eventRows))
		p.build()
		assert.Equal(t, before, contents(p))
	})

	t.Run("one of two keys goes, a column changes", func(t *testing.T) {
		p.fill(accountTable, accountRows[1], accountRows[4], accountRows[5])
		p.build()
		assert.Equal(t, []string{"ann@x.example | EU | False", "ann@x.example | NO | True", "bob@x.example | EU | False", "nokey1@x.example | US | False", "nokey2@x.example | US | False"},
			p.rows("select EMAIL, REGION, REMOVED from SYNCS.SYNC_HELPDESK_REGIONAL order by 1, 2"))
		assert.Equal(t, []string{"ann@x.example | Ann | o2 | False"},
			p.rows(`select EMAIL, NAME, "ORDER", REMOVED from SYNCS.SYNC_LETTERS_EVERYONE where EMAIL like 'ann%'`))
	})

	t.Run("max_removals as a number", func(t *testing.T) {
		p.fill(accountTable, accountRows[1])
		a := p.dbt("build")
		require.False(t, a.OK)
		assert.Equal(t, "fail", a.Nodes["guard_letters__everyone"])
		assert.Equal(t, "success", a.Nodes["sync_helpdesk_regional"], "another sync goes on")
		assert.Contains(t, a.log(), "2 of 4 members would be removed, and max_removals is 1")
	})

	t.Run("a sync that is turned off keeps its view and its members", func(t *testing.T) {
		before := p.rows("select * from SYNCS.SYNC_LETTERS_EVERYONE order by 1")
		require.Len(t, before, 4)
		off := rich()
		off.Destinations[1].Enabled = false
		p.emit(off)
		p.fill(accountTable, accountRows[0], accountRows[4], accountRows[5])
		a := p.build()
		assert.NotContains(t, a.Nodes, "snap_letters__everyone")
		assert.Equal(t, before, p.rows("select * from SYNCS.SYNC_LETTERS_EVERYONE order by 1"))
	})
}

// contents is everything that must not depend on the order of stored rows.
func contents(p *project) map[string][]string {
	out := map[string][]string{}
	for _, table := range []string{"ANALYTICS.CONTACTS", "ANALYTICS.PERSONS", "ANALYTICS.EVENTS", "ANALYTICS.STG_CRM__EVENT", "SYNCS.SYNC_LETTERS_EVERYONE", "SYNCS.SYNC_HELPDESK_REGIONAL"} {
		out[table] = p.rows("select * from " + table + " order by all")
	}
	return out
}

// A model in SQL that does not keep its promise stops what stands behind it.
func TestBrokenPromise(t *testing.T) {
	pipeline := rich()
	pipeline.Models = pipeline.Models[3:4]
	pipeline.Models[0].SQL = "select 'a@x.example' as email, 1 as spend union all select ' A@x.example', 2 union all select null, 3"
	pipeline.Models[0].Tests = nil
	pipeline.Destinations = pipeline.Destinations[2:]
	pipeline.Destinations[0].Enabled, pipeline.Destinations[0].Syncs[0].Enabled = true, true
	p := newProject(t, pipeline)
	a := p.dbt("build", "--exclude", "path:models/staging", "test_name:bad_values*", "path:tests/bad_values*")
	assert.Equal(t, "fail", a.Nodes["unique_vips"], a.log())
	assert.Equal(t, "skipped", a.Nodes["seg_later__vips"])
	assert.Equal(t, []string{"a@x.example | 2", "NULL | 1"}, p.rows(p.compiled("tests/unique_vips.sql")+" order by 2 desc"))
}
