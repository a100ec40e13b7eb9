package dbt

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

// The sample rows of Rain Shield. Barry is Bartholomew at the same address, in
// other case and with a space behind it.
var (
	registrants = []string{
		`'r1', 'diana@rainshield.example', 'Diana', 'Prince'`,
		`'r2', 'barry@rainshield.example', 'Barry', 'Allen'`,
		`'r3', 'betty@rainshield.example', 'Betty', 'Rubble'`,
	}
	contactRows = []string{
		`'c1', 'diana@rainshield.example', 'Diana', 'Prince', false, '2026-01-01 00:00:00+00'`,
		`'c2', 'Barry@RainShield.example ', 'Bartholomew', 'Allen', false, '2026-01-01 00:00:00+00'`,
		`'c3', 'jack@rainshield.example', 'Jack', 'Rogers', false, '2026-01-01 00:00:00+00'`,
	}
	fourPeople = []string{
		"barry@rainshield.example | Bartholomew | Allen",
		"betty@rainshield.example | Betty | Rubble",
		"diana@rainshield.example | Diana | Prince",
		"jack@rainshield.example | Jack | Rogers",
	}
)

const (
	zoomTable  = "RAW_ZOOM.WEBINAR_REGISTRANTS"
	salesTable = "RAW_SALESFORCE.CONTACT"
	peopleNow  = "select EMAIL, FIRST_NAME, LAST_NAME from ANALYTICS.PEOPLE order by EMAIL"
	viewNow    = "select EMAIL, LAST_NAME, REMOVED from SYNCS.SYNC_MAILCHIMP_NEWSLETTER order by EMAIL"
	versions   = "select EMAIL, LAST_NAME, dbt_valid_to is null from SNAPSHOTS.SNAP_MAILCHIMP__NEWSLETTER order by EMAIL, dbt_valid_from"
	everything = "select EMAIL, FIRST_NAME, LAST_NAME, CHANGED_AT, REMOVED from SYNCS.SYNC_MAILCHIMP_NEWSLETTER order by EMAIL"
	auditNow   = "select * from ANALYTICS.AUDIT_PEOPLE order by INPUT_NAME"
	highWater  = "select max(CHANGED_AT) from SYNCS.SYNC_MAILCHIMP_NEWSLETTER"
)

func rainShield(t *testing.T) *project {
	p := newProject(t, irtest.RainShield())
	createRainShield(p)
	p.fill(zoomTable, registrants...)
	p.fill(salesTable, contactRows...)
	return p
}

// createRainShield makes the raw tables as Airbyte makes them.
func createRainShield(p *project) {
	p.execute("create schema RAW_ZOOM", "create schema RAW_SALESFORCE",
		"create table "+zoomTable+" (ID VARCHAR, EMAIL VARCHAR, FIRST_NAME VARCHAR, LAST_NAME VARCHAR, "+airbyte+")",
		"create table "+salesTable+" (ID VARCHAR, EMAIL VARCHAR, FIRSTNAME VARCHAR, LASTNAME VARCHAR, ISDELETED BOOLEAN, SYSTEMMODSTAMP TIMESTAMPTZ, "+airbyte+")")
}

