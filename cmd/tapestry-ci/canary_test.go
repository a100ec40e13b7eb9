package main

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The canaries are in every value of the samples. No command may print one, and
// no file but the warehouse and the outbox may hold one, whatever goes wrong.
const (
	canary = "kanarienvogel"
	secret = "geheimnisvoll" // value of every ${secret.X}
)

// birds are a sample with canaries everywhere, also where they do not fit.
func birds(n int) (contacts, registrants string) {
	var c, r strings.Builder
	for i := range n {
		fmt.Fprintf(&c, `{"Id": "%[1]s-id-%[2]d", "Email": "%[1]s%[2]d@x.example", "FirstName": "%[1]s", "LastName": "%[1]s", "IsDeleted": "%[1]s", "SystemModstamp": "%[1]s"}`+"\n", canary, i)
		fmt.Fprintf(&r, `{"id": "%[1]s-r-%[2]d", "email": "%[1]s%[2]d", "first_name": "%[1]s", "last_name": {"%[1]s": 1}, "%[1]s": 1}`+"\n", canary, i)
	}
	return c.String(), r.String()
}

type cage struct {
	t     *testing.T
	dir   string
	heard []string
}

// says runs a command and keeps what it prints.
func (c *cage) says(args ...string) said {
	c.t.Helper()
	args = append([]string{args[0], c.dir}, args[1:]...)
	cmd := command(c.t, args...)
	cmd.Env = append(bare(), "MAILCHIMP_API_KEY="+secret, "ZOOM_CLIENT_SECRET="+secret, "SF_CLIENT_SECRET="+secret, "SF_REFRESH_TOKEN="+secret)
	out, err := cmd.CombinedOutput()
	code := cmd.ProcessState.ExitCode()
	c.heard = append(c.heard, strings.Join(args, " "))
	quiet(c.t, strings.Join(args, " "), string(out))
	_ = err
	return said{code: code, out: string(out)}
}

// all runs every command that prints something of a plan.
func (c *cage) all() {
	c.t.Helper()
	for _, format := range []string{"text", "json", "markdown"} {
		c.says("plan", "--format", format)
		c.says("destroy", "--plan", "--format", format)
	}
	c.says("plan", "--out", filepath.Join(c.dir, "plan.json"))
	c.says("apply", "--plan", filepath.Join(c.dir, "plan.json"))
	c.says("apply")
	for _, verb := range []string{"status", "history"} {
		c.says(verb)
		c.says(verb, "--format", "json")
	}
}

func quiet(t *testing.T, where, text string) {
	t.Helper()
	low := strings.ToLower(text)
	for _, word := range []string{canary, secret} {
		assert.NotContains(t, low, word, where)
		for shift := range 3 { // whatever comes before it
			code := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + word))
			assert.NotContains(t, text, code[4:len(code)-4], where)
		}
	}
}

// TestNoPersonalDataIsSaid goes through everything that can happen to rows.
func TestNoPersonalDataIsSaid(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute")
	}
	c := &cage{t: t, dir: shop(t)}
	at := func(name string) string { return filepath.Join(c.dir, filepath.FromSlash(name)) }
	yaml := get(t, at("tapestry.yaml"))
	contacts, registrants := birds(3)
	put(t, at("samples/salesforce/Contact.ndjson"), contacts)
	put(t, at("samples/zoom/webinar_registrants.ndjson"), strings.ReplaceAll(registrants, `, "`+canary+`": 1`, ""))
	c.all()
	require.Contains(t, get(t, at(".tapestry/production/outbox/mailchimp/newsletter.ndjson")), canary, "there is something to be said")

	contacts, _ = birds(2) // changes and removals
	put(t, at("samples/salesforce/Contact.ndjson"), strings.ReplaceAll(contacts, `"FirstName": "`, `"FirstName": "Neuer `))
	c.all()

	for name, broken := range map[string]string{
		"no JSON":             `{"Id": "` + canary + `", "Email": ` + canary + "\n",
		"no object":           `"` + canary + `"` + "\n",
		"a torn line":         `{"Id": "1"}` + "\n" + `{"Id": "` + canary,
		"the same key twice":  `{"Id": "1", "Id": "` + canary + `"}` + "\n",
		"a line of megabytes": `{"Id": "` + strings.Repeat(canary, 200000) + `"}` + "\n",
	} {
		t.Log(name)
		put(t, at("samples/salesforce/Contact.ndjson"), broken)
		c.says("plan")
		c.says("apply")
	}
	require.NoError(t, os.Remove(at("samples/salesforce/Contact.ndjson")))
	put(t, at("samples/salesforce/Contact.csv"), "Id,Email\n1,\""+canary+"\n")
	c.says("plan")
	put(t, at("samples/salesforce/Contact.csv"), "Id,Email\n"+canary+","+canary+","+canary+"\n")
	c.says("plan")
	require.NoError(t, os.Remove(at("samples/salesforce/Contact.csv")))
	put(t, at("samples/salesforce/Contact.ndjson"), contacts)

	// SQL that fails on a row, a test that finds one, and a segment that cannot be.
	for _, model := range []string{
		"select email, cast(first_name as integer) as n from {{ ref('people') }}",
		"select email, error(first_name) as n from {{ ref('people') }}",
		"select email, 1 / 0 as n, nosuch from {{ ref('people') }}",
		"select lower(email) as email, strptime(first_name, '%Y') as n from {{ ref('people') }}",
	} {
		put(t, at("models/odd.sql"), model+"\n")
		put(t, at("tapestry.yaml"), strings.Replace(yaml, "\ndestinations:\n", "\n  odd:\n    sql: models/odd.sql\n    unique_by: email\n    columns: {email: email, n: text}\n"+
			"    data_tests: {n: [not_null, {accepted_values: [a]}]}\n\ndestinations:\n", 1))
		c.all()
	}
	put(t, at("tapestry.yaml"), strings.Replace(yaml, "        mode: mirror\n", "        mode: mirror\n        where: cast(first_name as integer) > 1\n", 1))
	c.all()
	put(t, at("tapestry.yaml"), strings.Replace(yaml, "    data_tests: {email: [not_null, unique]}\n", "    data_tests: {email: [not_null, unique], first_name: [unique, {accepted_values: [a]}]}\n", 1))
	c.all()

	// Somebody changed the outbox.
	put(t, at("tapestry.yaml"), yaml)
	c.says("apply")
	members := get(t, at(".tapestry/production/outbox/mailchimp/newsletter.ndjson"))
	put(t, at(".tapestry/production/outbox/mailchimp/newsletter.ndjson"), members+members)
	c.all()
	put(t, at(".tapestry/production/outbox/mailchimp/newsletter.ndjson"), members+"{"+canary+"\n")
	c.all()
	put(t, at(".tapestry/production/outbox/mailchimp/newsletter.ndjson"), members)
	put(t, at(".tapestry/production/outbox/mailchimp/newsletter.events.ndjson"), canary+"\n")
	c.all()
	c.says("destroy")
	c.says("destroy", "--purge", "mailchimp.newsletter", "--purge", "warehouse")

	c.quietFiles()
	t.Logf("%d commands said nothing", len(c.heard))
}

// quietFiles looks into every file but those that are there to hold the data.
func (c *cage) quietFiles() {
	require.NoError(c.t, filepath.WalkDir(c.dir, func(path string, e fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(c.dir, path)
		if err != nil || e.IsDir() || strings.HasPrefix(rel, "samples") || strings.Contains(rel, "warehouse.duckdb") || strings.Contains(rel, "outbox") {
			return err
		}
		quiet(c.t, rel, get(c.t, path))
		return nil
	}))
}
