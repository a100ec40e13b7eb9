package check

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
)

// checkWheres: the condition of a segment is SQL that ends where it should
// (TAP415) and, as far as can be seen, over columns of the model (TAP416).
func checkWheres(p *resolve.Program, add report) {
	eachSync(p, func(s *resolve.Sync) {
		where := s.Spec.Where
		if !where.Set {
			return
		}
		words, why := scanSQL(where.V)
		switch {
		case why != "":
			d := problem(BadWhere, where.Span, "where of the sync %s %s", quote(s.ID), why)
			d.Detail = "It is one condition over the columns of the model, as it stands behind WHERE: last_name is not null and country in ('SE', 'NO')."
			add(d)
		case s.Model != nil && hasModelColumns(s.Model):
			checkWords(s, words, add)
		}
	})
}

// checkWords warns of names that are neither columns nor words of SQL.
func checkWords(s *resolve.Sync, words []sqlWord, add report) {
	if slices.ContainsFunc(words, func(w sqlWord) bool { return strings.EqualFold(w.text, "select") }) {
		return // a query of its own has names of its own
	}
	var told []string
	for i, w := range words {
		if !isName(words, i) || isColumn(s.Model, w) || slices.Contains(told, w.text) {
			continue
		}
		told = append(told, w.text)
		add(unknownWord(s, w))
	}
}

// isName reports whether the word at i can only be the name of a column.
func isName(words []sqlWord, i int) bool {
	w := words[i]
	if w.kind == symbol || w.kind == bare && slices.Contains(sqlKeywords, strings.ToUpper(w.text)) {
		return false
	}
	before, after := "", ""
	if i > 0 {
		before = words[i-1].text
	}
	if i+1 < len(words) {
		after = words[i+1].text
	}
	return after != "(" && after != "." && after != ":" && after != "=>" && before != "." && before != ":" && before != "::" && !strings.EqualFold(before, "as")
}

func isColumn(m *resolve.Model, w sqlWord) bool {
	return slices.ContainsFunc(m.Columns, func(c *resolve.ModelColumn) bool {
		if w.kind == quoted {
			return warehouse(c.Name) == w.text
		}
		return strings.EqualFold(c.Name, w.text)
	})
}

func unknownWord(s *resolve.Sync, w sqlWord) diag.Diagnostic {
	names := modelColumns(s.Model)
	d := warning(UnknownWhereColumn, s.Spec.Where.Span, "where of the sync %s names %s, which is no column of the model %s", quote(s.ID), quote(w.text), quote(s.Model.Name))
	d.Suggest = nearest(w.text, names)
	d.Detail = known("columns", names)
	if w.kind == quoted && slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, w.text) }) {
		d.Suggest = ""
		d.Detail = "In double quotes a name is taken letter by letter, and columns are stored in upper case: write " + w.text + " without quotes. A text stands in single quotes."
	}
	return d
}
