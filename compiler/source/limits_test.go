package source_test

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

func itoa(n int) string { return strconv.Itoa(n) }

// count walks a tree as its readers do.
func count(n *source.Node) int {
	nodes := 1
	for _, e := range n.Entries {
		nodes += count(e.Value)
	}
	for _, item := range n.Items {
		nodes += count(item)
	}
	return nodes
}

func TestParse_size(t *testing.T) {
	most := append([]byte("a: b\n#"), make([]byte, 10<<20-6)...)
	for i := 6; i < len(most); i++ {
		most[i] = 'x'
	}
	_, problems := source.Parse("f.yaml", most)
	assert.Empty(t, problems)
	_, problems = source.Parse("f.yaml", append(most, 'x'))
	assert.Equal(t, "0:0-0:0 LimitPassed the file has 10485761 bytes and at most 10485760 (10 MiB) are read\n", say(problems))
}

func TestParse_fiftyMegabytesInNoMemory(t *testing.T) {
	data := make([]byte, 50<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, problems := source.Parse("f.yaml", data)
	runtime.ReadMemStats(&after)
	require.Len(t, problems, 1)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

func TestParse_depth(t *testing.T) {
	for name, nest := range map[string]func(n int) string{
		"lists in brackets": func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) },
		"maps in brackets":  func(n int) string { return strings.Repeat("{a: ", n) + strings.Repeat("}", n) },
		"dashes":            func(n int) string { return strings.Repeat("- ", n-1) + "x" },
		"lines": func(n int) string {
			var b strings.Builder
			for i := range n - 1 {
				b.WriteString(strings.Repeat(" ", i) + "a:\n")
			}
			return b.String() + strings.Repeat(" ", n) + "x\n"
		},
	} {
		root, problems := source.Parse("f.yaml", []byte(nest(64)))
		assert.Empty(t, say(problems), name)
		assert.GreaterOrEqual(t, count(root), 64, name)

		_, problems = source.Parse("f.yaml", []byte(nest(66)))
		require.Len(t, problems, 1, name)
		assert.Equal(t, source.LimitPassed, problems[0].Kind, name)
		assert.True(t, problems[0].Span.IsValid(), name)

		_, problems = source.Parse("f.yaml", []byte(nest(2000)+"\nb: 1\n"))
		assert.Equal(t, source.LimitPassed, problems[0].Kind, name)
	}
}

func TestParse_depthThroughAliases(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x]\n")
	for i := 1; i < 100; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d]\n", i, i, i-1)
	}
	_, problems := source.Parse("f.yaml", []byte(b.String()))
	require.NotEmpty(t, problems)
	assert.Equal(t, "64:12-64:16 LimitPassed with the value of &a62, maps and lists lie more than 64 deep (63:6-63:10 the anchor is here)",
		strings.SplitN(say(problems), "\n", 2)[0])
}

// Case C5: ten values that are used ten times, ten times, ….
func TestParse_aliasBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), i-1)
	}
	root, problems := source.Parse("f.yaml", []byte(b.String()))
	require.NotEmpty(t, problems)
	assert.Equal(t, source.LimitPassed, problems[0].Kind)
	assert.Contains(t, problems[0].Message, "aliases add more than 1,000,000 values")
	assert.Less(t, count(root), 1_010_000, "those who walk the tree must come to an end")
}

func TestParse_mergeBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("a: &a\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "  k%d: v\n", i)
	}
	for i := range 2000 {
		fmt.Fprintf(&b, "m%d: {<<: *a}\n", i)
	}
	root, problems := source.Parse("f.yaml", []byte(b.String()))
	require.NotEmpty(t, problems)
	assert.Equal(t, source.LimitPassed, problems[0].Kind)
	assert.Less(t, count(root), 1_010_000)
}

