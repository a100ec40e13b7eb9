package modelsql

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// Helper columns of union models. No column of a user begins so.
const (
	inputNo  = "TAPESTRY_INPUT"    // 1 for the first input
	orderCol = "TAPESTRY_ORDER_%d" // terms of order_by, which need not be columns of the model
	position = "TAPESTRY_POSITION" // of a row within its input and key
	placing  = "TAPESTRY_PLACE"    // of a row within its key
)

// union is a union model with what its statements need to know.
type union struct {
	*Writer
	m    *ir.Model
	keys []ir.ModelColumn // columns of unique_by, in the order of unique_by
}

func (w *Writer) union(m *ir.Model) *union {
	u := &union{Writer: w, m: m}
	for _, name := range m.UniqueBy {
		for _, c := range m.Columns {
			if c.Name == name {
				u.keys = append(u.keys, c)
			}
		}
	}
	return u
}

// Union puts the inputs of a model together: one row a key where it has
// unique_by, all rows otherwise.
func (w *Writer) Union(m *ir.Model) string {
	u := w.union(m)
	if len(u.keys) == 0 {
		return u.allRows()
	}
	steps := append(u.steps(), cte{"placed", u.placed()})
	if m.Merge == ir.FirstNonNull {
		return statement(steps, u.firstNonNull())
	}
	return statement(steps, "-- "+w.d.Comment("merge: first_row")+"\nselect\n"+list(u.names(""))+"\nfrom placed\nwhere "+placing+" = 1")
}

// Audit counts, for each input of a model with unique_by: rows read, rows
// dropped because they have no key, rows whose key an earlier row has, and rows
// that are first with their key. ROWS_OUT adds up to the rows of the model. It
// is empty for a model without unique_by, which neither drops nor merges.
func (w *Writer) Audit(m *ir.Model) string {
	u := w.union(m)
	if len(u.keys) == 0 {
		return ""
	}
	steps := append(u.steps(), cte{"placed", u.placed()}, cte{"inputs", u.counted()},
		cte{"kept", "select\n" + list([]string{inputNo, "count(*) as ROWS_OUT"}) + "\nfrom placed\nwhere " + placing + " = 1\ngroup by " + inputNo})
	return statement(steps, "select\n"+list([]string{
		"inputs.INPUT_NAME",
		"inputs.ROWS_IN",
		"inputs.ROWS_DROPPED",
		"inputs.ROWS_IN - inputs.ROWS_DROPPED - coalesce(kept.ROWS_OUT, 0) as ROWS_MERGED",
		"coalesce(kept.ROWS_OUT, 0) as ROWS_OUT",
	})+"\nfrom inputs\nleft join kept on kept."+inputNo+" = inputs."+inputNo)
}

// allRows is the plain union.
func (u *union) allRows() string {
	parts := make([]string, len(u.m.Inputs))
	for i := range u.m.Inputs {
		in := &u.m.Inputs[i]
		parts[i] = u.inputOrigin(in) + "\nselect\n" + list(u.values(in, false)) + "\nfrom " + u.d.Model(in.Relation) + " as R"
	}
	return strings.Join(parts, "\nunion all\n")
}

// steps read each input and number its rows within their key.
func (u *union) steps() []cte {
	var steps []cte
	var numbered []string
	for i := range u.m.Inputs {
		in := &u.m.Inputs[i]
		name := "input_" + strconv.Itoa(i+1)
		steps = append(steps, cte{name, u.read(in, i+1)})
		numbered = append(numbered, u.numbered(in, name))
	}
	return append(steps, cte{"numbered", strings.Join(numbered, "\nunion all\n")})
}

// read selects the model's columns from one input, under names that cannot be
// mistaken for the input's own.
func (u *union) read(in *ir.Input, number int) string {
	columns := append([]string{strconv.Itoa(number) + " as " + inputNo}, u.values(in, true)...)
	for i, o := range in.OrderBy {
		columns = append(columns, "R."+u.d.Ident(o.SQL)+" as "+fmt.Sprintf(orderCol, i+1))
	}
	return u.inputOrigin(in) + "\nselect\n" + list(columns) + "\nfrom " + u.d.Model(in.Relation) + " as R"
}

func (u *union) inputOrigin(in *ir.Input) string { return u.origin(in.From) }

// values are the model's columns as one input fills them.
func (u *union) values(in *ir.Input, keysNormal bool) []string {
	out := make([]string, len(u.m.Columns))
	for i, c := range u.m.Columns {
		expr := u.input(in, &c)
		if keysNormal && u.isKey(c.Name) {
			expr = normal(expr, c.Type)
		}
		out[i] = as(expr, u.d.Ident(c.SQL))
	}
	return out
}

