package modelsql

import "github.com/tapestry-ci/tapestry-ci/compiler/ir"

// RawAlias is the alias of a raw table where its columns are read: a column
// must not be mistaken for the converted one of the same name.
const RawAlias = "R"

// Dialect writes the parts of a statement that depend on who runs it.
type Dialect interface {
	// Model gives the relation of a dbt model or snapshot, by its dbt name.
	Model(name string) string
	// Raw gives the raw table of a stream.
	Raw(src *ir.Source, st *ir.Stream) string
	// Ident gives a column name as SQL.
	Ident(name string) string
	// User passes on SQL that the user wrote.
	User(sql string) string
	// Comment gives text that may follow "-- " on one line.
	Comment(text string) string

	// FromRaw turns a column of a raw table, whose type was Airbyte's choice,
	// into type to.
	FromRaw(column string, to ir.Type) string
	// FromJSON takes the value at path out of a JSON column of a raw table, or
	// NULL, and turns it into type to.
	FromJSON(column string, path []string, to ir.Type) string
	// Convert turns an expression of a known type into another type.
	Convert(expr string, from, to ir.Type) string
	// Null gives a NULL of type t.
	Null(t ir.Type) string
}

// Writer writes the statements of one pipeline in one dialect.
type Writer struct {
	d        Dialect
	pipeline *ir.Pipeline
	types    map[columnRef]ir.Type
}

// columnRef names a column of a stream or model by the node's id.
type columnRef struct{ node, column string }

// New reads the pipeline's column types once, so that writing a statement does
// not have to look for them.
func New(d Dialect, p *ir.Pipeline) *Writer {
	w := &Writer{d: d, pipeline: p, types: map[columnRef]ir.Type{}}
	for _, src := range p.Sources {
		for _, st := range src.Streams {
			for _, c := range st.Columns {
				w.types[columnRef{"stream:" + st.ID, c.Name}] = c.Type
			}
		}
	}
	for _, m := range p.Models {
		for _, c := range m.Columns {
			w.types[columnRef{"model:" + m.ID, c.Name}] = c.Type
		}
	}
	return w
}

// inputType is the type of a column of an input, and whether it is known: a
// model in SQL may not declare its columns.
func (w *Writer) inputType(in *ir.Input, column string) (ir.Type, bool) {
	kind := "stream:"
	if in.IsModel {
		kind = "model:"
	}
	t, known := w.types[columnRef{kind + in.From, column}]
	return t, known
}
