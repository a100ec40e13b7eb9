package check

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

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