// Inputs for which the scanner of the library, or a careless reader, takes
// time that grows with the square of their length.
func TestParse_boundedTime(t *testing.T) {
	n := 400_000
	if testing.Short() {
		n = 50_000
	}
	for name, text := range map[string]string{
		"angles":                strings.Repeat("<", n),
		"angles in words":       strings.Repeat("<<x ", n/4),
		"tabs in quotes":        `a: "` + strings.Repeat("\tx", n/2) + `"`,
		"empty lines":           "a: |\n  x\n" + strings.Repeat("\n", n),
		"lines of spaces":       "a: |\n  x\n" + strings.Repeat(" \n", n/2),
		"keys":                  numbered("k%d: v\n", n/8),
		"keys without value":    numbered("k%d:\n", n/7),
		"items without value":   strings.Repeat("-\n", n/2),
		"keys in braces":        "{" + numbered("k%d,", n/6) + "}",
		"one key many times":    strings.Repeat("a: b\n", n/5),
		"empty texts":           numbered("k%d: |\n", n/10),
		"long texts":            numbered("k%d: |\n  x\n\n", n/14),
		"colons":                "a: " + strings.Repeat("x:", n/2),
		"open brackets":         strings.Repeat("[", n),
		"open maps":             strings.Repeat("{a: ", n/4),
		"open quotes":           strings.Repeat("a: 'x\n", n/6),
		"open brackets, lines":  strings.Repeat("a: [x\n", n/6),
		"placeholders":          "{" + strings.Repeat("a: ${x},", n/8) + "}",
		"placeholder in itself": "{a: " + strings.Repeat("${", n/2),
		"anchors":               strings.Repeat("&", n),
		"nested anchors":        "a: " + strings.Repeat("&a [x,", 60) + strings.Repeat("y,", n/2),
		"tags":                  strings.Repeat("! ", n/2),
		"reserved":              strings.Repeat("@", n),
		"wrong escapes":         "a: [" + strings.Repeat(`"\q",`, n/5) + "]",
		"question marks":        strings.Repeat("? a\n", n/4),
		"directives":            strings.Repeat("%a\n", n/3),
		"documents":             strings.Repeat("a\n---\n", n/6),
		"comments":              strings.Repeat("# c\n", n/4),
		"tabbed lines":          strings.Repeat("\tx\n", n/3),
		"carriage returns":      strings.Repeat("a\r", n/2),
		"backslashes":           `a: "` + strings.Repeat("\\\n", n/2) + `"`,
	} {
		start := time.Now()
		root, problems := source.Parse("f.yaml", []byte(text))
		assert.Less(t, time.Since(start), 15*time.Second, name)
		assert.NotNil(t, root, name)
		assert.LessOrEqual(t, len(problems), 1001, name)
	}
}

func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestParse_oneHugeValue(t *testing.T) {
	_, problems := source.Parse("f.yaml", []byte("a: 1\nb: ["+strings.Repeat("x,", 1_100_000)+"]\n"))
	require.Len(t, problems, 1)
	assert.Equal(t, source.LimitPassed, problems[0].Kind)
	assert.Contains(t, problems[0].Message, "too large for one value")
}

// The text is scanned in windows; where one ends must make no difference.
func TestParse_windows(t *testing.T) {
	const part = `k%d:
  text: |
    one

    two
  "quoted key": "long
    quote: # not a comment" # comment
  flow: {a: [1, 2,
    3], b: "x", c: {d: 'y'}}
  plain: several
    lines

    of text
  list:
  - - a
    - b: c
  -
  empty: >-

  "last": &x%d end
`
	want := plainForm(parse(t, strings.ReplaceAll(part, "%d", "")).Get("k"))
	root := parse(t, numberedTwice(part, 3000))
	require.Len(t, root.Entries, 3000)
	for i, e := range root.Entries {
		require.Equal(t, "k"+itoa(i), e.Key)
		require.Equal(t, want, plainForm(e.Value), e.Key)
		require.Equal(t, 1+20*i, e.KeySpan.Start.Line)
	}
}

func numberedTwice(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i, i)
	}
	return b.String()
}

func TestParse_manyProblems(t *testing.T) {
	_, problems := source.Parse("f.yaml", []byte(strings.Repeat("a: b\n", 5000)))
	require.Len(t, problems, 1001)
	assert.Equal(t, "more than 1000 problems; the others are not listed", problems[1000].Message)
}
