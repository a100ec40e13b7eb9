package check

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/decode"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// checkNested: a nested column has a path into a JSON column and a name of its
// own (TAP234).
func checkNested(p *resolve.Program, add report) {
	eachStream(p, func(st *resolve.Stream) {
		for i := range st.Spec.Nested.Items {
			checkNestedColumn(st, &st.Spec.Nested.Items[i], add)
		}
	})
}

func checkNestedColumn(st *resolve.Stream, item *decode.Item[spec.Nested], add report) {
	if c := st.Column(item.Key); c != nil && c.Nested == nil {
		d := problem(BadNested, item.KeySpan, "the stream %s has a column %s already", quote(st.ID), quote(item.Key))
		d.Detail = "Give the nested column a name of its own."
		if c.Span != st.KeySpan {
			d.Related = append(d.Related, note(c.Span, "the column is here"))
		}
		add(d)
	}
	path := item.Value.Path
	if !path.Set {
		return
	}
	parts := strings.Split(path.V, ".")
	if len(parts) < 2 || slices.Contains(parts, "") {
		d := problem(BadNested, path.Span, "%s is no path into a JSON column", quote(path.V))
		d.Detail = "A path is the column, a dot, and the keys below it with dots between: metadata.plan."
		add(d)
		return
	}
	checkParent(st, parts[0], path, add)
}

func checkParent(st *resolve.Stream, name string, path spec.Text, add report) {
	kind, found := parentKind(st, name)
	if !found || kind == ir.JSON {
		return
	}
	d := problem(BadNested, path.Span, "the column %s of %s is %s, not json", quote(name), quote(st.ID), kind)
	d.Detail = "Only a JSON column has values inside it."
	if c := st.Column(name); c != nil && c.TypeSpan.File != "" {
		d.Related = append(d.Related, note(c.TypeSpan, "its type is given here"))
	}
	add(d)
}

// parentKind is what the file says of the column, or else the catalogue.
func parentKind(st *resolve.Stream, name string) (ir.TypeKind, bool) {
	if c := st.Column(name); c != nil && !c.Implied {
		return c.Type.Kind, !c.BadType
	}
	if st.Known != nil {
		if text, ok := st.Known.Columns.Get(name); ok {
			t, ok := resolve.ParseType(text)
			return t.Kind, ok
		}
	}
	return "", false
}
