package diag_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

var update = flag.Bool("update", false, "write the golden files anew")

// files are what the diagnostics of the golden files are about.
var files = map[string]string{
	"tapestry.yaml": "version: 1\n" +
		"destinations:\n" +
		"  crm:\n" +
		"    connector: mailchip\n" +
		"    config: {api_key: abcdef-us1}\n" +
		"  \tname: \"日本語 team\"\tx: y\n" +
		"text: |\n" +
		"  one\n" +
		"  two\n" +
		"long: " + strings.Repeat("a", 90) + " here " + strings.Repeat("b", 90) + "\n" +
		"evil: \u202e\ufeff\u009b31m\n" +
		"last: \n" +
		"emoji: 👩‍👩‍👧 é̂ x",
	"conf/a b,c:d.yaml": "\ufeffa: 1\r\nb: 2\r\n",
}

func read(file string) []byte { return []byte(files[file]) }

func at(file string, line, col, endLine, endCol int) source.Span {
	return source.Span{File: file, Start: source.Pos{Line: line, Col: col}, End: source.Pos{Line: endLine, Col: endCol}}
}

// samples has a diagnostic for every turn that the views take.
func samples() diag.List {
	const main, other = "tapestry.yaml", "conf/a b,c:d.yaml"
	return diag.List{
		{Code: "TAP201", Span: at(main, 4, 16, 4, 24), Message: `connector "mailchip" is not known`, Suggest: "mailchimp",
			Detail:  "`tapestry-ci catalog list` shows those that are.\nThere are 8 destinations.",
			Related: []diag.Note{{Span: at(main, 3, 3, 3, 6), Message: "the destination is here"}}},
		{Code: "TAP002", Span: at(other, 2, 1, 2, 2), Message: `key "b" is in this map twice; the first is in line 1`,
			Related: []diag.Note{{Span: at(other, 1, 1, 1, 2), Message: `the first "b" is here`}, {Span: source.Span{File: main}, Message: "and all of this"}}},
		{Severity: diag.Warning, Code: "TAP007", Span: at(main, 6, 10, 6, 20), Message: "wide letters, after a tab"},
		{Code: "TAP001", Span: at(main, 6, 21, 6, 22), Message: "right of the wide letters"},
		{Code: "TAP001", Span: at(main, 7, 7, 9, 6), Message: "a text over several lines"},
		{Code: "TAP008", Span: at(main, 10, 98, 10, 102), Message: "in the middle of a long line"},
		{Code: "TAP008", Span: at(main, 10, 7, 10, 193), Message: "most of a long line"},
		{Code: "TAP009", Span: at(main, 11, 7, 11, 10), Message: "letters \x1b[31mthat\x1b[0m would\r\nsteer \u202ea terminal\u202c, 100% of it: a,b", Suggest: "x\x07y",
			Detail: "and \x1b]0;here\x07 too"},
		{Code: "TAP001", Span: at(main, 12, 6, 12, 6), Message: "nothing where a value should be"},
		{Code: "TAP001", Span: at(main, 12, 7, 12, 7), Message: "at the very end of a line"},
		{Code: "TAP008", Span: at(main, 13, 8, 13, 13), Message: "one letter of many parts"},
		{Code: "TAP005", Span: at(main, 5, 23, 5, 33), Message: "a secret stands in the file", Hidden: []source.Span{at(main, 5, 23, 5, 33)}},
		{Code: "TAP008", Span: at(main, 99, 1, 99, 5), Message: "a line that is not there"},
		{Code: "TAP003", Span: source.Span{File: "models/x.sql"}, Message: "the file is not there"},
		{Severity: diag.Warning, Code: "TAP999", Message: "no place at all"},
	}
}

// undocumented are the samples without codes whose documentation changes, for
// the views that show it.
func undocumented() diag.List {
	list := samples()
	list[0].Code = "TAP998"
	return list
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
}

func TestWriteText(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, diag.WriteText(&b, samples(), diag.Options{Source: read}))
	golden(t, "text.golden", b.Bytes())
	assert.NotContains(t, b.String(), "abcdef", "the secret")
	assertInert(t, b.String())

	var coloured bytes.Buffer
	require.NoError(t, diag.WriteText(&coloured, samples()[:3], diag.Options{Source: read, Color: true}))
	golden(t, "coloured.golden", bytes.ReplaceAll(coloured.Bytes(), []byte("\x1b"), []byte("ESC")))
}

// assertInert fails where text could steer a terminal.
func assertInert(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && (r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0x202c || r == 0xfeff) {
			assert.Failf(t, "control character", "U+%04X in %q", r, text)
		}
	}
}

