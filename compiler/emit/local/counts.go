package local

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/modelsql"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// inputCounts says for each input of a union model how many rows it has and how
// many of them have no key. modelsql.Audit tells the same and more, but sorts
// all rows a second time for it; a test holds the two together.
func (e *emitter) inputCounts(m *ir.Model) []named {
	out := make([]named, len(m.Inputs))
	for i := range m.Inputs {
		in := &m.Inputs[i]
		var keys []key
		for _, name := range m.UniqueBy {
			keys = append(keys, key{e.inputValue(in, m, name), columnType(m, name)})
		}
		out[i] = named{in.From, counts(e.relations[in.Relation], keys)}
	}
	return out
}

// inputValue is what an input has for a column of the model.
func (e *emitter) inputValue(in *ir.Input, m *ir.Model, name string) string {
	to := columnType(m, name)
	for _, pair := range in.Columns {
		if pair.Model != name {
			continue
		}
		expr := "R." + sqlname.Ident(pair.InputSQL)
		if from, known := e.inputType(in, pair.Input); known && from != to && !(isText(from) && isText(to)) {
			return e.d.Convert(expr, from, to)
		}
		return expr
	}
	return e.d.Null(to)
}

func (e *emitter) inputType(in *ir.Input, name string) (ir.Type, bool) {
	if in.IsModel {
		for _, c := range e.byID[in.From].Columns {
			if c.Name == name {
				return c.Type, true
			}
		}
		return ir.Type{}, false
	}
	for i := range e.p.Sources {
		for _, st := range e.p.Sources[i].Streams {
			for _, c := range st.Columns {
				if st.ID == in.From && c.Name == name {
					return c.Type, true
				}
			}
		}
	}
	return ir.Type{}, false
}

// syncCounts says how many rows of the model a sync chooses, how many of them
// have no key, and how many are refused, by reason.
func (e *emitter) syncCounts(s *ir.Sync) (string, []refusal) {
	var keys []key
	for _, k := range modelsql.SyncKeys(s) {
		keys = append(keys, key{"R." + sqlname.Ident(k.SQL), k.Type})
	}
	from := e.relations[s.Model]
	if s.Where != "" {
		// On lines of its own, so that a comment at its end stays a comment.
		from = "(\n    select *\n    from " + from + "\n    where (\n" + s.Where + "\n    )\n)"
	}
	refused, reasons := e.refusals(s, keys)
	return counts(from, keys, refused...), reasons
}

// refusals are the addresses that are none: modelsql sends no row with such a
// key, and no such value of another field.
func (e *emitter) refusals(s *ir.Sync, keys []key) (counts []string, reasons []refusal) {
	whole := allFilled(keys)
	for _, k := range s.Keys {
		if k.Type.Kind == ir.Email {
			counts = append(counts, "count(*) filter (where "+whole+" and not "+address("R."+sqlname.Ident(k.SQL))+")")
			reasons = append(reasons, refusal{Name: k.Field + ": not an e-mail address", Row: true})
			whole += " and " + address("R."+sqlname.Ident(k.SQL))
		}
	}
	for _, f := range s.Fields {
		if f.Type.Kind == ir.Email {
			value := "R." + sqlname.Ident(f.SQL)
			counts = append(counts, "count(*) filter (where "+whole+" and "+value+" is not null and not coalesce("+value+" like '%_@_%._%', false))")
			reasons = append(reasons, refusal{Name: f.Field + ": not an e-mail address, sent empty"})
		}
	}
	return counts, reasons
}

// address is when modelsql takes a key for an address. Blanks are cut off where
// there are some.
func address(expr string) string {
	const blank = "in (32, 9, 10, 13, 160)"
	return "case when ascii(" + expr + ") " + blank + " or ascii(right(" + expr + ", 1)) " + blank + " then trim(" + expr +
		", ' ' || chr(9) || chr(10) || chr(13) || chr(160)) else " + expr + " end like '%_@_%._%'"
}

// key is one column of a key as SQL.
type key struct {
	expr string
	t    ir.Type
}

// counts gives ROWS_IN, ROWS_DROPPED and whatever else is to be counted.
func counts(from string, keys []key, more ...string) string {
	dropped := "0"
	if len(keys) > 0 {
		dropped = "count(*) filter (where not " + allFilled(keys) + ")"
	}
	items := append([]string{"count(*) as ROWS_IN", dropped + " as ROWS_DROPPED"}, more...)
	return "select\n    " + strings.Join(items, ",\n    ") + "\nfrom " + from + " as R"
}

func allFilled(keys []key) string {
	filled := make([]string, len(keys))
	for i, k := range keys {
		filled[i] = k.filled()
	}
	return "coalesce(" + strings.Join(filled, " and ") + ", false)"
}

// filled is when modelsql takes a key for one: not NULL, and not blank. A text
// that begins with no blank is known at once; to cut blanks off a million of
// them takes longer than to sort them.
func (k key) filled() string {
	if isText(k.t) {
		return "case when ascii(" + k.expr + ") > 160 or ascii(" + k.expr + ") between 33 and 159 then true else trim(" +
			k.expr + ", ' ' || chr(9) || chr(10) || chr(13) || chr(160)) <> '' end"
	}
	return k.expr + " is not null"
}

func isText(t ir.Type) bool { return t.Kind == ir.Text || t.Kind == ir.Email }

// columnType is the type of a column of a model; one that is not declared is
// taken for text.
func columnType(m *ir.Model, name string) ir.Type {
	for _, c := range m.Columns {
		if c.Name == name {
			return c.Type
		}
	}
	return ir.Type{Kind: ir.Text}
}

func columnSQL(m *ir.Model, name string) string {
	for _, c := range m.Columns {
		if c.Name == name {
			return c.SQL
		}
	}
	return strings.ToUpper(name)
}

// values writes the list of a test; numbers and truth values are not quoted.
func values(t *ir.Test, of ir.Type) string {
	out := make([]string, len(t.Values))
	for i, v := range t.Values {
		switch of.Kind {
		case ir.Integer, ir.Number, ir.Float, ir.Boolean:
			out[i] = v
		default:
			out[i] = sqlname.Literal(v)
		}
	}
	return strings.Join(out, ", ")
}
