package langschema_test

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/decode"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

const languagePage = "../../docs/language.md"

// blocks are all maps of the language, found from the file down.
func blocks() map[string]reflect.Type {
	found := map[string]reflect.Type{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		switch {
		case t == reflect.TypeFor[source.Node]() || t == reflect.TypeFor[source.Span]():
			return
		case t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice:
			walk(t.Elem())
			return
		case t.Kind() != reflect.Struct || found[t.Name()] != nil:
			return
		}
		if m, ok := reflect.New(t).Interface().(decode.Mapping); ok {
			walk(m.Elem())
			return
		}
		for i := range t.NumField() {
			f := t.Field(i)
			if tag := f.Tag.Get("key"); tag != "" && tag != "x-*" {
				found[t.Name()] = t
				walk(f.Type)
			}
		}
	}
	walk(reflect.TypeFor[spec.File]())
	return found
}

// table documents the keys of a block from the tags of its struct.
func table(t reflect.Type) string {
	var b strings.Builder
	b.WriteString("| key | what it is | default |\n| --- | --- | --- |\n")
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		name, option, _ := strings.Cut(tag.Get("key"), ",")
		if name == "" || name == "x-*" {
			continue
		}
		about, standard := tag.Get("doc"), ""
		if def := tag.Get("default"); def != "" {
			standard = "`" + def + "`"
		}
		if option == "required" {
			standard = "required"
		}
		if words := tag.Get("enum"); words != "" {
			about += " One of `" + strings.ReplaceAll(words, "|", "`, `") + "`."
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, strings.ReplaceAll(about, "|", `\|`), standard)
	}
	return b.String()
}

var marked = regexp.MustCompile(`(?s)<!-- table: (\w+) -->\n.*?<!-- end -->`)

// The tables of the page are those of the code, and no block is left out.
func TestLanguagePageHasEveryKey(t *testing.T) {
	page, err := os.ReadFile(languagePage)
	require.NoError(t, err)
	all := blocks()
	shown := map[string]bool{}
	want := marked.ReplaceAllFunc(page, func(old []byte) []byte {
		name := string(marked.FindSubmatch(old)[1])
		shown[name] = true
		if name == "cronForm" {
			return []byte("<!-- table: cronForm -->\n" + table(spec.CronForm()) + "<!-- end -->")
		}
		if !assert.Contains(t, all, name, "no block of the language") {
			return old
		}
		return []byte("<!-- table: " + name + " -->\n" + table(all[name]) + "<!-- end -->")
	})
	for name := range all {
		assert.True(t, shown[name], "%s has no table for %s", languagePage, name)
	}
	if *update {
		require.NoError(t, os.WriteFile(languagePage, want, 0o644))
		return
	}
	assert.True(t, bytes.Equal(want, page), "%s is stale: go test ./internal/langschema -update", languagePage)
}

// small is the file that the examples are laid over: a key of theirs replaces
// the same key here.
const small = `version: 1
name: small
aws: {region: us-east-1}
snowflake: {account: myorg-account1}
sources:
  zoom:
    config: {account_id: a, client_id: b, client_secret: "${secret.ZOOM_CLIENT_SECRET}"}
    streams: {webinar_registrants: {columns: [id, email, first_name, last_name]}}
  salesforce:
    config: {client_id: a, client_secret: "${secret.SF_CLIENT_SECRET}", refresh_token: "${secret.SF_REFRESH_TOKEN}"}
    streams: {Contact: {columns: [Id, Email, FirstName, LastName, SystemModstamp]}}
models:
  people:
    union:
      - {from: zoom.webinar_registrants, columns: [email, first_name, last_name], order_by: [id]}
      - {from: salesforce.Contact, columns: {email: Email, first_name: FirstName, last_name: LastName}, order_by: [Id]}
    unique_by: email
destinations:
  mailchimp:
    config: {api_key: "${secret.MAILCHIMP_API_KEY}"}
    syncs:
      newsletter: {model: people, to: {list: a1b2c3d4e5}, key: {email_address: email}, allow_pii: [email]}
`

var sqlFiles = map[string]string{
	"models/vips.sql":   "select email, count(*) as orders, 0 as spend from {{ ref('people') }} group by email\n",
	"models/billed.sql": "select user_id, sum(total) as total from {{ ref('stg_shop_db__invoices') }} group by user_id\n",
}

// lay puts the top-level keys of over in place of those of under.
func lay(under, over string) string {
	keys := regexp.MustCompile(`(?m)^([a-z][a-z_-]*):`)
	for _, key := range keys.FindAllStringSubmatch(over, -1) {
		under = regexp.MustCompile(`(?m)^`+key[1]+`:.*\n(?:[ #].*\n|\n)*`).ReplaceAllString(under, "")
	}
	return over + under
}

// Every example of the page compiles without a warning, in each of its
// environments, and the schema accepts it.
func TestLanguagePageExamples(t *testing.T) {
	page, err := os.ReadFile(languagePage)
	require.NoError(t, err)
	s := compile(t)
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1)
	require.Greater(t, len(examples), 10)
	for _, example := range examples {
		text := lay(small, string(example[1]))
		fsys := fstest.MapFS{"tapestry.yaml": {Data: []byte(text)}}
		for name, sql := range sqlFiles {
			fsys[name] = &fstest.MapFile{Data: []byte(sql)}
		}
		r := compiler.CheckEnvironments(fsys, "tapestry.yaml", compiler.Options{})
		var b bytes.Buffer
		require.NoError(t, diag.WriteText(&b, r.Diagnostics, diag.Options{Source: r.Source}))
		assert.Empty(t, b.String(), "%s", example[1])
		assert.NoError(t, s.Validate(value(t, []byte(text))), "%s", example[1])
	}
}
