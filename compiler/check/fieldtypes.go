package check

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// checkFieldTypes: the destination takes the type of each column (TAP405), and
// members can be found by the columns of the key (TAP406).
func checkFieldTypes(p *resolve.Program, add report) {
	eachSync(p, func(s *resolve.Sync) {
		if s.Model == nil {
			return
		}
		e := destinationEntry(s.Destination)
		for i, pairs := range [][]spec.Pair{s.Spec.Key.Pairs, s.Spec.Fields.Pairs} {
			for _, pair := range pairs {
				c := s.Model.Column(pair.From.V)
				if c == nil || c.BadType || c.ClashSpan.File != "" {
					continue
				}
				if i == 0 && slices.Contains(keyTypes.kinds, c.Type.Kind) {
					d := problem(UnfitKey, pair.From.Span, "members cannot be found by the %s column %s", c.Type.Kind, quote(c.Name))
					d.Detail = keyTypes.why
					add(d)
					continue
				}
				if e != nil {
					checkFieldType(fieldsOf(e, s), pair, c, i == 0, add)
				}
			}
		}
	})
}

func checkFieldType(f destFields, pair spec.Pair, c *resolve.ModelColumn, isKey bool, add report) {
	field, ok := f.field(pair.To.V, isKey)
	if !ok || field.Refused != "" || takes(field.Type, c.Type) {
		return
	}
	d := problem(TypeNotTaken, pair.From.Span, "the field %s of %s does not take the column %s of type %s",
		quote(pair.To.V), quote(f.sync.Destination.Connector), quote(c.Name), c.Type.Kind)
	d.Detail = typeAdvice(field.Type, c.Type)
	if c.Span.File != "" {
		d.Related = []diag.Note{note(c.Span, "the column is here")}
	}
	add(d)
}

func typeAdvice(want string, have ir.Type) string {
	switch {
	case have.Kind == ir.JSON:
		return "No field takes JSON as a whole. Take the values that are needed out of it, with `nested` where the stream is declared."
	case want == string(ir.Email):
		return "It takes e-mail addresses. Declare the column as email where its stream or its SQL model is declared; then values are compared trimmed and without case, too."
	}
	return "It takes " + want + ". Give the column that type where its stream or its SQL model is declared, or map another one."
}

// takes reports whether a field of the type want can be filled from a column.
func takes(want string, have ir.Type) bool {
	if want == string(ir.JSON) || have.Kind == ir.JSON {
		return want == string(have.Kind)
	}
	t, _ := resolve.ParseType(want)
	if want == "" {
		t = ir.Type{Kind: ir.Text}
	}
	switch t.Kind {
	case ir.Integer:
		return have.Kind == ir.Integer || have.Kind == ir.Number && have.Scale == 0
	case ir.Number, ir.Float:
		return slices.Contains([]ir.TypeKind{ir.Integer, ir.Number, ir.Float}, have.Kind)
	case ir.Date, ir.Timestamp, ir.TimestampNTZ:
		return slices.Contains([]ir.TypeKind{ir.Date, ir.Timestamp, ir.TimestampNTZ}, have.Kind)
	case ir.Boolean, ir.Email:
		return have.Kind == t.Kind
	}
	return true
}
