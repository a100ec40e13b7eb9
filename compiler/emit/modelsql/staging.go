package modelsql

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// Columns that Airbyte adds to every raw table.
const (
	RawID        = "_AIRBYTE_RAW_ID"
	ExtractedAt  = "_AIRBYTE_EXTRACTED_AT"
	Meta         = "_AIRBYTE_META"
	GenerationID = "_AIRBYTE_GENERATION_ID"
)

// Staging cleans one stream: the declared columns in their declared types, the
// latest version of each record where the raw table keeps all of them, without
// the records that are marked as deleted.
func (w *Writer) Staging(src *ir.Source, st *ir.Stream) string {
	steps := []cte{{"typed", w.typed(src, st)}}
	if key := w.latestKey(st); key != "" {
		steps = append(steps, cte{"latest", w.latest(st, key)})
	}
	final := "select\n" + list(w.columnNames(st)) + "\nfrom " + steps[len(steps)-1].name
	if alive := w.alive(st); alive != "" {
		final += "\n-- " + w.d.Comment("deleted_when: "+st.DeletedWhen) + "\nwhere " + alive
	}
	return statement(steps, final)
}

// typed selects the declared columns, and what is needed to find the latest
// version of a record.
func (w *Writer) typed(src *ir.Source, st *ir.Stream) string {
	var columns []string
	for i := range st.Columns {
		c := &st.Columns[i]
		columns = append(columns, as(w.value(c), w.d.Ident(c.SQL)))
	}
	if w.latestKey(st) != "" {
		columns = append(columns, RawID, ExtractedAt)
	}
	text := w.origin(st.ID) + "\nselect\n" + list(columns) + "\nfrom " + w.d.Raw(src, st) + " as " + RawAlias
	if w.fromFiles() && st.SyncMode == ir.FullOverwrite {
		text += "\nwhere " + RawAlias + "." + GenerationID + " = (\n" + shift(w.settledRefresh(src, st)) + "\n)"
	}
	return text
}

// settledRefresh is the newest refresh that no file was added to for an hour.
// Files of earlier refreshes stay loaded, and nothing says when a refresh has
// ended: the one that is being written now has only some of the rows, and the
// others would seem to have left.
func (w *Writer) settledRefresh(src *ir.Source, st *ir.Stream) string {
	refreshes := "select " + GenerationID + "\nfrom " + w.d.Raw(src, st) + "\ngroup by " + GenerationID +
		"\nhaving max(" + ExtractedAt + ") < current_timestamp - interval '1 hour'"
	return "select max(" + GenerationID + ") from (\n" + shift(refreshes) + "\n) as settled"
}

// value is a column of the raw table in its declared type.
func (w *Writer) value(c *ir.Column) string {
	if c.Nested != nil {
		return w.d.FromJSON(w.d.Ident(c.Nested.SQL), c.Nested.Path, c.Type)
	}
	return w.d.FromRaw(w.d.Ident(c.SQL), c.Type)
}

// fromFiles reports whether raw tables are loaded from files that Airbyte
// writes: they only ever grow.
func (w *Writer) fromFiles() bool { return w.pipeline.Ingestion.Landing == ir.S3 }

// latestKey is what the versions of one record have in common, or empty where
// the raw table holds one row a record already, or nothing tells records apart.
// A record whose key is NULL is a record of its own: it must not swallow others.
func (w *Writer) latestKey(st *ir.Stream) string {
	everyVersion := st.SyncMode == ir.FullAppend || st.SyncMode == ir.IncrementalAppend ||
		st.SyncMode == ir.IncrementalDeduped && w.fromFiles()
	if !everyVersion || len(st.PrimaryKey) == 0 {
		return ""
	}
	var keys, missing []string
	for _, name := range st.PrimaryKey {
		key := w.d.Ident(columnSQL(st, name))
		keys, missing = append(keys, key), append(missing, key+" is null")
	}
	return strings.Join(keys, ", ") + ", case when " + strings.Join(missing, " or ") + " then " + RawID + " end"
}

// latest keeps the newest version of each record. The raw id makes the order
// total.
func (w *Writer) latest(st *ir.Stream, key string) string {
	var order []string
	if st.Cursor != "" {
		order = append(order, descending(w.d.Ident(columnSQL(st, st.Cursor))))
	}
	order = append(order, descending(ExtractedAt), descending(RawID))
	return "select *\nfrom typed\nqualify row_number() over (\n" +
		shift("partition by "+key+"\norder by "+strings.Join(order, ", ")) + "\n) = 1"
}

// alive is the condition that a record is not marked as deleted.
func (w *Writer) alive(st *ir.Stream) string {
	if st.DeletedWhen == "" {
		return ""
	}
	mark := w.d.Ident(columnSQL(st, st.DeletedWhen))
	i := slices.IndexFunc(st.Columns, func(c ir.Column) bool { return c.Name == st.DeletedWhen })
	if i >= 0 && st.Columns[i].Type.Kind == ir.Boolean {
		return "not coalesce(" + mark + ", false)"
	}
	return mark + " is null"
}

func (w *Writer) columnNames(st *ir.Stream) []string {
	names := make([]string, len(st.Columns))
	for i, c := range st.Columns {
		names[i] = w.d.Ident(c.SQL)
	}
	return names
}

// columnSQL is the warehouse name of a column of a stream.
func columnSQL(st *ir.Stream, name string) string {
	for _, c := range st.Columns {
		if c.Name == name {
			return c.SQL
		}
	}
	return strings.ToUpper(name)
}

func descending(column string) string { return column + " desc nulls last" }

func ascending(column string) string { return column + " nulls last" }

// BadValues counts, for each column, the values of the raw table that did not
// fit the declared type and became NULL; columns without any give no row. It is
// empty for a stream that has no column which could hold such a value. A raw
// table that is loaded from files has the declared types: what did not fit there
// was lost on loading, and only nested values are counted.
func (w *Writer) BadValues(src *ir.Source, st *ir.Stream) string {
	var counts []string
	for i := range st.Columns {
		c := &st.Columns[i]
		switch c.Type.Kind {
		case ir.Text, ir.Email, ir.JSON:
			continue // any value is text, and any value is JSON
		}
		counts = append(counts, w.badValue(src, st, c))
	}
	if len(counts) == 0 {
		return ""
	}
	return statement([]cte{{"counted", strings.Join(counts, "\nunion all\n")}}, "select *\nfrom counted\nwhere VALUES_LOST > 0")
}

func (w *Writer) badValue(src *ir.Source, st *ir.Stream, c *ir.Column) string {
	asText := *c
	asText.Type = ir.Type{Kind: ir.Text}
	return "select\n" + list([]string{
		w.d.User(quote(c.Name)) + " as COLUMN_NAME",
		w.d.User(quote(TypeWord(c.Type))) + " as DECLARED_TYPE",
		"count(*) as VALUES_LOST",
	}) + "\nfrom " + w.d.Raw(src, st) + " as " + RawAlias + "\nwhere " + w.value(&asText) + " is not null\n  and " + w.value(c) + " is null"
}
