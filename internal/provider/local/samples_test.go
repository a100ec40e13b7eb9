//go:build cgo

package local

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

var contactTable = table{names: []string{"Id", "Email", "FirstName", "LastName", "IsDeleted", "SystemModstamp"}, rows: [][]any{
	{"1", "a@x.example", "Ann", nil, nil, "2026-10-01T08:00:00Z"}, {"2", "B@x.example ", "", "Zed", "false", nil},
	{"3", "a@x.example", "Ann", "Old", "true", "2026-10-01T08:00:01.5+02:00"}, {"4", nil, `q"u,o` + "\nte", `\`, "false", "2026-10-01T08:00:00Z"},
	{"4", nil, `q"u,o` + "\nte", `\`, "false", "2026-10-01T08:00:00Z"}}}

// The order of rows and the format of the file change nothing.
func TestOrderAndFormatOfSamples(t *testing.T) {
	p := newProject(t, "rain-shield")
	p.edit("min_rows: 1", "min_rows: 0")
	r := rand.New(rand.NewPCG(7, 7))
	var first *deploy.Plan
	for _, format := range append(formats, formats...) {
		contactTable.write(t, p, "salesforce/Contact", format, r)
		plan := p.plan()
		if first == nil {
			first = plan
			continue
		}
		require.Equal(t, pretty(first), pretty(plan), format)
	}
	require.NoError(t, p.tryApply(first))
	for _, format := range formats {
		contactTable.write(t, p, "salesforce/Contact", format, r)
		p.quiet()
	}
}

// JSON within a row is the same from every format.
func TestJSONOfSamples(t *testing.T) {
	p := newProject(t, "product-and-forms")
	p.apply()
	base := filepath.Join(p.dir, "samples", "forms", "responses")
	lines := p.lines(base + ".ndjson")
	require.NoError(t, os.Remove(base+".ndjson"))
	require.NoError(t, os.WriteFile(base+".json", []byte("[\n"+strings.Join(lines, ",\n  ")+"]"), 0o644))
	p.quiet()
	require.NoError(t, os.Remove(base+".json"))
	csv := "hidden,response_id,form_id,submitted_at\n"
	for _, line := range lines {
		m := members(line)
		csv += `"` + strings.ReplaceAll(string(m["hidden"]), `"`, `""`) + `",` + shown(m["response_id"]) + "," + shown(m["form_id"]) + "," + shown(m["submitted_at"]) + "\n"
	}
	require.NoError(t, os.WriteFile(base+".csv", []byte(csv), 0o644))
	p.quiet()
}

func TestNotesOnSamples(t *testing.T) {
	for _, c := range []struct {
		name, file string
		lines      []string
		notes      []string
	}{
		{"a column is missing", "zoom/webinar_registrants.ndjson", []string{`{"id": "1", "email": "a@x.example", "first_name": "A"}`},
			[]string{"samples/zoom/webinar_registrants.ndjson has no column last_name, so it is NULL in every row"}},
		{"null is not missing", "zoom/webinar_registrants.ndjson", []string{`{"id": "1", "email": "a@x.example", "first_name": "A", "last_name": null}`}, nil},
		{"in another case", "zoom/webinar_registrants.ndjson", []string{`{"id": "1", "Email": "a@x.example", "first_name": "A", "last_name": "B"}`},
			[]string{"samples/zoom/webinar_registrants.ndjson has no column email, so it is NULL in every row", "samples/zoom/webinar_registrants.ndjson has the column Email, which zoom.webinar_registrants does not declare; it is left out"}},
		{"too many columns", "zoom/webinar_registrants.csv", []string{"id,email,first_name,last_name,phone,age", "1,a@x.example,A,B,1,2"},
			[]string{"samples/zoom/webinar_registrants.csv has the column age, phone, which zoom.webinar_registrants does not declare; it is left out"}},
		{"a header only", "zoom/webinar_registrants.csv", []string{"id,email,first_name"}, []string{"samples/zoom/webinar_registrants.csv has no column last_name, so it is NULL in every row"}},
		{"nothing at all", "zoom/webinar_registrants.ndjson", nil, nil},
		{"values that do not fit", "salesforce/Contact.ndjson", []string{
			`{"Id": "1", "Email": "a@x.example", "FirstName": "A", "LastName": "B", "IsDeleted": false, "SystemModstamp": null}`,
			`{"Id": "2", "Email": "b@x.example", "FirstName": "A", "LastName": "B", "IsDeleted": "secretly", "SystemModstamp": "2026-10-01"}`,
			`{"Id": "3", "Email": "c@x.example", "FirstName": "A", "LastName": "B", "IsDeleted": {"a": 1}, "SystemModstamp": "yesterday"}`},
			[]string{"samples/salesforce/Contact.ndjson: 2 values, the first in row 2, are no boolean in column IsDeleted and become NULL",
				"samples/salesforce/Contact.ndjson: 1 value, the first in row 3, are no timestamp in column SystemModstamp and become NULL"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProject(t, "rain-shield")
			p.edit("min_rows: 1", "min_rows: 0")
			stem, _, _ := strings.Cut(c.file, ".")
			require.NoError(t, os.Remove(filepath.Join(p.dir, "samples", stem+".ndjson")))
			p.sample(c.file, c.lines...)
			plan := p.apply()
			assert.Equal(t, c.notes, plan.Notes)
			p.quiet()
		})
	}
}

func TestMetaSaysWhatWasNulled(t *testing.T) {
	p := newProject(t, "rain-shield")
	p.sample("salesforce/Contact.ndjson", `{"Id": "1", "Email": "a@x.example", "FirstName": "A", "LastName": "B", "IsDeleted": "no!", "SystemModstamp": "x"}`)
	p.apply()
	rows := p.query("select _AIRBYTE_META from RAW_SALESFORCE.CONTACT")
	assert.Equal(t, []string{`{"changes":[{"change":"NULLED","field":"IsDeleted","reason":"DESTINATION_SERIALIZATION_ERROR"},{"change":"NULLED","field":"SystemModstamp","reason":"DESTINATION_SERIALIZATION_ERROR"}]}`}, rows)
}

func TestBrokenSamples(t *testing.T) {
	for _, c := range []struct{ name, file, content, want string }{
		{"no JSON", "zoom/webinar_registrants.ndjson", "{\"id\": \"1\"}\n{\"email\": canary@x.example\n", "samples/zoom/webinar_registrants.ndjson: line 2 is no JSON object"},
		{"no object", "zoom/webinar_registrants.ndjson", "{\"id\": \"1\"}\n[\"canary@x.example\"]\n", "samples/zoom/webinar_registrants.ndjson: line 2 is no JSON object"},
		{"cut off", "zoom/webinar_registrants.json", "[{\"id\": \"1\", \"email\": \"canary@x.example\"},", "samples/zoom/webinar_registrants.json: the list has no end"},
		{"no list", "zoom/webinar_registrants.json", "[{\"id\": canary@x.example]", "samples/zoom/webinar_registrants.json: something in the file is no JSON object"},
		{"ragged CSV", "zoom/webinar_registrants.csv", "id,email\n1,canary@x.example,3\n", "samples/zoom/webinar_registrants.csv: line 2 is no row of RFC 4180"},
		{"two columns of one name", "zoom/webinar_registrants.csv", "id,id\n1,canary@x.example\n", `samples/zoom/webinar_registrants.csv: two columns are called "id"`},
		{"no Parquet", "zoom/webinar_registrants.parquet", "canary@x.example", "samples/zoom/webinar_registrants.parquet: something in the file is no Parquet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProject(t, "rain-shield")
			require.NoError(t, os.Remove(filepath.Join(p.dir, "samples", "zoom", "webinar_registrants.ndjson")))
			require.NoError(t, os.WriteFile(filepath.Join(p.dir, "samples", filepath.FromSlash(c.file)), []byte(c.content), 0o644))
			_, err := p.tryPlan()
			require.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), "canary")
		})
	}
	p := newProject(t, "rain-shield")
	p.sample("zoom/webinar_registrants.csv", "id,email")
	_, err := p.tryPlan()
	require.ErrorContains(t, err, "samples/zoom/webinar_registrants.ndjson and samples/zoom/webinar_registrants.csv are samples of the same stream")
}

