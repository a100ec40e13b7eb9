package check

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// checkDeclaredColumns: a SQL model whose columns are read declares them (TAP312).
func checkDeclaredColumns(p *resolve.Program, add report) {
	readers := map[*resolve.Model][]diag.Note{}
	read := func(m *resolve.Model, at source.Span, message string, args ...any) {
		if m != nil && hasOneBody(m) && m.Spec.SQL.Set && m.Spec.Columns.Len() == 0 && !m.Spec.Given.Has("columns") {
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

// checkDataTests: data tests are of columns of the model and lead to other
// models that are there (TAP314).
func checkDataTests(p *resolve.Program, add report) {
	for _, m := range p.Models {
		for i := range m.Spec.DataTests.Items {
			item := &m.Spec.DataTests.Items[i]
			if hasModelColumns(m) && m.Column(item.Key) == nil {
				add(noModelColumn(BadDataTest, m, item.Key, item.KeySpan))
			}
			for _, t := range item.Value.Items {
				checkDataTest(p, t, add)
			}
		}
	}
}

func noModelColumn(code diag.Code, m *resolve.Model, name string, at source.Span) diag.Diagnostic {
	d := problem(code, at, "the model %s has no column %s", quote(m.Name), quote(name))
	d.Suggest = nearest(name, modelColumns(m))
	d.Detail = known("columns", modelColumns(m))
	return d
}

// checkPersonalColumns: pii of a model names columns that it has (TAP315).
func checkPersonalColumns(p *resolve.Program, add report) {
	for _, m := range p.Models {
		if m.Spec.PII == nil || !hasModelColumns(m) {
			continue
		}
		for _, t := range *m.Spec.PII {
			if t.Set && m.Column(t.V) == nil {
				add(noModelColumn(UnknownPersonal, m, t.V, t.Span))
			}
		}
	}
}

func checkDataTest(p *resolve.Program, t spec.DataTest, add report) {
	switch t.Name.V {
	case "accepted_values":
		if len(t.Values) == 0 {
			d := problem(BadDataTest, t.Span, "accepted_values lists no value")
			d.Detail = "No row would pass. List the values: {accepted_values: [open, closed]}."
			add(d)
		}
	case "relationships":
		checkRelationship(p, t, add)
	}
}

func checkRelationship(p *resolve.Program, t spec.DataTest, add report) {
	if !t.To.Set {
		return
	}
	m := p.Model(t.To.V)
	if m == nil {
		d := problem(BadDataTest, t.To.Span, "the relationship leads to the model %s, which is not in the pipeline", quote(t.To.V))
		d.Suggest = nearest(t.To.V, p.ModelNames())
		d.Detail = known("models", p.ModelNames())
		add(d)
		return
	}
	if t.Field.Set && hasModelColumns(m) && m.Column(t.Field.V) == nil {
		d := noModelColumn(BadDataTest, m, t.Field.V, t.Field.Span)
		d.Related = append(d.Related, note(m.KeySpan, "the model is here"))
		add(d)
	}
}
