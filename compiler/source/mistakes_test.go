package source_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

var update = flag.Bool("update", false, "write the golden files anew")

// testdata/mistakes.txt has inputs, each after a line with ### and its name.
// testdata/mistakes.golden has the same with what is reported and what is
// still read.
func TestParse_mistakes(t *testing.T) {
	const golden = "testdata/mistakes.golden"
	input, err := os.ReadFile("testdata/mistakes.txt")
	require.NoError(t, err)
	var got strings.Builder
	for i, part := range strings.Split(string(input), "### ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		root, problems := source.Parse("f.yaml", []byte(text))
		assert.NotEmpty(t, problems, name)
		if i > 0 {
			got.WriteByte('\n')
		}
		got.WriteString("### " + name + "\n" + text + "--- reported\n" + say(problems) + "--- read\n" + plainForm(root) + "\n")
	}
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), got.String())
}

// plainForm writes the contents of a tree on one line.
func plainForm(n *source.Node) string {
	var parts []string
	switch n.Kind {
	case source.Null:
		return "null"
	case source.Scalar:
		return "'" + n.Text + "'"
	case source.List:
		for _, item := range n.Items {
			parts = append(parts, plainForm(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	for _, e := range n.Entries {
		parts = append(parts, e.Key+": "+plainForm(e.Value))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