func TestWriteText_withoutSource(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, diag.WriteText(&b, samples()[:1], diag.Options{}))
	assert.Equal(t, `tapestry.yaml:4:16: error: connector "mailchip" is not known; did you mean "mailchimp"? [TAP201]
  `+"`tapestry-ci catalog list` shows those that are."+`
  There are 8 destinations.
  tapestry.yaml:3:3: note: the destination is here

1 error
`, b.String())
}

func TestWriteText_counts(t *testing.T) {
	list := samples()
	for want, some := range map[string]diag.List{
		"":                      {},
		"1 warning\n":           list[2:3],
		"1 error, 1 warning\n":  list[1:3],
		"2 errors, 1 warning\n": list[:3],
	} {
		var b bytes.Buffer
		require.NoError(t, diag.WriteText(&b, some, diag.Options{}))
		assert.True(t, strings.HasSuffix(b.String(), want), b.String())
		assert.Equal(t, len(some) == 0, b.Len() == 0)
	}
}

// A mark must stand below what it means, whatever stands before it.
func TestWriteText_markIsUnderTheWord(t *testing.T) {
	for _, before := range []string{"", "a: ", "\t", "日本: ", "é̂", "😀 ", strings.Repeat("x", 300), strings.Repeat("日", 80), "\u202e", strings.Repeat("\t", 40)} {
		line := before + "HERE" + strings.Repeat(" z", 200)
		from := len([]rune(before)) + 1
		list := diag.List{{Code: "TAP001", Span: at("f", 1, from, 1, from+4), Message: "m"}}
		var b bytes.Buffer
		require.NoError(t, diag.WriteText(&b, list, diag.Options{Source: func(string) []byte { return []byte(line) }}))
		rows := strings.Split(b.String(), "\n")
		shown, mark := rows[1], rows[2]
		left, _, found := strings.Cut(shown, "HERE")
		require.True(t, found, shown)
		assert.Equal(t, diag.Cells(left), strings.Index(mark, "^~~~"), shown)
		assert.LessOrEqual(t, diag.Cells(shown), 8+102, shown)
	}
}

func TestWriteJSON(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, diag.WriteJSON(&b, samples()))
	golden(t, "json.golden", b.Bytes())
	assert.NotContains(t, b.String(), "abcdef")

	b.Reset()
	require.NoError(t, diag.WriteJSON(&b, nil))
	assert.Equal(t, "{\n  \"format\": 1,\n  \"errors\": 0,\n  \"warnings\": 0,\n  \"diagnostics\": []\n}\n", b.String())
}

func TestWriteGitHub(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, diag.WriteGitHub(&b, undocumented()))
	golden(t, "github.golden", b.Bytes())
	assert.Equal(t, len(samples()), strings.Count(b.String(), "\n"), "one line each")
	assertInert(t, b.String())
	for line := range strings.Lines(b.String()) {
		assert.Regexp(t, `^::(error|warning) [^\r]*::`, line)
	}
}

func TestWriteSARIF(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, diag.WriteSARIF(&b, undocumented(), "1.2.3"))
	golden(t, "sarif.golden", b.Bytes())
	assertSARIF(t, b.Bytes())

	b.Reset()
	require.NoError(t, diag.WriteSARIF(&b, nil, "0.0.0-dev"))
	assertSARIF(t, b.Bytes())
}

// The schema is the judge of every code that there is, too.
func TestWriteSARIF_everyCode(t *testing.T) {
	var list diag.List
	for _, doc := range diag.Codes() {
		list.Add(diag.Diagnostic{Severity: doc.Severity, Code: doc.Code, Span: at("tapestry.yaml", 1, 1, 1, 2), Message: doc.Title})
	}
	var b bytes.Buffer
	require.NoError(t, diag.WriteSARIF(&b, list, "1.2.3"))
	assertSARIF(t, b.Bytes())
}

// assertSARIF holds data against the schema, and against what a schema cannot
// say: rule indexes that fit.
func assertSARIF(t *testing.T, data []byte) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("testdata/sarif-2.1.0-rtm.5.json")
	require.NoError(t, err)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	require.NoError(t, schema.Validate(value))

	var log struct {
		Runs []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID    string
				RuleIndex int
			}
		}
	}
	require.NoError(t, json.Unmarshal(data, &log))
	for _, r := range log.Runs[0].Results {
		assert.Equal(t, r.RuleID, log.Runs[0].Tool.Driver.Rules[r.RuleIndex].ID)
	}
}

// The schema must be able to say no.
func TestWriteSARIF_judgeRefuses(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("testdata/sarif-2.1.0-rtm.5.json")
	require.NoError(t, err)
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(`{"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]}`))
	require.NoError(t, err)
	assert.Error(t, schema.Validate(value))
}
