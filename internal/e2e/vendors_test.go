package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	fakesalesforce "github.com/tapestry-ci/tapestry-ci/internal/fake/salesforce"
	fakezoom "github.com/tapestry-ci/tapestry-ci/internal/fake/zoom"
)

// contact is one of Salesforce, registrant one of Zoom's webinar.
func contact(id, email, first, last string) fakesalesforce.Record {
	return fakesalesforce.Record{"Id": id, "Email": email, "FirstName": first, "LastName": last, "IsDeleted": false}
}

func registrant(id, email, first, last string) fakezoom.Record {
	return fakezoom.Record{"id": id, "email": email, "first_name": first, "last_name": last}
}

// wrote puts a contact into Salesforce, or changes the one of that id.
func (w *world) wrote(c fakesalesforce.Record) {
	known := func(r fakesalesforce.Record) bool { return r["Id"] == c["Id"] }
	if slices.ContainsFunc(w.salesforce.Records("Contact"), known) {
		w.salesforce.Update("Contact", c["Id"].(string), c)
		return
	}
	w.salesforce.Insert("Contact", c)
}

// registered puts a registrant into Zoom, or changes the one of that id.
func (w *world) registered(r fakezoom.Record) {
	known := func(o fakezoom.Record) bool { return o["id"] == r["id"] }
	if slices.ContainsFunc(w.zoom.Registrants(), known) {
		w.zoom.Change(r["id"].(string), r)
		return
	}
	w.zoom.Register(fakezoom.Webinar, r)
}

// nobodyRegistered takes all registrants out of Zoom.
func (w *world) nobodyRegistered() {
	for _, r := range w.zoom.Registrants() {
		w.zoom.Remove(r["id"].(string))
	}
}

// rainShield is a lane over the example as it stands in the repository, with its
// people.
func rainShield(t testing.TB, name string) *lane {
	t.Helper()
	l := newLane(t, name, example, "mailchimp_newsletter_schedule")
	for _, r := range []fakezoom.Record{registrant("r-1", "diana.prince@rainshield.example", "Diana", "Prince"), registrant("r-2", "barry.allen@rainshield.example", "Barry", "Allen"),
		registrant("r-3", "betty.rubble@rainshield.example", "Betty", "Rubble")} {
		l.registered(r)
	}
	l.wrote(contact("003A1", "Diana.Prince@rainshield.example", "Diana", "Prince"))
	l.wrote(contact("003A2", "BARRY.ALLEN@rainshield.example ", "Bartholomew", "Allen"))
	l.wrote(contact("003A3", "jack.rogers@rainshield.example", "Jack", "Rogers"))
	return l
}

// samples writes what the sources hold as files, for the local target.
func (w *world) samples(dir string) {
	w.t.Helper()
	for file, s := range map[string]struct {
		records []map[string]any
		columns []string
	}{
		"salesforce/Contact.ndjson":       {w.salesforce.Records("Contact"), []string{"Id", "Email", "FirstName", "LastName", "IsDeleted", "SystemModstamp"}},
		"zoom/webinar_registrants.ndjson": {w.zoom.Registrants(), []string{"id", "email", "first_name", "last_name"}},
	} {
		var b strings.Builder
		for _, r := range s.records {
			maps.DeleteFunc(r, func(name string, _ any) bool { return !slices.Contains(s.columns, name) })
			data, err := json.Marshal(r)
			require.NoError(w.t, err)
			b.Write(append(data, '\n'))
		}
		path := filepath.Join(dir, "samples", filepath.FromSlash(file))
		require.NoError(w.t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(w.t, os.WriteFile(path, []byte(b.String()), 0o644))
	}
}
