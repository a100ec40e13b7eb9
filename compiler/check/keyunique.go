package check

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// checkKeyUnique: no two rows of the model are one member (TAP417), because one
// of them would overwrite the other.
func checkKeyUnique(p *resolve.Program, add report) {
	eachSync(p, func(s *resolve.Sync) {
		if s.Model == nil || !hasModelColumns(s.Model) || !s.Spec.Key.Set || len(s.Spec.Key.Pairs) == 0 || lost(s.Model.Spec.Given, "unique_by", s.Model.Spec.UniqueBy.Set) {
			return
		}
		var columns []string
		for _, pair := range s.Spec.Key.Pairs {
			if !pair.From.Set || s.Model.Column(pair.From.V) == nil {
				return
			}
			columns = append(columns, pair.From.V)
		}
		unknown := func(name string) bool { return s.Model.Column(name) == nil }
		if isUniqueIn(s.Model, columns) || slices.ContainsFunc(s.Model.Spec.UniqueBy.Strings(), unknown) {
			return
		}
		pair := s.Spec.Key.Pairs[0]
		d := problem(KeyNotUnique, pair.From.Span, "several rows of %s may have one %s, so they would be one member", quote(s.Model.Name), list(columns))
		if unique := s.Model.Spec.UniqueBy; unique.Set {
			d.Detail = "The model is unique by " + list(unique.Strings()) + ". " + keyAdvice(s, unique.Strings()) + ", or make the model unique by " + list(columns) + "."
			d.Related = append(d.Related, note(unique.Span, "unique_by is here"))
		} else {
			d.Detail = "Say it of the model with unique_by: " + list(columns) + ", which merges such rows in a union and tests a SQL model."
			d.Related = append(d.Related, note(s.Model.KeySpan, "the model is here"))
		}
		add(d)
	})
}

// keyAdvice says how the key becomes what the model is unique by. Several columns
// can be the key only where members are found by several fields.
func keyAdvice(s *resolve.Sync, unique []string) string {
	e := destinationEntry(s.Destination)
	if len(unique) > 1 && e != nil && hasOneKey(e) {
		return "Members of " + quote(s.Destination.Connector) + " are found by one field: give the model a column that joins those, and make it unique by that"
	}
	if len(unique) == 1 {
		return "Use that column as the key"
	}
	return "Use those columns as the key"
}

// hasOneKey says that members are found by exactly one field.
func hasOneKey(e *catalog.Destination) bool {
	return len(e.Grouparoo.KeyOptions) > 0 || e.Keys.Len() == 1 && e.OpenKeys == ""
}

// isUniqueIn reports whether no two rows of the model have the same values in
// columns: because the model is unique by some of them, because a data test says
// so of one, or because its one input has them as its key.
func isUniqueIn(m *resolve.Model, columns []string) bool {
	if u := m.Spec.UniqueBy.Strings(); len(u) > 0 && includes(columns, u) {
		return true
	}
	for _, name := range columns {
		if item := m.Spec.DataTests.Get(name); item != nil && slices.ContainsFunc(item.Value.Items, func(t spec.DataTest) bool { return t.Name.V == "unique" }) {
			return true
		}
	}
	if len(m.Inputs) != 1 || m.Inputs[0].Stream == nil && m.Inputs[0].Model == nil {
		return false
	}
	key := inputKey(m.Inputs[0])
	var mapped []string
	for _, pair := range m.Inputs[0].Spec.Columns.Pairs {
		if slices.Contains(columns, pair.To.V) {
			mapped = append(mapped, pair.From.V)
		}
	}
	return len(key) > 0 && includes(mapped, key)
}

// includes reports whether all of some are among all.
func includes(all, some []string) bool {
	return !slices.ContainsFunc(some, func(name string) bool { return !slices.Contains(all, name) })
}
