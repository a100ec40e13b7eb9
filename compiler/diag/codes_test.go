package diag_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

func TestCodes(t *testing.T) {
	form := regexp.MustCompile(`^TAP[0-9]{3}$`)
	last := diag.Code("")
	for _, doc := range diag.Codes() {
		assert.Regexp(t, form, string(doc.Code))
		assert.Greater(t, doc.Code, last, "sorted, and each once")
		last = doc.Code
		for what, text := range map[string]string{"Title": doc.Title, "What": doc.What, "Fix": doc.Fix} {
			assert.NotEmpty(t, strings.TrimSpace(text), "%s of %s", what, doc.Code)
		}
		assert.False(t, strings.HasSuffix(doc.Title, "."), doc.Code)
		found, ok := diag.Lookup(doc.Code)
		assert.True(t, ok)
		assert.Equal(t, doc, found)
	}
	_, ok := diag.Lookup("TAP000")
	assert.False(t, ok)
}

// Every kind of problem has a code of its own, with a documentation.
func TestFromProblems(t *testing.T) {
	seen := map[diag.Code]bool{}
	for kind := source.BadSyntax; kind <= source.UnsupportedYAML; kind++ {
		list := diag.FromProblems([]source.Problem{{Kind: kind, Span: at("f", 2, 1, 2, 4), Message: "m",
			Related: at("f", 1, 1, 1, 4), RelatedMessage: "r"}})
		require.Len(t, list, 1)
		_, documented := diag.Lookup(list[0].Code)
		assert.True(t, documented, "kind %d has code %q", kind, list[0].Code)
		assert.False(t, seen[list[0].Code], list[0].Code)
		seen[list[0].Code] = true
		assert.Equal(t, diag.Diagnostic{Code: list[0].Code, Span: at("f", 2, 1, 2, 4), Message: "m",
			Related: []diag.Note{{Span: at("f", 1, 1, 1, 4), Message: "r"}}}, list[0])
	}
	assert.Empty(t, diag.FromProblems([]source.Problem{{Kind: source.BadSyntax}})[0].Related)
	assert.Empty(t, diag.FromProblems(nil))
}

// The examples of the codes about YAML itself do what they are said to do.
func TestCodes_yamlExamples(t *testing.T) {
	ran := 0
	for _, doc := range diag.Codes() {
		if doc.Code >= "TAP100" || doc.Example == "" {
			continue
		}
		ran++
		_, problems := source.Parse("f.yaml", []byte(doc.Example))
		list := diag.FromProblems(problems)
		require.NotEmpty(t, list, doc.Code)
		for _, d := range list {
			assert.Equal(t, doc.Code, d.Code, d.Message)
		}
		_, problems = source.Parse("f.yaml", []byte(doc.Good))
		assert.Empty(t, problems, doc.Code)
	}
	assert.GreaterOrEqual(t, ran, 6)
}

func TestList(t *testing.T) {
	var list diag.List
	assert.False(t, list.HasErrors())
	list.Add(diag.Diagnostic{Severity: diag.Warning, Code: "TAP002", Span: at("b", 1, 1, 1, 2), Message: "b"})
	assert.False(t, list.HasErrors())
	for _, d := range []diag.Diagnostic{
		{Code: "TAP002", Span: at("a", 10, 1, 10, 2), Message: "x"},
		{Code: "TAP002", Span: at("a", 9, 2, 9, 3), Message: "x"},
		{Code: "TAP002", Span: at("a", 9, 1, 9, 3), Message: "y"},
		{Code: "TAP002", Span: at("a", 9, 1, 9, 3), Message: "x"},
		{Code: "TAP001", Span: at("a", 9, 1, 9, 3), Message: "z"},
		{Code: "TAP002", Span: at("a", 9, 1, 9, 3), Message: "x"},
		{Code: "TAP002", Span: source.Span{File: "a"}, Message: "x"},
	} {
		list.Add(d)
	}
	assert.True(t, list.HasErrors())
	list.Sort()
	var got []string
	for _, d := range list {
		got = append(got, d.Span.String()+" "+string(d.Code)+" "+d.Message)
	}
	assert.Equal(t, []string{
		"a TAP002 x", "a:9:1 TAP001 z", "a:9:1 TAP002 x", "a:9:1 TAP002 y", "a:9:2 TAP002 x", "a:10:1 TAP002 x", "b:1:1 TAP002 b",
	}, got)
}
