package source_test

import (
	"fmt"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// dump writes a tree with all its spans, one node a line.
func dump(n *source.Node) string {
	var b strings.Builder
	dumpInto(&b, "", "", n)
	return b.String()
}

func dumpInto(b *strings.Builder, indent, label string, n *source.Node) {
	fmt.Fprintf(b, "%s%s%s %s", indent, label, kinds[n.Kind], place(n.Span))
	if n.Kind == source.Scalar {
		fmt.Fprintf(b, " %s %q", styles[n.Style], n.Text)
	}
	b.WriteByte('\n')
	for _, e := range n.Entries {
		dumpInto(b, indent+"  ", fmt.Sprintf("%q %s: ", e.Key, place(e.KeySpan)), e.Value)
	}
	for _, item := range n.Items {
		dumpInto(b, indent+"  ", "- ", item)
	}
}

var kinds = [...]string{"null", "scalar", "map", "list"}

var styles = [...]string{"plain", "quoted", "block"}

func place(s source.Span) string {
	return fmt.Sprintf("%d:%d-%d:%d", s.Start.Line, s.Start.Col, s.End.Line, s.End.Col)
}

// say writes problems, one a line.
func say(problems []source.Problem) string {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&b, "%s %s %s", place(p.Span), problemKinds[p.Kind], p.Message)
		if p.Related.IsValid() {
			fmt.Fprintf(&b, " (%s %s)", place(p.Related), p.RelatedMessage)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

var problemKinds = [...]string{
	"", "BadSyntax", "DuplicateKey", "BadAlias", "BadMerge", "LimitPassed", "BadEncoding", "BraceNeedsQuotes", "UnsupportedYAML",
}
