//go:build cgo

package local

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

const (
	newsletter = "local:sync:mailchimp.newsletter"
	contacts   = "local:table:RAW_SALESFORCE.CONTACT"
	people     = "local:model:people"
)

var four = []string{
	`{"email_address":"barry.allen@rainshield.example","FNAME":"Bartholomew","LNAME":"Allen"}`,
	`{"email_address":"betty.rubble@rainshield.example","FNAME":"Betty","LNAME":"Rubble"}`,
	`{"email_address":"diana.prince@rainshield.example","FNAME":"Diana","LNAME":"Prince"}`,
	`{"email_address":"jack.rogers@rainshield.example","FNAME":"Jack","LNAME":"Rogers"}`,
}

func TestRainShield(t *testing.T) {
	p := newProject(t, "rain-shield")
	plan := p.apply()
	assert.Equal(t, four, p.members("mailchimp.newsletter"))
	assert.Equal(t, deploy.Effect{RowsIn: 6, RowsOut: 4, Merged: 2}, effectOf(t, plan, people))
	assert.Equal(t, deploy.Effect{RowsIn: 4, RowsOut: 4, Created: 4}, effectOf(t, plan, newsletter))
	assert.Equal(t, []string{"3"}, p.query("select count(*) from RAW_SALESFORCE.CONTACT"))
	assert.Equal(t, []string{"4"}, p.query("select count(*) from ANALYTICS.PEOPLE"))
	assert.Equal(t, []string{"3"}, p.query("select count(*) from ANALYTICS.STG_ZOOM__WEBINAR_REGISTRANTS"))
	for i, e := range p.events("mailchimp.newsletter") {
		assert.EqualValues(t, i+1, e.Seq)
		assert.Equal(t, "create", e.Event)
		assert.Equal(t, []string{"FNAME", "LNAME"}, e.Fields)
	}
	c := plan.Change(newsletter)
	assert.Equal(t, []string{"local:model:people"}, c.DependsOn)
	assert.NotEmpty(t, c.Origins)
	p.quiet()
	assert.Equal(t, []string{"*"}, p.lines(p.dir+"/.tapestry/.gitignore"))
}

func TestOneRowChangesOneGoesOneComesOneHasNoAddress(t *testing.T) {
	p := newProject(t, "rain-shield")
	p.apply()
	before := p.events("mailchimp.newsletter")
	p.sample("salesforce/Contact.ndjson",
		// Diana is given another name.
		`{"Id": "003A1", "Email": "Diana.Prince@rainshield.example", "FirstName": "Diana", "LastName": "Trevor", "IsDeleted": false, "SystemModstamp": "2026-11-01T08:00:00Z"}`,
		`{"Id": "003A2", "Email": "BARRY.ALLEN@rainshield.example ", "FirstName": "Bartholomew", "LastName": "Allen", "IsDeleted": false, "SystemModstamp": "2026-10-02T09:30:00Z"}`,
		`{"Id": "003A3", "Email": "jack.rogers@rainshield.example", "FirstName": "Jack", "LastName": "Rogers", "IsDeleted": false, "SystemModstamp": "2026-10-03T10:15:00Z"}`,
		// Jack comes a second time, in capitals and with a blank: he is the same.
		`{"Id": "003A4", "Email": "JACK.ROGERS@rainshield.example  ", "FirstName": "Jack", "LastName": "Rogers", "IsDeleted": false, "SystemModstamp": "2026-10-04T10:15:00Z"}`,
		// Somebody has no address.
		`{"Id": "003A5", "Email": null, "FirstName": "No", "LastName": "Address", "IsDeleted": false, "SystemModstamp": "2026-10-04T10:15:00Z"}`)
	// Betty has gone.
	p.sample("zoom/webinar_registrants.ndjson",
		`{"id": "r-1", "email": "diana.prince@rainshield.example", "first_name": "Diana", "last_name": "Prince"}`,
		`{"id": "r-2", "email": "barry.allen@rainshield.example", "first_name": "Barry", "last_name": "Allen"}`)
	plan := p.apply()
	assert.Equal(t, deploy.Effect{RowsIn: 7, RowsOut: 3, Merged: 3, Dropped: 1}, effectOf(t, plan, people))
	assert.Equal(t, deploy.Effect{RowsIn: 3, RowsOut: 3, Changed: 1, Removed: 1, Unchanged: 2, ChangedFields: []deploy.Count{{Name: "LNAME", N: 1}}}, effectOf(t, plan, newsletter))
	assert.Equal(t, deploy.Disruptive, plan.Change(newsletter).Risk)
	assert.Equal(t, []string{four[0], strings.Replace(four[2], `"Prince"`, `"Trevor"`, 1), four[3]}, p.members("mailchimp.newsletter"))
	events := p.events("mailchimp.newsletter")
	require.Len(t, events, len(before)+2)
	assert.Equal(t, "remove", events[4].Event)
	assert.Equal(t, "archive", events[4].How)
	assert.JSONEq(t, `{"email_address":"betty.rubble@rainshield.example"}`, string(events[4].Key))
	assert.Equal(t, "update", events[5].Event)
	assert.JSONEq(t, `{"LNAME":"Trevor"}`, string(events[5].Set))
	assert.EqualValues(t, 6, events[5].Seq)
	p.quiet()
}

