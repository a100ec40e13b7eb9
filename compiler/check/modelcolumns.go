package check

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// checkDeclaredColumns: a SQL model whose columns are read declares them (TAP312).
func checkDeclaredColumns(p *resolve.Program, add report) {
	readers := map[*resolve.Model][]diag.Note{}
	read := func(m *resolve.Model, at source.Span, message string, args ...any) {
		if m != nil && hasOneBody(m) && m.Spec.SQL.Set && m.Spec.Columns.Len() == 0 && !lost(m.Spec.Given, "columns", m.Spec.Columns.Items != nil) {
			readers[m] = append(readers[m], note(at, message, args...))
		}
	}
	for _, m := range p.Models {
		for _, in := range m.Inputs {
			read(in.Model, in.Spec.From.Span, "the model %s reads it here", quote(m.Name))
		}
		if len(m.Spec.UniqueBy.Items) > 0 {
			read(m, m.Spec.UniqueBy.Span, "unique_by names columns of it here")
		}
		if m.Spec.DataTests.Len() > 0 {
			read(m, m.Spec.DataTests.Items[0].KeySpan, "data_tests names columns of it here")
		}
	}
	eachSync(p, func(s *resolve.Sync) {
		read(s.Model, s.Spec.Model.Span, "the sync %s reads it here", quote(s.ID))
	})
	for _, m := range p.Models {
		if notes := readers[m]; len(notes) > 0 {
			d := problem(UndeclaredColumns, m.KeySpan, "the columns of the SQL model %s are not declared", quote(m.Name))
			d.Detail = "What a query gives is known only when it has run, so columns that others read are declared, with their types:\ncolumns: {email: email, orders: integer}"
			d.Related = firstNotes(notes)
			add(d)
		}
	}
}

// mostNotes is the most second places that a diagnostic names.
const mostNotes = 5

func firstNotes(notes []diag.Note) []diag.Note { return notes[:min(len(notes), mostNotes)] }