// input is the value that an input has for a column of the model.
func (u *union) input(in *ir.Input, c *ir.ModelColumn) string {
	for _, pair := range in.Columns {
		if pair.Model != c.Name {
			continue
		}
		expr := "R." + u.d.Ident(pair.InputSQL)
		from, known := u.inputType(in, pair.Input)
		if known && !sameType(from, c.Type) {
			return u.d.Convert(expr, from, c.Type)
		}
		return expr
	}
	return u.d.Null(c.Type)
}

// sameType reports whether a column of type a needs no conversion to type b.
func sameType(a, b ir.Type) bool { return a == b || isText(a) && isText(b) }

func (u *union) isKey(name string) bool {
	for _, k := range u.keys {
		if k.Name == name {
			return true
		}
	}
	return false
}

// numbered drops the rows of one input that have no key and numbers the others.
func (u *union) numbered(in *ir.Input, name string) string {
	return "select\n" + list(append([]string{inputNo}, append(u.names(""),
		"row_number() over (\n"+shift("partition by "+u.keyList("")+"\norder by "+strings.Join(u.order(in), ", "))+"\n) as "+position)...)) +
		"\nfrom " + name + "\nwhere " + u.hasKey()
}

// order is the order of the rows of one input: order_by, then every column of
// the model that is not a key, so that rows which still tie are equal.
func (u *union) order(in *ir.Input) []string {
	var terms []string
	for i, o := range in.OrderBy {
		term := u.orderTerm(in, o, fmt.Sprintf(orderCol, i+1))
		if o.Desc {
			terms = append(terms, descending(term))
		} else {
			terms = append(terms, ascending(term))
		}
	}
	for _, c := range u.m.Columns {
		if !u.isKey(c.Name) {
			terms = append(terms, ascending(comparable(u.d.Ident(c.SQL), c.Type)))
		}
	}
	if len(terms) == 0 {
		return []string{inputNo} // nothing but the key: all rows are equal
	}
	return terms
}

func (u *union) orderTerm(in *ir.Input, o ir.Order, column string) string {
	t, _ := u.inputType(in, o.Column)
	return comparable(column, t)
}

func (u *union) hasKey() string {
	conditions := make([]string, len(u.keys))
	for i, k := range u.keys {
		conditions[i] = filled(u.d.Ident(k.SQL), k.Type)
	}
	return strings.Join(conditions, "\n  and ")
}

func (u *union) keyList(table string) string {
	keys := make([]string, len(u.keys))
	for i, k := range u.keys {
		keys[i] = table + u.d.Ident(k.SQL)
	}
	return strings.Join(keys, ", ")
}

func (u *union) names(table string) []string {
	names := make([]string, len(u.m.Columns))
	for i, c := range u.m.Columns {
		names[i] = table + u.d.Ident(c.SQL)
	}
	return names
}

// placed numbers the rows of one key over all inputs.
func (u *union) placed() string {
	return "select\n" + list([]string{"*", "row_number() over (\n" +
		shift("partition by "+u.keyList("")+"\norder by "+inputNo+", "+position) + "\n) as " + placing}) + "\nfrom numbered"
}

// firstNonNull takes each column from the first row that has a value for it.
func (u *union) firstNonNull() string {
	columns := make([]string, len(u.m.Columns))
	for i, c := range u.m.Columns {
		name := u.d.Ident(c.SQL)
		from := "placed." + name
		columns[i] = from
		if !u.isKey(c.Name) {
			columns[i] = "min_by(" + from + ", case when " + from + " is not null then placed." + placing + " end) as " + name
		}
	}
	return "-- " + u.d.Comment("merge: first_non_null") + "\nselect\n" + list(columns) + "\nfrom placed\ngroup by " + u.keyList("placed.")
}

// counted counts the rows of each input and those without a key.
func (u *union) counted() string {
	parts := make([]string, len(u.m.Inputs))
	for i, in := range u.m.Inputs {
		parts[i] = "select\n" + list([]string{
			strconv.Itoa(i+1) + " as " + inputNo,
			u.d.User(quote(in.From)) + " as INPUT_NAME",
			"count(*) as ROWS_IN",
			"count(case when " + strings.ReplaceAll(u.hasKey(), "\n ", "") + " then null else 1 end) as ROWS_DROPPED",
		}) + "\nfrom input_" + strconv.Itoa(i+1)
	}
	return strings.Join(parts, "\nunion all\n")
}
