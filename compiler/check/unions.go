package check

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
)

// checkUnions: inputs are streams or models (TAP305) that have the columns
// which are read (TAP306), of types that go together (TAP307).
func checkUnions(p *resolve.Program, add report) {
	for _, m := range p.Models {
		for _, in := range m.Inputs {
			if !in.Spec.From.Set {
				continue
			}
			if in.Stream == nil && in.Model == nil {
				add(unknownInput(p, in))
				continue
			}
			checkInputColumns(in, add)
		}
		for _, c := range m.Columns {
			if c.ClashSpan.File != "" {
				add(clash(m, c))
			}
		}
	}
}

func unknownInput(p *resolve.Program, in *resolve.Input) diag.Diagnostic {
	from := in.Spec.From
	names := slices.Concat(p.StreamIDs(), p.ModelNames())
	d := problem(UnknownInput, from.Span, "the input %s is neither a stream nor a model", quote(from.V))
	d.Suggest = nearest(from.V, names)
	d.Detail = "An input is source.stream, or a model. " + known("inputs", names)
	if place, ok := placeOf(p, d.Suggest); ok {
		d.Related = append(d.Related, note(place, "%s is here", quote(d.Suggest)))
	}
	return d
}

func checkInputColumns(in *resolve.Input, add report) {
	if in.Spec.Columns.Set && len(in.Spec.Columns.Pairs) == 0 {
		d := problem(UnknownInputCol, in.Spec.Columns.Span, "the input %s gives no columns", quote(in.Spec.From.V))
		d.Detail = "Name those that the model gets: columns: {model_column: input_column}."
		add(d)
	}
	if !isInputKnown(in) {
		return
	}
	names := inputColumns(in)
	for _, pair := range in.Spec.Columns.Pairs {
		if pair.From.Set && !in.Has(pair.From.V) {
			d := problem(UnknownInputCol, pair.From.Span, "%s has no column %s", quote(in.Spec.From.V), quote(pair.From.V))
			d.Suggest = nearest(pair.From.V, names)
			d.Detail = known("columns", names)
			d.Related = append(d.Related, declaredAt(in))
			add(d)
		}
	}
}

// isInputKnown reports whether the columns of the input are known.
func isInputKnown(in *resolve.Input) bool {
	if in.Stream != nil {
		return hasColumns(in.Stream)
	}
	return hasModelColumns(in.Model)
}

func inputColumns(in *resolve.Input) []string {
	if in.Stream != nil {
		return streamColumns(in.Stream)
	}
	return modelColumns(in.Model)
}

// declaredAt points at the stream or model of an input.
func declaredAt(in *resolve.Input) diag.Note {
	if in.Stream != nil {
		return note(in.Stream.KeySpan, "the stream is here")
	}
	return note(in.Model.KeySpan, "the model is here")
}

func clash(m *resolve.Model, c *resolve.ModelColumn) diag.Diagnostic {
	d := problem(TypesClash, c.ClashSpan, "the inputs give the column %s of the model %s types that do not go together: %s and %s",
		quote(c.Name), quote(m.Name), c.Clash[0].Kind, c.Clash[1].Kind)
	d.Detail = "Numbers go together with numbers, text with email, dates with timestamps. Give one of the columns another type where its stream is declared (every value can be read as text), or map it to a column of its own."
	if c.Span != c.ClashSpan {
		d.Related = append(d.Related, note(c.Span, "the column has its first input here"))
	}
	return d
}
