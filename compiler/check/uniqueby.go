package check

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
)

// checkUniqueBy: unique_by names columns of the model (TAP308) of which values
// can be compared (TAP317); merge and incremental need it (TAP309, TAP313), and
// order_by has no effect without it (TAP321). A union is never incremental (TAP322).
func checkUniqueBy(p *resolve.Program, add report) {
	for _, m := range p.Models {
		if !hasOneBody(m) {
			continue
		}
		unique := m.Spec.UniqueBy
		if unique.Set && len(unique.Items) == 0 {
			d := problem(BadUniqueBy, unique.Span, "unique_by of the model %s names no column", quote(m.Name))
			d.Detail = "Name the columns of which every combination is there once, or leave it out."
			add(d)
		}
		checkUniqueColumns(m, add)
		if !m.Spec.Given.Has("unique_by") {
			checkKeyless(m, add)
		}
		if m.Spec.Materialized.V == "incremental" && m.Spec.Union != nil {
			d := warning(IncrementalUnion, m.Spec.Materialized.Span, "the model %s is a union, which is built as a table", quote(m.Name))
			d.Suggest = "table"
			d.Detail = "Which row of a key comes first may change with a row of any input, so a union is always built as a whole."
			add(d)
		}
	}
}

func checkUniqueColumns(m *resolve.Model, add report) {
	if !hasModelColumns(m) {
		return
	}
	for _, t := range m.Spec.UniqueBy.Items {
		if !t.Set {
			continue
		}
		c := m.Column(t.V)
		if c == nil {
			d := problem(BadUniqueBy, t.Span, "the model %s has no column %s", quote(m.Name), quote(t.V))
			d.Suggest = nearest(t.V, modelColumns(m))
			d.Detail = known("columns", modelColumns(m))
			add(d)
			continue
		}
		if !c.BadType && c.ClashSpan.File == "" && slices.Contains(keyTypes.kinds, c.Type.Kind) {
			d := problem(UnfitUniqueBy, t.Span, "the model %s cannot be unique by the %s column %s", quote(m.Name), c.Type.Kind, quote(t.V))
			d.Detail = keyTypes.why
			add(d)
		}
	}
}

// checkKeyless looks for what only has a meaning with a key.
func checkKeyless(m *resolve.Model, add report) {
	if m.Spec.Merge.Set && m.Spec.Union != nil {
		d := problem(MergeWithoutKey, m.Spec.Merge.Span, "the model %s has merge but no unique_by", quote(m.Name))
		d.Detail = "merge says which of several rows with one key stays, so it needs the key: unique_by: email."
		add(d)
		return
	}
	if m.Spec.Materialized.V == "incremental" && m.Spec.SQL.Set {
		d := problem(BadIncremental, m.Spec.Materialized.Span, "the model %s is incremental but has no unique_by", quote(m.Name))
		d.Detail = "Without a key dbt would add changed rows once more instead of replacing them. Add unique_by, or use table."
		add(d)
	}
	for i := range m.Spec.Union {
		if order := m.Spec.Union[i].OrderBy; len(order) > 0 {
			d := warning(OrderWithoutKey, order[0].Span, "order_by has no effect: the model %s has no unique_by", quote(m.Name))
			d.Detail = "The order says which of several rows with one key comes first. Add unique_by, or remove order_by."
			add(d)
		}
	}
}

// isUnique reports whether rows of the model have a key.
func isUnique(m *resolve.Model) bool { return len(m.Spec.UniqueBy.Items) > 0 }

// sameValue reports whether two rows that are equal in a column of the model
// are so in the column it comes from. Values of type email are compared without
// case, so that says nothing of a text that they come from.
func sameValue(of, from ir.TypeKind) bool { return of != ir.Email || from == ir.Email }
