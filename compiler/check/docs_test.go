package check_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/check"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// exampleBase is the file that the examples of codes are laid over.
const exampleBase = `version: 1
name: example
aws: {region: us-east-1}
snowflake: {account: myorg-account1}
sources:
  zoom:
    config: {account_id: abc, client_id: def, client_secret: "${secret.ZOOM}"}
    streams:
      webinar_registrants:
        columns: [id, email, first_name, last_name]
models:
  people:
    union:
      - from: zoom.webinar_registrants
        columns: [email, first_name, last_name]
        order_by: [id]
    unique_by: email
destinations:
  mailchimp:
    config: {api_key: "${secret.MAILCHIMP}"}
    syncs:
      newsletter:
        model: people
        to: {list: 1a2b3c4d5e}
        key: {email_address: email}
        fields: {FNAME: first_name, LNAME: last_name}
        allow_pii: [email, first_name, last_name]
`

// withoutExample are codes whose mistake no fragment of a file can have.
var withoutExample = map[diag.Code]string{
	"TAP003": "about the file itself", "TAP006": "takes a huge file", "TAP007": "takes bytes that are no text",
	"TAP203": "about the catalogue", "TAP407": "all destinations of the catalogue have all modes", "TAP901": "none is known",
}

// unused are the warnings that a fragment gives because it is one.
var unused = []diag.Code{check.UnusedStream, check.UnusedSource, check.UnusedModel}

// findIn compiles a fragment as far as its diagnostics. The environment is the
// first that the fragment has, so that what it says is looked at.
func findIn(t *testing.T, fragment string) []diag.Code {
	t.Helper()
	archive := txtar.Parse([]byte(fragment))
	fsys := fstest.MapFS{}
	for _, f := range archive.Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	over, problems := source.Parse("tapestry.yaml", archive.Comment)
	list := diag.FromProblems(problems)
	if len(list) == 0 {
		base, none := source.Parse("tapestry.yaml", []byte(exampleBase))
		require.Empty(t, none)
		environment := spec.Production
		if names := over.Get("environments"); names != nil {
			environment = names.Entries[0].Key
		}
		if over.Kind == source.Map {
			base = laidOver(base, over)
		}
		file, uses := spec.Decode(base, environment, func(string) (string, bool) { return "", false }, &list)
		cat, broken := compiler.Catalog(fsys, "tapestry.yaml", nil)
		list = append(list, broken...)
		program := resolve.New(file, uses, environment, "tapestry.yaml", fsys, cat)
		list = append(list, check.Run(program)...)
	}
	var codes []diag.Code
	for _, d := range list {
		codes = append(codes, d.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// laidOver lays a fragment over the base, its environments as they stand: what
// they take away is theirs to say.
func laidOver(base, over *source.Node) *source.Node {
	i := slices.IndexFunc(over.Entries, func(e source.Entry) bool { return e.Key == "environments" })
	if i < 0 {
		return source.Overlay(base, over)
	}
	rest := *over
	rest.Entries = slices.Delete(slices.Clone(over.Entries), i, i+1)
	merged := *source.Overlay(base, &rest)
	merged.Entries = append(slices.Clone(merged.Entries), over.Entries[i])
	return &merged
}

// Every example gives its code and nothing else; what is said to be better gives
// nothing.
func TestExamples(t *testing.T) {
	require.Empty(t, findIn(t, ""))
	for _, doc := range diag.Codes() {
		if doc.Example == "" {
			assert.NotEmpty(t, withoutExample[doc.Code], "%s has no example", doc.Code)
			continue
		}
		assert.Empty(t, withoutExample[doc.Code], "%s has an example after all", doc.Code)
		aside := func(c diag.Code) bool { return c != doc.Code && slices.Contains(unused, c) }
		assert.Equal(t, []diag.Code{doc.Code}, slices.DeleteFunc(findIn(t, doc.Example), aside), "%s", doc.Example)
		require.NotEmpty(t, doc.Good, doc.Code)
		assert.Empty(t, slices.DeleteFunc(findIn(t, doc.Good), aside), "%s is said to be better", doc.Good)
	}
}

// Each code says what it is in full sentences.
func TestDocs(t *testing.T) {
	for _, doc := range diag.Codes() {
		assert.NotEmpty(t, doc.Title, doc.Code)
		assert.NotContains(t, doc.Title, ".", doc.Code)
		for _, text := range []string{doc.What, doc.Fix} {
			assert.Regexp(t, `(?s)^\S.*[.;]$`, text, doc.Code)
		}
	}
}

// docs/diagnostics.md is written from the documentation of the codes.
func TestDiagnosticsPage(t *testing.T) {
	const file = "../../docs/diagnostics.md"
	want := page()
	if *update {
		require.NoError(t, os.MkdirAll("../../docs", 0o755))
		require.NoError(t, os.WriteFile(file, want, 0o644))
	}
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "run go test ./compiler/check -update")
}

// hundreds name the groups of codes.
var hundreds = map[byte]string{
	'0': "The file as YAML", '1': "Form and names", '2': "Connectors and streams", '3': "Models", '4': "Destinations and syncs",
	'5': "AWS, Snowflake and schedules", '6': "Values from outside and environments", '9': "The compiler itself",
}

func page() []byte {
	var b bytes.Buffer
	b.WriteString(`# Diagnostics

Every mistake that the compiler finds has a code, and a code never gets another meaning. ` + "`tapestry-ci explain TAP201`" + ` prints what is
said here. An error keeps the compiler from writing anything; a warning does not.

The examples are fragments. Each is laid over this file, as an environment is (maps merge, lists replace, null removes), and a test holds it
to its code; a line such as ` + "`-- models/vips.sql --`" + ` begins another file.

` + "```yaml\n" + exampleBase + "```\n")
	group := byte(0)
	for _, doc := range diag.Codes() {
		if doc.Code[3] != group {
			group = doc.Code[3]
			fmt.Fprintf(&b, "\n## %s\n", hundreds[group])
		}
		writeDoc(&b, doc)
	}
	return b.Bytes()
}

func writeDoc(b *bytes.Buffer, doc diag.Doc) {
	fmt.Fprintf(b, "\n### %s: %s\n\n", doc.Code, doc.Title)
	if doc.Severity == diag.Warning {
		b.WriteString("A warning. ")
	}
	b.WriteString(prose(doc.What) + "\n")
	if doc.Why != "" {
		b.WriteString("\n*Why:* " + prose(doc.Why) + "\n")
	}
	b.WriteString("\n*What to do:* " + prose(doc.Fix) + "\n")
	for _, example := range []struct{ title, text string }{{"Wrong", doc.Example}, {"Better", doc.Good}} {
		if example.text != "" {
			fmt.Fprintf(b, "\n%s:\n\n```yaml\n%s\n```\n", example.title, strings.TrimRight(example.text, "\n"))
		}
	}
}

// prose keeps what would be HTML or emphasis in Markdown as it is.
func prose(text string) string {
	return strings.NewReplacer("<", "&lt;", "*", `\*`, "_", `\_`).Replace(text)
}
