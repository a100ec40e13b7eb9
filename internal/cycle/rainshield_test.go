//go:build cgo

package cycle

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

const (
	contactsFile    = "samples/salesforce/Contact.ndjson"
	registrantsFile = "samples/zoom/webinar_registrants.ndjson"
	newsletter      = "local:sync:mailchimp.newsletter"
	people          = "local:model:people"
)

// contact and registrant are the sample rows; nil is NULL.
type contact struct {
	Id             string
	Email          *string `json:"Email"`
	FirstName      string
	LastName       string
	IsDeleted      bool
	SystemModstamp string
}

type registrant struct {
	ID        string  `json:"id"`
	Email     *string `json:"email"`
	FirstName string  `json:"first_name"`
	LastName  string  `json:"last_name"`
}

// member is what Mailchimp gets.
type member struct{ Email, First, Last string }

// merged is the rule of the model in plain Go: contacts first, newest first, then
// registrants by id; the first row of an address wins; no address, no member.
func merged(contacts []contact, registrants []registrant) (out map[string]member, dropped, double int) {
	contacts, registrants = slices.Clone(contacts), slices.Clone(registrants)
	slices.SortFunc(contacts, func(a, b contact) int {
		return cmp.Or(-strings.Compare(a.SystemModstamp, b.SystemModstamp), strings.Compare(a.Id, b.Id))
	})
	slices.SortFunc(registrants, func(a, b registrant) int { return strings.Compare(a.ID, b.ID) })
	out = map[string]member{}
	add := func(email *string, first, last string) {
		if email == nil || strings.TrimSpace(*email) == "" {
			dropped++
			return
		}
		key := strings.ToLower(strings.TrimSpace(*email))
		if _, ok := out[key]; ok {
			double++
			return
		}
		out[key] = member{key, first, last}
	}
	for _, c := range contacts {
		if !c.IsDeleted {
			add(c.Email, c.FirstName, c.LastName)
		}
	}
	for _, r := range registrants {
		add(r.Email, r.FirstName, r.LastName)
	}
	return out, dropped, double
}

// difference counts members by what happens to them.
func difference(before, after map[string]member) (created, changed, removed, same int) {
	for key, m := range after {
		was, ok := before[key]
		switch {
		case !ok:
			created++
		case was != m:
			changed++
		default:
			same++
		}
	}
	for key := range before {
		if _, ok := after[key]; !ok {
			removed++
		}
	}
	return created, changed, removed, same
}

func readLines[T any](t testing.TB, text string) []T {
	t.Helper()
	var out []T
	for line := range strings.Lines(text) {
		var v T
		require.NoError(t, json.Unmarshal([]byte(line), &v), line)
		out = append(out, v)
	}
	return out
}

func writeLines[T any](t testing.TB, rows []T) string {
	t.Helper()
	var b strings.Builder
	for _, r := range rows {
		data, err := json.Marshal(r)
		require.NoError(t, err)
		b.Write(append(data, '\n'))
	}
	return b.String()
}

// outbox reads the members that were sent.
func (p *project) outbox(t testing.TB) map[string]member {
	t.Helper()
	out := map[string]member{}
	for _, m := range readLines[struct {
		Email string `json:"email_address"`
		First string `json:"FNAME"`
		Last  string `json:"LNAME"`
	}](t, p.read(t, ".tapestry/production/outbox/mailchimp/newsletter.ndjson")) {
		require.NotContains(t, out, m.Email, "a member twice")
		out[m.Email] = member(m)
	}
	return out
}

func effectOf(t testing.TB, plan *deploy.Plan, id string) deploy.Effect {
	t.Helper()
	c := plan.Change(id)
	require.NotNil(t, c, "%s is not in the plan", id)
	require.NotNil(t, c.Effect)
	return *c.Effect
}

func text(s string) *string { return &s }

// The round of the README: one row changes, one goes, one comes with an address
// in capitals and a blank behind it, one comes without an address.
func TestRainShieldRound(t *testing.T) {
	for name, c := range map[string]struct {
		address string
		created int
	}{
		"a new address":                     {"MAX.MUSTER@RAINSHIELD.EXAMPLE ", 1},
		"an address that is there":          {"BETTY.RUBBLE@RAINSHIELD.EXAMPLE ", 0},
		"the address of the row that went":  {"JACK.ROGERS@RAINSHIELD.EXAMPLE ", 0},
		"an address with a tab in front":    {"\tMax.Muster@rainshield.example", 1},
		"an address with letters of abroad": {"MÜLLER@RAINSHIELD.EXAMPLE ", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			round(t, c.address, c.created)
		})
	}
}

func round(t *testing.T, address string, created int) {
	p := rainShield(t)
	p.mustApply(t)
	contacts, registrants := readLines[contact](t, p.read(t, contactsFile)), readLines[registrant](t, p.read(t, registrantsFile))
	before, _, _ := merged(contacts, registrants)
	require.Equal(t, before, p.outbox(t))
	require.Len(t, before, 4)

	contacts[0].FirstName = "Diane"                                                               // changed
	contacts = slices.DeleteFunc(contacts, func(c contact) bool { return c.FirstName == "Jack" }) // gone
	registrants = append(registrants, registrant{"r-8", text(address), "Max", "Muster"}, registrant{"r-9", nil, "No", "Address"})
	p.write(t, contactsFile, writeLines(t, contacts))
	p.write(t, registrantsFile, writeLines(t, registrants))
	after, dropped, double := merged(contacts, registrants)
	wantCreated, wantChanged, wantRemoved, same := difference(before, after)
	require.Equal(t, created, wantCreated)

	plan := p.mustPlan(t)
	e := effectOf(t, plan, newsletter)
	assert.Equal(t, [4]int{wantCreated, wantChanged, wantRemoved, same}, [4]int{e.Created, e.Changed, e.Removed, e.Unchanged})
	m := effectOf(t, plan, people)
	assert.Equal(t, [4]int{len(contacts) + len(registrants), len(after), double, dropped}, [4]int{m.RowsIn, m.RowsOut, m.Merged, m.Dropped})
	assert.Equal(t, 1, m.Dropped)

	p.mustApply(t)
	assert.Equal(t, after, p.outbox(t))
	assert.True(t, p.mustPlan(t).Empty())
	if address != "JACK.ROGERS@RAINSHIELD.EXAMPLE " {
		assert.Equal(t, [2]int{1, 1}, [2]int{e.Changed, e.Removed}, "exactly one changed, one removed")
	}
}

