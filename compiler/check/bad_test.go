package check_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/check"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
)

var update = flag.Bool("update", false, "write what is found as what is expected")

const badFolder = "../testdata/bad"

// testCatalog is a catalogue that does not change when connectors are added.
func testCatalog() *catalog.Catalog { return catalog.New(os.DirFS("../testdata/catalog")) }

// badCase is one file of testdata/bad: a pipeline with its other files, and the
// text that is shown for it. Lines of the comment at its top may say
//
//	env: NAME              the environment, instead of production
//	set: NAME=VALUE        a variable for ${env.NAME}
//	crlf                   line ends of tapestry.yaml are CRLF
//	utf-16                 tapestry.yaml is UTF-16
//	repeat: COUNT TEXT     TEXT is added to tapestry.yaml so many times
type badCase struct {
	name    string
	archive *txtar.Archive
	options compiler.Options
}

func badCases(t *testing.T) []badCase {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(badFolder, "*.txtar"))
	require.NoError(t, err)
	cases := make([]badCase, len(files))
	for i, file := range files {
		archive, err := txtar.ParseFile(file)
		require.NoError(t, err)
		cases[i] = badCase{name: strings.TrimSuffix(filepath.Base(file), ".txtar"), archive: archive}
	}
	return cases
}

// run compiles the case and gives what is found, and the text of it.
func (c *badCase) run(t *testing.T) (diag.List, string) {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, f := range c.archive.Files {
		if f.Name != "expected.txt" {
			fsys[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	options := compiler.Options{Env: map[string]string{}, Catalog: testCatalog()}
	for line := range strings.Lines(string(c.archive.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		pipeline := fsys["tapestry.yaml"]
		switch key {
		case "env":
			options.Environment = value
		case "set":
			name, text, _ := strings.Cut(value, "=")
			options.Env[name] = text
		case "crlf":
			pipeline.Data = bytes.ReplaceAll(pipeline.Data, []byte("\n"), []byte("\r\n"))
		case "utf-16":
			pipeline.Data = utf16(pipeline.Data)
		case "repeat":
			pipeline.Data = repeated(t, pipeline.Data, value)
		}
	}
	result := compiler.Compile(fsys, "tapestry.yaml", options)
	var text bytes.Buffer
	require.NoError(t, diag.WriteText(&text, result.Diagnostics, diag.Options{Source: result.Source}))
	return result.Diagnostics, text.String()
}

func utf16(data []byte) []byte {
	wide := []byte("\xff\xfe")
	for _, b := range data {
		wide = append(wide, b, 0)
	}
	return wide
}

func repeated(t *testing.T, data []byte, what string) []byte {
	t.Helper()
	count, text, _ := strings.Cut(what, " ")
	n, err := strconv.Atoi(count)
	require.NoError(t, err)
	return append(bytes.Clone(data), strings.Repeat(text, n)+"\n"...)
}

// Every bad file gives exactly the text that it is said to give.
func TestBadFiles(t *testing.T) {
	cases := badCases(t)
	assert.GreaterOrEqual(t, len(cases), 110)
	for i := range cases {
		c := &cases[i]
		t.Run(c.name, func(t *testing.T) {
			found, text := c.run(t)
			for _, d := range found {
				require.NotEqual(t, diag.Code("TAP901"), d.Code, d.Message+"\n"+d.Detail)
			}
			c.compare(t, text)
		})
	}
}

func (c *badCase) compare(t *testing.T, text string) {
	t.Helper()
	if text == "" {
		text = "nothing is wrong\n"
	}
	for i := range c.archive.Files {
		f := &c.archive.Files[i]
		if f.Name != "expected.txt" {
			continue
		}
		if !*update {
			assert.Equal(t, string(f.Data), text)
			return
		}
		f.Data = []byte(text)
		require.NoError(t, os.WriteFile(filepath.Join(badFolder, c.name+".txtar"), txtar.Format(c.archive), 0o644))
		return
	}
	t.Fatal("the case has no expected.txt")
}

// A case is named after the codes it is about, and those are found in it.
func TestBadFilesAreNamedAfterTheirCode(t *testing.T) {
	code := regexp.MustCompile(`^TAP[0-9]{3}`)
	for _, c := range badCases(t) {
		if want := code.FindString(c.name); want != "" {
			found, _ := c.run(t)
			assert.True(t, slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return string(d.Code) == want }), c.name)
		}
	}
}

// Every code that is documented is found in a bad file, and every code that a
// rule may report is documented.
func TestEveryCodeHasABadFile(t *testing.T) {
	met := map[diag.Code]bool{"TAP901": true} // a fault of the compiler; none is known
	for _, c := range badCases(t) {
		found, _ := c.run(t)
		for _, d := range found {
			met[d.Code] = true
			doc, documented := diag.Lookup(d.Code)
			assert.True(t, documented, "%s is not documented", d.Code)
			assert.Equal(t, doc.Severity, d.Severity, "%s: %s", c.name, d.Code)
		}
	}
	for _, doc := range diag.Codes() {
		assert.True(t, met[doc.Code], "no bad file gives %s", doc.Code)
	}
	for _, rule := range check.Rules() {
		for _, code := range rule.Codes {
			_, documented := diag.Lookup(code)
			assert.True(t, documented, "the rule %q reports %s, which is not documented", rule.Name, code)
		}
	}
}

// A rule reports the codes that it is said to report, and no others.
func TestRulesReportTheirCodes(t *testing.T) {
	owners := map[diag.Code]bool{}
	for _, rule := range check.Rules() {
		for _, code := range rule.Codes {
			owners[code] = true
		}
	}
	form := regexp.MustCompile(`^TAP(0|10[1-5]|204|60|901)`)
	for _, c := range badCases(t) {
		found, _ := c.run(t)
		for _, d := range found {
			assert.True(t, owners[d.Code] || form.MatchString(string(d.Code)), "%s: %s is the code of no rule", c.name, d.Code)
		}
	}
}

// What was typed where a secret belongs is in no diagnostic and no line that is
// shown.
func TestSecretsAreNotShown(t *testing.T) {
	seen := 0
	for _, c := range badCases(t) {
		if !bytes.Contains(txtar.Format(&txtar.Archive{Comment: c.archive.Comment, Files: c.archive.Files[:1]}), []byte("CaNaRy")) {
			continue
		}
		seen++
		found, text := c.run(t)
		assert.NotContains(t, text, "CaNaRy", c.name)
		for _, d := range found {
			assert.NotContains(t, fmt.Sprint(d), "CaNaRy", c.name)
		}
	}
	assert.GreaterOrEqual(t, seen, 5)
}
