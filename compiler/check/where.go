package check

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
)

// checkWheres: the condition of a segment is SQL that ends where it should
// (TAP415), over columns of the model (TAP422, or TAP416 where a word may be one
// of SQL that is not known here).
func checkWheres(p *resolve.Program, add report) {
	eachSync(p, func(s *resolve.Sync) {
		where := s.Spec.Where
		if !where.Set {
			return
		}
		words, why := scanSQL(where.V)
		if why == "" && slices.ContainsFunc(words, isSelect) {
			why = "has a query in it"
		}
		switch {
		case why != "":
			d := problem(BadWhere, where.Span, "where of the sync %s %s", quote(s.ID), why)
			d.Detail = "It is one condition over the columns of the model, as it stands behind WHERE: last_name is not null and country in ('SE', 'NO')."
			if slices.ContainsFunc(words, isSelect) {
				d.Detail = "A condition is over the columns of the model alone: what a query in it reads would be seen neither in the order of the models nor as personal data. Join it in a SQL model, and ask for its column here."
			}
			add(d)
		case s.Model != nil && hasModelColumns(s.Model):
			checkWords(s, words, add)
		}
	})
}

// isSelect finds a query inside of a condition: what it reads would be seen by
// nobody, neither for the order of the models nor for personal data.
func isSelect(w sqlWord) bool { return w.kind == bare && strings.EqualFold(w.text, "select") }

// checkWords tells of names that are neither columns nor words of SQL.
func checkWords(s *resolve.Sync, words []sqlWord, add report) {
	var told []string
	for i, w := range words {
		if !isName(words, i) || isColumn(s.Model, w) || slices.Contains(told, w.text) {
			continue
		}
		told = append(told, w.text)
		add(unknownWord(s, w, w.kind == quoted || isOperand(words, i)))
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

// isOperand reports whether the word at i is compared, outside of the brackets of
// a function: there SQL has columns alone. Inside it may be a part of a date.
func isOperand(words []sqlWord, i int) bool {
	var calls []bool
	for j, w := range words[:i] {
		switch w.text {
		case "(":
			calls = append(calls, j > 0 && words[j-1].kind != symbol && !slices.Contains(beforeOperand, strings.ToUpper(words[j-1].text)))
		case ")":
			calls = calls[:max(0, len(calls)-1)]
		}
	}
	before, after := "", ""
	if i > 0 {
		before = strings.ToUpper(words[i-1].text)
	}
	if i+1 < len(words) {
		after = strings.ToUpper(words[i+1].text)
	}
	return !slices.Contains(calls, true) && slices.Contains(beforeOperand, before) && slices.Contains(afterOperand, after)
}

// What stands before and behind an operand; "" is the end of the condition.
var (
	beforeOperand = []string{"", "(", "AND", "OR", "NOT", "IN", "WHEN"}
	afterOperand  = []string{"", ")", "AND", "OR", "=", "<", ">", "!", "IS", "IN", "NOT", "LIKE", "ILIKE", "BETWEEN", "+", "-", "*", "/", "||", "|", "::"}
)

func isColumn(m *resolve.Model, w sqlWord) bool {
	return slices.ContainsFunc(m.Columns, func(c *resolve.ModelColumn) bool {
		if w.kind == quoted {
			return warehouse(c.Name) == w.text
		}
		return strings.EqualFold(c.Name, w.text)
	})
}

func unknownWord(s *resolve.Sync, w sqlWord, sure bool) diag.Diagnostic {
	names := modelColumns(s.Model)
	d := warning(UnknownWhereColumn, s.Spec.Where.Span, "where of the sync %s names %s, which is no column of the model %s", quote(s.ID), quote(w.text), quote(s.Model.Name))
	if sure {
		d.Severity, d.Code = diag.Error, NoWhereColumn
	}
	d.Suggest = nearest(w.text, names)
	d.Detail = known("columns", names)
	if w.kind == quoted && slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, w.text) }) {
		d.Suggest = ""
		d.Detail = "In double quotes a name is taken letter by letter, and columns are stored in upper case: write " + w.text + " without quotes. A text stands in single quotes."
	}
	return d
}
