package local

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/modelsql"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

func (e *emitter) streams() []stream {
	out := []stream{}
	for i := range e.p.Sources {
		src := &e.p.Sources[i]
		for j := range src.Streams {
			st := &src.Streams[j]
			out = append(out, e.stream(src, st))
			e.part("stream:"+st.ID, st.Origin)
		}
	}
	return out
}

func (e *emitter) stream(src *ir.Source, st *ir.Stream) stream {
	out := stream{
		ID: st.ID, Schema: src.Schema, Table: st.Table, Sample: src.ID + "/" + st.Key,
		SyncMode: string(st.SyncMode), PrimaryKey: st.PrimaryKey, Cursor: st.Cursor, DeletedWhen: st.DeletedWhen,
		Versions: e.versions(st),
		Staging:  relation{Schema: e.p.Snowflake.Schemas.Analytics, Name: strings.ToUpper(st.Staging), SQL: e.sql.Staging(src, st)},
		Lost:     e.lost(src, st),
	}
	for _, c := range st.Columns {
		col := typed(c.Name, c.SQL, c.Type, c.PII)
		if c.Nested != nil {
			col.Nested = &nested{Column: c.Nested.Column, Path: c.Nested.Path}
		}
		out.Columns = append(out.Columns, col)
	}
	return out
}

// versions reports whether Airbyte, or the load from files, only ever adds rows.
func (e *emitter) versions(st *ir.Stream) bool {
	return st.SyncMode == ir.FullAppend || st.SyncMode == ir.IncrementalAppend ||
		st.SyncMode == ir.IncrementalDeduped && e.p.Ingestion.Landing == ir.S3
}

// lost counts nested values only: a sample file is read column by column, and
// what does not fit there is known by its row.
func (e *emitter) lost(src *ir.Source, st *ir.Stream) string {
	onlyNested := *st
	onlyNested.Columns = slices.DeleteFunc(slices.Clone(st.Columns), func(c ir.Column) bool { return c.Nested == nil })
	return e.sql.BadValues(src, &onlyNested)
}

func typed(name, sql string, t ir.Type, pii bool) column {
	return column{Name: name, SQL: sql, Type: modelsql.TypeWord(t), DuckDB: sqlname.Type(t, sqlname.DuckDB), PII: pii}
}
