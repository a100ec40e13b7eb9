package e2e

import (
	"net/http"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	fakemailchimp "github.com/tapestry-ci/tapestry-ci/internal/fake/mailchimp"
	fakezoom "github.com/tapestry-ci/tapestry-ci/internal/fake/zoom"
)

// The people of the second lane: most of them are known to Zoom alone, so that a
// Zoom without registrants would take away more than the guard lets through.
const (
	anne  = "anne.mueller@rainshield.example | Änne | Müller-Ōta | newsletter"
	conan = `conan@rainshield.example | Conan "Co" \ | O'Brien | newsletter`
	xiao  = "li@rainshield.example | 小龙 | 李 | newsletter"
	guest = "guest@elsewhere.example | Gerda | Guest | "
)

// odd fills the sources with what is seldom in samples: addresses that are NULL,
// empty or blank, one person in both sources in other case and with blanks, names
// with quotes, backslashes and letters from all over the world.
func odd(l *lane) {
	l.wrote(contact("003B1", "Diana.Prince@rainshield.example", "Diana", "Prince"))
	for _, r := range []fakezoom.Record{
		registrant("o-1", "anne.mueller@rainshield.example", "Änne", "Müller-Ōta"), registrant("o-2", "conan@rainshield.example", `Conan "Co" \`, "O'Brien"),
		registrant("o-3", "li@rainshield.example", "小龙", "李"), registrant("o-4", " DIANA.PRINCE@RainShield.example\t", "D.", "P."),
		registrant("o-5", "", "Empty", "Address"), registrant("o-6", "  ", "Blank", "Address"),
		{"id": "o-7", "email": nil, "first_name": "No", "last_name": "Address"}, {"id": "o-8", "first_name": "Not even", "last_name": "NULL"},
	} {
		l.registered(r)
	}
	l.mailchimp.Put(listID, fakemailchimp.Member{Email: "guest@elsewhere.example", Merge: map[string]string{"FNAME": "Gerda", "LNAME": "Guest"}})
}

func oddRounds() []round {
	everybody := []string{anne, conan, diana, guest, xiao}
	without := []string{anne, conan, guest, xiao}
	return []round{
		{name: "odd addresses and names, two destinations", change: odd, members: everybody,
			writes: created("anne.mueller@rainshield.example", "conan@rainshield.example", "diana.prince@rainshield.example", "li@rainshield.example"),
			after: func(l *lane) {
				require.Equal(l.t, "anne.mueller@rainshield.example conan@rainshield.example diana.prince@rainshield.example li@rainshield.example", l.partnersNow())
			}},
		{name: "she unsubscribes herself, her name changes", members: without, writes: []string{"PUT diana.prince@rainshield.example"},
			change: func(l *lane) {
				l.mailchimp.Unsubscribe(listID, "diana.prince@rainshield.example")
				l.wrote(contact("003B1", "Diana.Prince@rainshield.example", "Diana", "Trevor"))
			},
			after: func(l *lane) {
				require.Equal(l.t, fakemailchimp.Unsubscribed, l.status("diana.prince@rainshield.example"))
			}},
		{name: "one source answers 500, one does not answer", broken: []string{"salesforce", "zoom"}, members: without,
			change: func(l *lane) {
				l.salesforce.Fault(fault.Rule{Do: fault.Cut, Times: -1})
				l.zoom.Fault(fault.Rule{Operation: "GET registrants", Do: fault.Refuse, Status: http.StatusInternalServerError, Times: -1})
			}},
		{name: "a source answers that it has nobody", stopped: []string{"guard_mailchimp__newsletter"}, members: without,
			change: func(l *lane) {
				l.salesforce.Reset()
				l.zoom.Reset()
				l.nobodyRegistered()
			}},
		{name: "somebody leaves the model", members: []string{conan, guest, xiao}, writes: []string{"DELETE anne.mueller@rainshield.example"},
			change: func(l *lane) {
				odd(l)
				l.wrote(contact("003B1", "Diana.Prince@rainshield.example", "Diana", "Trevor"))
				l.zoom.Remove("o-1")
			},
			after: func(l *lane) {
				require.Contains(l.t, l.partnersNow(), "anne.mueller@rainshield.example", "mode upsert takes nobody away")
			}},
	}
}

// partnersNow are the subscribed members of the second destination.
func (l *lane) partnersNow() string {
	var out []string
	for _, m := range l.partners.Members(partnersID) {
		if m.Status == fakemailchimp.Subscribed {
			out = append(out, m.Email)
		}
	}
	return strings.Join(out, " ")
}
