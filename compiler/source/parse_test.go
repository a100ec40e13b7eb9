package source_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// parse reads text that has no mistake.
func parse(t *testing.T, text string) *source.Node {
	t.Helper()
	root, problems := source.Parse("f.yaml", []byte(text))
	require.Empty(t, say(problems))
	return root
}

// Cases C2, C3, C4: a scalar is the text that was typed, whatever YAML 1.1 or
// the library make of it.
func TestParse_keepsTypedText(t *testing.T) {
	for _, text := range []string{
		"NO", "yes", "on", "012345678901", "2021-01-25", "2021-01-25T00:00:00Z", "1_000", "0x1F", "0o17", "1e3", ".5", "+1", "-0",
		".inf", ".NaN", "12:30:45", "1.10", "true", "Null-ish", "nUll", "a:b", "http://x.example:80/y?z=1#w", "a#b", "it's", `say "x"`,
		"<", "=", "-", "--", "-x", "?x", "é日本", "${env.X:-a b}", "a\tb", `C:\temp`, "*", "x y  z",
	} {
		if text == "-" || text == "*" { // these two have a meaning alone
			continue
		}
		root := parse(t, "a: "+text+"\n"+`"b": [x]`+"\n")
		n := root.Get("a")
		assert.Equal(t, source.Scalar, n.Kind, text)
		assert.Equal(t, text, n.Text)
		assert.Equal(t, "1:4-1:"+itoa(4+len([]rune(text))), place(n.Span), text)
		assert.Equal(t, text, parse(t, text+": 1\n").Entries[0].Key, text)
	}
}

func TestParse_null(t *testing.T) {
	for _, text := range []string{"", " ", " ~", " null", " Null", " NULL", " # nothing"} {
		assert.Equal(t, source.Null, parse(t, "a:"+text+"\nb: 1\n").Get("a").Kind, "%q", text)
	}
	for _, text := range []string{`"null"`, "'~'", `""`, "|\n  null"} {
		assert.Equal(t, source.Scalar, parse(t, "a: "+text+"\nb: 1\n").Get("a").Kind, "%q", text)
	}
	assert.Equal(t, "null", parse(t, "null: x\n").Entries[0].Key)
	for _, empty := range []string{"", "\n", "# only a comment", "---\n", "---\n...\n", "\ufeff", "\ufeff\n \n"} {
		assert.Equal(t, source.Null, parse(t, empty).Kind, "%q", empty)
	}
}

func TestParse_quotedAndBlockTexts(t *testing.T) {
	for text, want := range map[string]string{
		`"a\tb\n\"\\\/\e\0\x41\u00e9\U0001F600\ud83d\ude00"`: "a\tb\n\"\\/\x1b\x00Aé😀😀",
		`'it''s \n'`:                        `it's \n`,
		"\"one\n  two\n\n  three \\\n  x\"": "one two\nthree x",
		"'one\n  two'":                      "one two",
		"\"a \\\n  \\ b\"":                  "a  b",
		"\"a\tb\"":                          "a\tb",
		"one\n  two\n\n  three":             "one two\nthree",
		"|\n  one\n   two\n\n  three\n\n":   "one\n two\n\nthree\n",
		"|-\n  one\n\n\n":                   "one",
		"|+\n  one\n\n\n":                   "one\n\n\n\n",
		"|2-\n    one\n   two":              "  one\n two",
		">\n  one\n  two\n\n  three\n":      "one two\nthree\n",
		">-\n  one\n    two\n  three\n":     "one\n  two\nthree",
		"|- # why\n  a # b\n  c: d":         "a # b\nc: d",
		"|\n":                               "",
		"|\n\n\n":                           "",
		"|-\n  \"x\"\n  - y\n  \tz":         "\"x\"\n- y\n\tz",
	} {
		n := parse(t, "a: "+text+"\n").Get("a")
		assert.Equal(t, want, n.Text, text)
		assert.Equal(t, want, parse(t, "- "+text+"\n").Items[0].Text, text)
	}
}

