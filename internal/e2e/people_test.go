package e2e

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	fakemailchimp "github.com/tapestry-ci/tapestry-ci/internal/fake/mailchimp"
)

// The four of the example.
const (
	barry = "barry.allen@rainshield.example | Bartholomew | Allen | newsletter"
	betty = "betty.rubble@rainshield.example | Betty | Rubble | newsletter"
	diana = "diana.prince@rainshield.example | Diana | Prince | newsletter"
	jack  = "jack.rogers@rainshield.example | Jack | Rogers | newsletter"
)

func created(emails ...string) []string {
	var out []string
	for _, e := range emails {
		out = append(out, "POST "+e, "TAGS "+e+" +newsletter")
	}
	return out
}

// lifeOfAnAudience is what happens to people of two sources. Barry is in both of
// them, in other case and with a space.
func lifeOfAnAudience() []round {
	jackSmith := "jack.rogers@rainshield.example | Jack | Rogers-Smith | newsletter"
	return []round{
		{name: "first load", members: []string{barry, betty, diana, jack},
			writes: created("barry.allen@rainshield.example", "betty.rubble@rainshield.example", "diana.prince@rainshield.example", "jack.rogers@rainshield.example")},
		{name: "nothing changed", members: []string{barry, betty, diana, jack}},
		{name: "a name changed", members: []string{barry, betty, diana, jackSmith}, writes: []string{"PUT jack.rogers@rainshield.example"},
			change: func(l *lane) { l.wrote(contact("003A3", "jack.rogers@rainshield.example", "Jack", "Rogers-Smith")) }},
		{name: "a contact deleted", members: []string{barry, betty, diana}, writes: []string{"DELETE jack.rogers@rainshield.example"},
			change: func(l *lane) {
				c := contact("003A3", "jack.rogers@rainshield.example", "Jack", "Rogers-Smith")
				c["IsDeleted"] = true
				l.wrote(c)
			},
			after: func(l *lane) { require.Equal(l.t, fakemailchimp.Archived, l.status("jack.rogers@rainshield.example")) }},
		{name: "the contact comes back", members: []string{barry, betty, diana, jackSmith}, writes: created("jack.rogers@rainshield.example"),
			change: func(l *lane) { l.wrote(contact("003A3", "jack.rogers@rainshield.example", "Jack", "Rogers-Smith")) }},
		{name: "an address changed", members: []string{barry, "betty.smith@rainshield.example | Betty | Rubble | newsletter", diana, jackSmith},
			writes: append(created("betty.smith@rainshield.example"), "DELETE betty.rubble@rainshield.example"),
			change: func(l *lane) { l.registered(registrant("r-3", "betty.smith@rainshield.example", "Betty", "Rubble")) }},
		{name: "each program killed at its work", dies: dying(),
			members: []string{barry, "betty.smith@rainshield.example | Betty | Smith | newsletter", diana, jackSmith},
			writes:  slices.Repeat([]string{"PUT betty.smith@rainshield.example"}, len(dying())-1),
			change:  func(l *lane) { l.registered(registrant("r-3", "betty.smith@rainshield.example", "Betty", "Smith")) }},
	}
}

// dying are the programs that are killed. Grouparoo takes its time to find out that
// it was, and on a machine that has much else to do more than a run of all tests
// has: it is killed where TAPESTRY_E2E_KILLS is set, as make e2e sets it.
func dying() []string {
	if os.Getenv("TAPESTRY_E2E_KILLS") == "" {
		return []string{"zoom", "dbt"}
	}
	return []string{"zoom", "dbt", "grouparoo"}
}

// status is the status of a member, whatever it is.
func (l *lane) status(email string) string {
	for _, m := range l.mailchimp.Members(l.audience) {
		if m.Email == email {
			return m.Status
		}
	}
	return ""
}

func TestRounds(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes: make e2e")
	}
	var lanes []*lane
	t.Cleanup(func() { t.Log(table(lanes)) })
	for _, c := range []struct {
		name   string
		lane   func(t testing.TB) *lane
		rounds []round
	}{
		{"people", func(t testing.TB) *lane { return rainShield(t, "people") }, lifeOfAnAudience()},
		{"odd", func(t testing.TB) *lane {
			return newLane(t, "odd", twoDestinations, "mailchimp_newsletter_schedule", "partners_everybody_schedule")
		}, oddRounds()},
		{"crowd", crowd, crowdRounds()},
	} {
		i := len(lanes)
		lanes = append(lanes, &lane{})
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			lanes[i] = c.lane(t)
			for _, r := range c.rounds {
				lanes[i].run(r)
			}
			lanes[i].end()
			if c.name == "people" {
				lanes[i].compose()
			}
		})
	}
}

// end looks at what holds over all rounds.
func (l *lane) end() {
	// At its start Grouparoo asks npm for newer versions of itself, and does without.
	require.Subset(l.t, []string{"registry.npmjs.org"}, l.proxy.Refused(), "hosts that nobody stands for")
	require.Empty(l.t, l.refused("RAIN_SHIELD_DBT"), "what Snowflake refused to dbt")
	require.Empty(l.t, l.refused("RAIN_SHIELD_GROUPAROO"), "what Snowflake refused to Grouparoo")
}
