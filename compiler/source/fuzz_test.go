package source_test

import (
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// FuzzParse holds what must be true of every input whatever.
func FuzzParse(f *testing.F) {
	for _, seed := range fuzzSeeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		watch := time.AfterFunc(5*time.Second, func() { panic("takes too long: " + strconv.Quote(text)) })
		defer watch.Stop()
		root, problems := source.Parse("f.yaml", []byte(text))
		lines := strings.Split(unixLines(text), "\n")
		for _, p := range problems {
			if p.Kind == 0 || p.Message == "" || strings.Contains(p.Message, "cannot be read (") {
				t.Fatalf("bad problem %+v", p)
			}
			checkSpan(t, lines, p.Span)
			checkSpan(t, lines, p.Related)
		}
		checkTree(t, lines, root, map[*source.Node]bool{})
		if !utf8.ValidString(text) || strings.Contains(text, "\r") {
			return
		}
		for _, lineBreak := range []string{"\r\n", "\r"} {
			again, others := source.Parse("f.yaml", []byte(strings.ReplaceAll(text, "\n", lineBreak)))
			if dump(again) != dump(root) || len(others) != len(problems) {
				t.Fatalf("with %q as line break:\n%s\nwith \\n:\n%s", lineBreak, dump(again), dump(root))
			}
		}
	})
}

var fuzzSeeds = []string{
	"", "a: 1\n", "a:\n  - b: [c, {d: e}]\n  - &x |\n    text\n  - *x\n", "a: {b: ${env.X}}\n", "a: \"x\\u00e9\"\nb: 'it''s'\n",
	"<<: [*a, *b]\n", "a: &a {b: 1}\nc:\n  <<: *a\n", "- - - x\n-\n", "a: >-\n  x\n\n   y\n", "? a\n: b\n", "--- a\n...\n--- b\n",
	"a: b: c\n", "a:\n\tb: 1\n", "a: [1, 2\nb: 3\n", "a: \"x\nb: y\n", "%YAML 1.2\n---\n", "!!str x\n", "a: |\n\n\nb: \"q\"\n", "\ufeffa: é # c\n",
	"a: x\n  - y\n", "{a: b\n c: d}", "[a}", "a: {{ x }}\n", "a: @x\n", "a: *\n", "&a\n", "a\nb\n: c", "\"a\": 1\na: 2\n",
}

func unixLines(text string) string {
	text = strings.TrimPrefix(text, "\ufeff")
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

func checkSpan(t *testing.T, lines []string, s source.Span) {
	t.Helper()
	if !s.IsValid() {
		return
	}
	if s.End.Before(s.Start) {
		t.Fatalf("span ends before it begins: %+v", s)
	}
	for _, p := range []source.Pos{s.Start, s.End} {
		if p.Line < 1 || p.Line > len(lines) || p.Col < 1 || p.Col > utf8.RuneCountInString(lines[p.Line-1])+2 {
			t.Fatalf("%+v is not in the file", s)
		}
	}
}

func checkTree(t *testing.T, lines []string, n *source.Node, seen map[*source.Node]bool) {
	t.Helper()
	if n == nil {
		t.Fatal("nil node")
	}
	if seen[n] {
		return
	}
	seen[n] = true
	checkSpan(t, lines, n.Span)
	if n.Kind == source.Scalar {
		checkScalar(t, lines, n)
	}
	keys := map[string]bool{}
	for _, e := range n.Entries {
		if keys[e.Key] {
			t.Fatalf("key %q twice", e.Key)
		}
		keys[e.Key] = true
		checkSpan(t, lines, e.KeySpan)
		checkTree(t, lines, e.Value, seen)
	}
	for _, item := range n.Items {
		checkTree(t, lines, item, seen)
	}
}

// checkScalar holds the span of a scalar against the text that stands there.
func checkScalar(t *testing.T, lines []string, n *source.Node) {
	t.Helper()
	if n.Span.Start.Line != n.Span.End.Line {
		return
	}
	line := []rune(lines[n.Span.Start.Line-1])
	there := string(line[n.Span.Start.Col-1 : n.Span.End.Col-1])
	switch {
	case n.Style == source.Plain && there != n.Text:
		t.Fatalf("%q stands where %q is said to be", there, n.Text)
	case n.Style == source.Quoted && (len(there) < 2 || there[0] != there[len(there)-1] || there[0] != '"' && there[0] != '\''):
		t.Fatalf("%q is not a scalar in quotes", there)
	}
}