// A new address in capitals and with a blank at its end is one new member.
func TestAddressIsBroughtIntoItsNormalForm(t *testing.T) {
	p := newProject(t, "rain-shield")
	p.apply()
	p.sample("zoom/webinar_registrants.ndjson", p.lines(p.dir + "/samples/zoom/webinar_registrants.ndjson")[0],
		p.lines(p.dir + "/samples/zoom/webinar_registrants.ndjson")[1], p.lines(p.dir + "/samples/zoom/webinar_registrants.ndjson")[2],
		`{"id": "r-9", "email": " WILMA@RainShield.example ", "first_name": "Wilma", "last_name": "Flint"}`)
	plan := p.apply()
	assert.Equal(t, deploy.Effect{RowsIn: 5, RowsOut: 5, Created: 1, Unchanged: 4}, effectOf(t, plan, newsletter))
	assert.Contains(t, p.members("mailchimp.newsletter"), `{"email_address":"wilma@rainshield.example","FNAME":"Wilma","LNAME":"Flint"}`)
	p.quiet()
}

// The other templates, with models in SQL, JSON, tests and more than one sync.
func TestTemplates(t *testing.T) {
	t.Run("support and payments", func(t *testing.T) {
		p := newProject(t, "support-and-payments")
		p.apply()
		assert.Equal(t, []string{
			`{"Email":"grace.hopkins@client.example","FirstName":"Grace","LastName":"Hopkins","Lifetime_Value__c":160.00,"Open_Tickets__c":1,"Payments__c":2}`,
			`{"Email":"omar.haddad@client.example","FirstName":"Omar","LastName":"Al Haddad","Lifetime_Value__c":100.00,"Open_Tickets__c":1,"Payments__c":2}`,
		}, p.members("salesforce.contacts"))
		p.quiet()
	})
	t.Run("product and forms", func(t *testing.T) {
		p := newProject(t, "product-and-forms")
		p.apply()
		for _, id := range []string{"newsletter", "customers", "large_gardens"} {
			for _, line := range p.members("mailchimp." + id) {
				assert.True(t, json.Valid([]byte(line)), line)
			}
		}
		assert.Contains(t, p.members("mailchimp.newsletter"), `{"email_address":"yuki.tanaka@garden.example","FNAME":"Yuki Tanaka","LANGUAGE":"ja"}`)
		assert.Equal(t, []string{`{"email_address":"tom.baker@garden.example"}`}, p.members("mailchimp.large_gardens"))
		p.quiet()
	})
	t.Run("blank", func(t *testing.T) {
		p := newProject(t, "blank")
		p.apply()
		assert.Len(t, p.members("mailchimp.newsletter"), 3)
		p.quiet()
	})
}