// After an empty block text the library reads the next line wrongly.
func TestParse_afterEmptyBlockText(t *testing.T) {
	root := parse(t, "a: |\n\n\"b\": \"x\"\nc: >+\n\n\nd:\n  - |-\n\n  - 'y'\n")
	assert.Equal(t, "x", root.Get("b").Text)
	assert.Equal(t, "\n\n", root.Get("c").Text)
	assert.Equal(t, "y", root.Get("d").Items[1].Text)
}

func TestParse_spans(t *testing.T) {
	root := parse(t, `# comment
äöü: "wert" # ä
'k y':   'it''s'
list:
  - x  # c
  -   y z
flow: {a: [1, "é"], b: }
text: |
  one
    two

folded: one
  two # c
	`+`
empty:
deep: {} 
`)
	assert.Equal(t, `map 2:1-2:4
  "äöü" 2:1-2:4: scalar 2:6-2:12 quoted "wert"
  "k y" 3:1-3:6: scalar 3:10-3:17 quoted "it's"
  "list" 4:1-4:5: list 5:5-5:6
    - scalar 5:5-5:6 plain "x"
    - scalar 6:7-6:10 plain "y z"
  "flow" 7:1-7:5: map 7:8-7:9
    "a" 7:8-7:9: list 7:12-7:13
      - scalar 7:12-7:13 plain "1"
      - scalar 7:15-7:18 quoted "é"
    "b" 7:21-7:22: null 7:23-7:23
  "text" 8:1-8:5: scalar 8:7-10:8 block "one\n  two\n"
  "folded" 12:1-12:7: scalar 12:9-13:6 plain "one two"
  "empty" 15:1-15:6: null 15:7-15:7
  "deep" 16:1-16:5: map 16:7-16:9
`, dump(root))
}

func TestParse_tabsBetweenWords(t *testing.T) {
	root := parse(t, "a:\tb\t# c\nd\t: {e:\tf,\t\"g\":\t1}\nh:\n  -\ti\n\t\nj: k\n")
	assert.Equal(t, `map 1:1-1:2
  "a" 1:1-1:2: scalar 1:4-1:5 plain "b"
  "d" 2:1-2:2: map 2:6-2:7
    "e" 2:6-2:7: scalar 2:9-2:10 plain "f"
    "g" 2:12-2:15: scalar 2:17-2:18 plain "1"
  "h" 3:1-3:2: list 4:5-4:6
    - scalar 4:5-4:6 plain "i"
  "j" 6:1-6:2: scalar 6:4-6:5 plain "k"
`, dump(root))
}

// Case C6, and the byte-order mark.
func TestParse_lineBreaksAndMark(t *testing.T) {
	text := "# c\na: \"x\n  y\"\nb: |\n  one\n\n  two\nc: [1,\n  2]\nd: p\n  q\n\ne: >+\n  z\n\n"
	want := dump(parse(t, text))
	for _, lineBreak := range []string{"\r\n", "\r"} {
		assert.Equal(t, want, dump(parse(t, strings.ReplaceAll(text, "\n", lineBreak))), "%q", lineBreak)
	}
	assert.Equal(t, want, dump(parse(t, "\ufeff"+text)))
}