// Without samples nothing is known, nothing fails, and nothing that is there is
// touched.
func TestSamplesAreOptional(t *testing.T) {
	p := newProject(t, "rain-shield")
	p.apply()
	before := p.state()
	require.NoError(t, os.Remove(filepath.Join(p.dir, "samples", "zoom", "webinar_registrants.ndjson")))
	plan := p.apply()
	for id, reason := range map[string]string{
		"local:table:RAW_ZOOM.WEBINAR_REGISTRANTS": "there is no sample for zoom.webinar_registrants",
		people:     "it reads zoom.webinar_registrants, of which nothing is known: there is no sample for zoom.webinar_registrants",
		newsletter: "it reads people, of which nothing is known: there is no sample for zoom.webinar_registrants",
	} {
		c := plan.Change(id)
		require.NotNil(t, c, id)
		assert.Equal(t, deploy.Deferred, c.Action)
		assert.Equal(t, reason, c.Reason)
		assert.Contains(t, c.Next, "samples/zoom/webinar_registrants.ndjson")
	}
	assert.Nil(t, plan.Change(contacts))
	assert.Equal(t, before, p.state())

	require.NoError(t, os.RemoveAll(filepath.Join(p.dir, "samples")))
	plan = p.plan()
	assert.Len(t, plan.Changes, 4)
	assert.Contains(t, plan.Notes[0], "there are no samples, so nothing is known of rows")
	require.NoError(t, p.tryApply(plan))
	assert.Equal(t, before, p.state())
}

// A folder whose name DuckDB would take for a pattern.
func TestNamesThatLookLikePatterns(t *testing.T) {
	p := newProject(t, "rain-shield")
	dir := filepath.Join(t.TempDir(), "[a]*'x")
	require.NoError(t, os.CopyFS(dir, os.DirFS(p.dir)))
	p.dir = dir
	p.apply()
	assert.Equal(t, four, p.members(news))
	p.quiet()

	p.dir = filepath.Join(t.TempDir(), "what?")
	require.NoError(t, os.CopyFS(p.dir, os.DirFS(dir)))
	_, err := p.tryPlan()
	require.ErrorContains(t, err, "has a ? in its name")
}