// TestRounds goes through the life of an audience: what each run of dbt leaves
// in the model, the snapshot and the view that the destination's engine reads.
func TestRounds(t *testing.T) {
	p := rainShield(t)

	p.build()
	require.Equal(t, fourPeople, p.rows(peopleNow), "exactly the four")
	require.Equal(t, []string{"salesforce.Contact | 3 | 0 | 0 | 3", "zoom.webinar_registrants | 3 | 0 | 2 | 1"}, p.rows(auditNow))
	require.Equal(t, []string{
		"barry@rainshield.example | Allen | False", "betty@rainshield.example | Rubble | False",
		"diana@rainshield.example | Prince | False", "jack@rainshield.example | Rogers | False"}, p.rows(viewNow))
	require.Equal(t, []string{"0"}, p.rows("select count(*) from SYNCS.SYNC_MAILCHIMP_NEWSLETTER where CHANGED_AT is null or REMOVED is null"))
	first := p.rows(everything)

	t.Run("the same rows in another order change nothing", func(t *testing.T) {
		p.fill(zoomTable, reversed(registrants)...)
		p.fill(salesTable, reversed(contactRows)...)
		p.build()
		assert.Equal(t, first, p.rows(everything))
		assert.Len(t, p.rows(versions), 4)
	})

	t.Run("a change, a removal, a deleted record, rows without an address", func(t *testing.T) {
		before := p.rows(highWater)
		p.fill(zoomTable, registrants[0], registrants[1], `'r4', null, 'No', 'Address'`, `'r5', '  ', 'Blank', 'Address'`, `'r6', chr(9), 'Tab', 'Address'`,
			`'r7', 'no.address', 'No', 'At'`) // a person all the same, but nobody to send to
		p.fill(salesTable,
			`'c1', 'diana@rainshield.example', 'Diana', 'Prince', true, '2026-01-02 00:00:00+00'`,
			contactRows[1],
			`'c3', 'jack@rainshield.example', 'Jack', 'Rogers-Smith', false, '2026-01-02 00:00:00+00'`)
		p.build()
		// Diana stays: she is deleted in one tool and known to the other.
		assert.Equal(t, []string{"barry@rainshield.example | Bartholomew | Allen", "diana@rainshield.example | Diana | Prince",
			"jack@rainshield.example | Jack | Rogers-Smith", "no.address | No | At"}, p.rows(peopleNow))
		assert.Equal(t, []string{"salesforce.Contact | 2 | 0 | 0 | 2", "zoom.webinar_registrants | 6 | 3 | 1 | 2"}, p.rows(auditNow))
		assert.Equal(t, []string{"barry@rainshield.example | Allen | False", "betty@rainshield.example | Rubble | True",
			"diana@rainshield.example | Prince | False", "jack@rainshield.example | Rogers-Smith | False"}, p.rows(viewNow))
		assert.Equal(t, []string{"barry@rainshield.example | Allen | True", "betty@rainshield.example | Rubble | False",
			"diana@rainshield.example | Prince | True", "jack@rainshield.example | Rogers | False", "jack@rainshield.example | Rogers-Smith | True"}, p.rows(versions))
		assert.Equal(t, []string{"betty@rainshield.example", "jack@rainshield.example"},
			p.rows("select EMAIL from SYNCS.SYNC_MAILCHIMP_NEWSLETTER where CHANGED_AT > '"+before[0]+"' order by 1"), "only what changed has a later time")
	})

	t.Run("a returned row", func(t *testing.T) {
		before := p.rows(highWater)
		p.fill(zoomTable, registrants...)
		p.build()
		assert.Equal(t, []string{"barry@rainshield.example | Allen | False", "betty@rainshield.example | Rubble | False",
			"diana@rainshield.example | Prince | False", "jack@rainshield.example | Rogers-Smith | False"}, p.rows(viewNow))
		assert.Equal(t, []string{"betty@rainshield.example"},
			p.rows("select EMAIL from SYNCS.SYNC_MAILCHIMP_NEWSLETTER where CHANGED_AT > '"+before[0]+"'"))
	})

	t.Run("an empty source stops the sync", func(t *testing.T) {
		before, snapshot := p.rows(everything), p.rows(versions)
		p.fill(zoomTable)
		p.fill(salesTable)
		a := p.dbt("build")
		assert.False(t, a.OK)
		assert.Equal(t, "fail", a.Nodes["guard_mailchimp__newsletter"])
		assert.Equal(t, "skipped", a.Nodes["snap_mailchimp__newsletter"])
		assert.Equal(t, "skipped", a.Nodes["sync_mailchimp_newsletter"])
		assert.Contains(t, a.log(), "guard_mailchimp__newsletter stopped its sync: the segment has 0 rows, and min_rows is 1")
		assert.Contains(t, a.log(), "guard_mailchimp__newsletter stopped its sync: 4 of 4 members would be removed, and max_removals is 50%")
		assert.Equal(t, before, p.rows(everything))
		assert.Equal(t, snapshot, p.rows(versions))
	})

	t.Run("too many removals stop the sync until somebody allows them", func(t *testing.T) {
		before := p.rows(everything)
		p.fill(salesTable, contactRows[2])
		a := p.dbt("build")
		assert.False(t, a.OK)
		assert.Equal(t, []string{"empty_source | zoom.webinar_registrants has no rows, and it had some; 3 of 4 members would be removed",
			"max_removals | 3 of 4 members would be removed, and max_removals is 50%"},
			p.rows("select * from ANALYTICS.GUARD_MAILCHIMP__NEWSLETTER order by GUARD"))
		assert.Equal(t, before, p.rows(everything))

		p.build("--vars", "{allow_removals: [mailchimp.newsletter]}")
		assert.Equal(t, []string{"barry@rainshield.example | Allen | True", "betty@rainshield.example | Rubble | True",
			"diana@rainshield.example | Prince | True", "jack@rainshield.example | Rogers | False"}, p.rows(viewNow))
	})

	t.Run("one empty source stops the sync also below the limit", func(t *testing.T) {
		p.fill(zoomTable, registrants[2])
		p.build()
		before := p.rows(everything)
		p.fill(zoomTable)
		a := p.dbt("build")
		assert.False(t, a.OK)
		assert.Contains(t, a.log(), "guard_mailchimp__newsletter stopped its sync: zoom.webinar_registrants has no rows, and it had some; 1 of 2 members would be removed")
		assert.Equal(t, before, p.rows(everything))
	})

	t.Run("half of the members is not more than half", func(t *testing.T) {
		p.fill(zoomTable, `'r9', null, 'No', 'Address'`)
		p.build()
		assert.Contains(t, p.rows(viewNow), "betty@rainshield.example | Rubble | True")
	})
}

func reversed(rows []string) []string {
	out := slices.Clone(rows)
	slices.Reverse(out)
	return out
}
