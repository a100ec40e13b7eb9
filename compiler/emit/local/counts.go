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

// syncCounts says how many rows of the model a sync chooses, and how many of
// them have no key.
func (e *emitter) syncCounts(s *ir.Sync) string {
	var keys []key
	for _, k := range modelsql.SyncKeys(s) {
		keys = append(keys, key{"R." + sqlname.Ident(k.SQL), k.Type})
	}
	if s.Where == "" {
		return counts(e.relations[s.Model], keys)
	}
	// On lines of its own, so that a comment at its end stays a comment.
	return counts("(\n    select *\n    from "+e.relations[s.Model]+"\n    where (\n"+s.Where+"\n    )\n)", keys)
}

// key is one column of a key as SQL.
type key struct {
	expr string
	t    ir.Type
}

func counts(from string, keys []key) string {
	dropped := "0"
	if len(keys) > 0 {
		filled := make([]string, len(keys))
		for i, k := range keys {
			filled[i] = k.filled()
		}
		dropped = "count(*) filter (where not coalesce(" + strings.Join(filled, " and ") + ", false))"
	}
	return "select\n    count(*) as ROWS_IN,\n    " + dropped + " as ROWS_DROPPED\nfrom " + from + " as R"
}

// filled is when modelsql takes a key for one: not NULL, and not blank.
func (k key) filled() string {
	if isText(k.t) {
		return "trim(" + k.expr + ", ' ' || chr(9) || chr(10) || chr(13) || chr(160)) <> ''"
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
