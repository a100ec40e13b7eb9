package check

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// checkModelBodies: a model is either a union or SQL (TAP301), and has only the
// keys that its kind can use (TAP318).
func checkModelBodies(p *resolve.Program, add report) {
	for _, m := range p.Models {
		switch given := m.Spec.Given; {
		case m.Spec.Union != nil && m.Spec.SQL.Set:
			d := problem(UnionOrSQL, m.Spec.SQL.Span, "the model %s has both union and sql", quote(m.Name))
			d.Detail = "A model is one of the two. Make two models of it: the SQL can read the union with ref()."
			add(d)
		case m.Spec.Union != nil && len(m.Spec.Union) == 0:
			d := problem(UnionOrSQL, m.KeySpan, "the union of the model %s has no inputs", quote(m.Name))
			d.Detail = "Name at least one: union: [{from: source.stream, columns: [id]}]."
			add(d)
		case m.Spec.Union == nil && !m.Spec.SQL.Set && !given.Has("union", "sql") && !hasUnknownKey(given):
			d := problem(UnionOrSQL, m.KeySpan, "the model %s says nothing of its rows", quote(m.Name))
			d.Detail = "Give it inputs with `union:`, or the path of a dbt SQL file with `sql:`."
			add(d)
		}
		checkModelKeys(m, add)
	}
}

// modelKeys are the keys of a model.
var modelKeys = []string{"description", "union", "sql", "unique_by", "merge", "materialized", "columns", "pii", "data_tests"}

// hasUnknownKey says that a key was not understood, so that what seems missing
// may be meant by it.
func hasUnknownKey(given []string) bool {
	for _, key := range given {
		if !slices.Contains(modelKeys, key) {
			return true
		}
	}
	return false
}

func checkModelKeys(m *resolve.Model, add report) {
	if !hasOneBody(m) {
		return
	}
	if m.Spec.SQL.Set && m.Spec.Merge.Set {
		notForThis(m, "merge", m.Spec.Merge.Span, "a SQL model", "The SQL itself decides which row stays.", add)
	}
	if m.Spec.Union != nil && m.Spec.Columns.Len() > 0 {
		notForThis(m, "columns", m.Spec.Columns.Items[0].KeySpan, "a union", "The columns of a union are those that its inputs map, with the types they have there.", add)
	}
}

func notForThis(m *resolve.Model, key string, at source.Span, kind, why string, add report) {
	d := problem(NotForThisModel, at, "%q has no meaning in the model %s, which is %s", key, quote(m.Name), kind)
	d.Detail = why + " Remove it."
	add(d)
}