// The same with rows by chance: many rounds over few addresses, so that every
// way in which rows can meet comes up.
func TestManyRounds(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 4))
	p := rainShield(t)
	p.edit(t, "max_removals: 50%", "max_removals: 100%", "min_rows: 1", "min_rows: 0")
	before := map[string]member{}
	rounds := 25
	if testing.Short() {
		rounds = 4
	}
	for n := range rounds {
		contacts, registrants := somePeople(r)
		p.write(t, contactsFile, writeLines(t, contacts))
		p.write(t, registrantsFile, writeLines(t, registrants))
		after, dropped, double := merged(contacts, registrants)
		created, changed, removed, same := difference(before, after)
		plan := p.mustApply(t)
		if c := plan.Change(newsletter); c != nil {
			e := c.Effect
			assert.Equal(t, [4]int{created, changed, removed, same}, [4]int{e.Created, e.Changed, e.Removed, e.Unchanged}, "round %d", n)
		} else {
			assert.Zero(t, created+changed+removed, "round %d", n)
		}
		if c := plan.Change(people); c != nil {
			assert.Equal(t, [2]int{double, dropped}, [2]int{c.Effect.Merged, c.Effect.Dropped}, "round %d", n)
		}
		require.Equal(t, after, p.outbox(t), "round %d", n)
		require.True(t, p.mustPlan(t).Empty(), "round %d", n)
		before = after
	}
	events := readLines[map[string]any](t, p.read(t, ".tapestry/production/outbox/mailchimp/newsletter.events.ndjson"))
	assert.Equal(t, before, replay(t, events), "the log gives the members again")
	for i, e := range events {
		assert.EqualValues(t, i+1, e["seq"])
	}
}

// replay makes the members out of the log alone.
func replay(t *testing.T, events []map[string]any) map[string]member {
	t.Helper()
	out := map[string]member{}
	for _, e := range events {
		key := e["key"].(map[string]any)["email_address"].(string)
		set, _ := e["set"].(map[string]any)
		m, there := out[key]
		switch e["event"] {
		case "create":
			require.False(t, there, "created twice")
			m = member{Email: key}
		case "remove":
			require.True(t, there, "removed without being there")
			delete(out, key)
			continue
		}
		if v, ok := set["FNAME"].(string); ok {
			m.First = v
		}
		if v, ok := set["LNAME"].(string); ok {
			m.Last = v
		}
		out[key] = m
	}
	return out
}

// somePeople gives rows over few addresses, in any case, with blanks, or none.
func somePeople(r *rand.Rand) ([]contact, []registrant) {
	address := func() *string {
		base := fmt.Sprintf("p%d@rainshield.example", r.IntN(6))
		switch r.IntN(8) {
		case 0:
			return nil
		case 1:
			return text("  ")
		case 2:
			return text("")
		case 3:
			return text(strings.ToUpper(base) + " ")
		case 4:
			return text("\t" + base + "\n")
		}
		return text(base)
	}
	name := func() string { return []string{"Ann", "Bo", "Cy", "O'Neil", `"Q"`}[r.IntN(5)] }
	var contacts []contact
	for i := range r.IntN(8) {
		contacts = append(contacts, contact{fmt.Sprintf("c%d", i), address(), name(), name(), r.IntN(5) == 0,
			fmt.Sprintf("2026-10-%02dT00:00:00Z", 1+r.IntN(3))})
	}
	var registrants []registrant
	for i := range r.IntN(8) {
		registrants = append(registrants, registrant{fmt.Sprintf("r%d", i), address(), name(), name()})
	}
	return contacts, registrants
}

// However keys, streams and rows are put, the plan is the same to the byte.
func TestRowsInAnyOrder(t *testing.T) {
	p := rainShield(t)
	want := p.mustPlan(t).Digest
	contacts, registrants := p.read(t, contactsFile), p.read(t, registrantsFile)
	r := rand.New(rand.NewPCG(1, 1))
	for range 5 {
		p.write(t, contactsFile, shuffledLines(r, contacts))
		p.write(t, registrantsFile, shuffledLines(r, registrants))
		require.Equal(t, want, p.mustPlan(t).Digest)
	}
	p.mustApply(t)
	p.write(t, contactsFile, shuffledLines(r, contacts))
	require.True(t, p.mustPlan(t).Empty())
	p.edit(t, "version: 1\n", "\n\n# moved\nversion: 1\n")
	require.True(t, p.mustPlan(t).Empty(), "lines do not count")
}

// A checkout with CRLF gives the same plan (C6).
func TestLineEndings(t *testing.T) {
	p := rainShield(t)
	want := p.mustPlan(t)
	for _, name := range []string{"tapestry.yaml", contactsFile, registrantsFile} {
		p.write(t, name, strings.ReplaceAll(p.read(t, name), "\n", "\r\n"))
	}
	assert.Equal(t, want.Digest, p.mustPlan(t).Digest)
}

func shuffledLines(r *rand.Rand, text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	return strings.Join(lines, "\n") + "\n"
}