func TestParse_encoding(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"UTF-16 little":  {"\xff\xfea\x00:\x00", "1:1-1:2 BadEncoding the file is UTF-16 or UTF-32; save it as UTF-8\n"},
		"UTF-16 big":     {"\xfe\xff\x00a\x00:", "1:1-1:2 BadEncoding the file is UTF-16 or UTF-32; save it as UTF-8\n"},
		"UTF-16 unsaid":  {"a\x00:\x00 \x00", "1:1-1:2 BadEncoding the file is UTF-16 or UTF-32; save it as UTF-8\n"},
		"Latin-1":        {"a: b\r\né: \xe9x\n", "2:4-2:5 BadEncoding the byte 0xE9 is not UTF-8; save the file as UTF-8\n"},
		"cut letter":     {"a: \xc3", "1:4-1:5 BadEncoding the byte 0xC3 is not UTF-8; save the file as UTF-8\n"},
		"control":        {"a: b\nc: é\x07\n", "2:5-2:6 BadSyntax the control character U+0007 is not allowed in YAML; remove it, or write it as an escape inside double quotes\n"},
		"C1 control":     {"a: \u0091\n", "1:4-1:5 BadSyntax the control character U+0091 is not allowed in YAML; remove it, or write it as an escape inside double quotes\n"},
		"ANSI in quotes": {"a: '\x1b[31m'\n", "1:5-1:6 BadSyntax the control character U+001B is not allowed in YAML; remove it, or write it as an escape inside double quotes\n"},
	} {
		root, problems := source.Parse("f.yaml", []byte(c.data))
		assert.Equal(t, c.want, say(problems), name)
		require.NotNil(t, root)
		assert.Equal(t, source.Null, root.Kind)
	}
}

// Case C5: anchors, aliases and merge keys.
func TestParse_anchorsAndMerges(t *testing.T) {
	root := parse(t, `
x-base: &base {a: 1, b: 2}
x-more: &more
  b: 3
  c: 4
one:
  z: 0
  <<: *base
  b: own
list:
  <<: [*more, *base, {d: 5}]
"<<": text
again: [*base, &s text, *s]
&k key: *k
`)
	assert.Equal(t, "{z: '0', a: '1', b: 'own'}", plainForm(root.Get("one")))
	assert.Equal(t, "{b: '3', c: '4', a: '1', d: '5'}", plainForm(root.Get("list")))
	assert.Equal(t, "text", root.Get("<<").Text)
	assert.Equal(t, "key", root.Get("key").Text)
	assert.Same(t, root.Get("x-base"), root.Get("again").Items[0])
	assert.Same(t, root.Get("again").Items[1], root.Get("again").Items[2])
	assert.Equal(t, "2:16-2:17", place(root.Get("one").Entries[1].KeySpan), "a merged key keeps its place")
}

// An anchor may be used again; an alias takes the nearest one before it.
func TestParse_anchorTwice(t *testing.T) {
	root := parse(t, "a: &x 1\nb: *x\nc: &x [&x 2]\nd: *x\n")
	assert.Equal(t, "{a: '1', b: '1', c: ['2'], d: '2'}", plainForm(root))
}

func TestParse_shapes(t *testing.T) {
	for text, want := range map[string]string{
		"a:\n- b\n- - c\n  - d\n-\n- e: f\n  g: h\ni: j\n": "{a: ['b', ['c', 'd'], null, {e: 'f', g: 'h'}], i: 'j'}",
		"--- # x\na: b\n...\n":                             "{a: 'b'}",
		"a: b\n---\n":                                      "{a: 'b'}",
		"[a, {b: c}, d: e,]":                               "['a', {b: 'c'}, {d: 'e'}]",
		"{a, b: , c: {}, \"d\":1}":                         "{a: null, b: null, c: {}, d: '1'}",
		"{\n\"a\": [\n1\n],\n\"b\"\n: null\n}\n":           "{a: ['1'], b: null}",
		"a: [\n  b,\n]\nc: {\n  d: e\n}\n":                 "{a: ['b'], c: {d: 'e'}}",
		"just text":                                        "'just text'",
		"- a\n- b":                                         "['a', 'b']",
		"  a: b\n  c: d\n":                                 "{a: 'b', c: 'd'}",
		"1: a\ntrue: b\n~: c\n":                            "{1: 'a', true: 'b', ~: 'c'}",
	} {
		assert.Equal(t, want, plainForm(parse(t, text)), text)
	}
}
