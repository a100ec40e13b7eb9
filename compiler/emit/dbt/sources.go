package dbt

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/modelsql"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	y "github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// sources declares the raw tables.
func (e *emitter) sources() {
	var list y.Seq
	var origins []source.Span
	var provides []string
	for i := range e.p.Sources {
		src := &e.p.Sources[i]
		list = append(list, sourceEntry(src))
		origins = append(origins, src.Origin)
		for j := range src.Streams {
			provides = append(provides, "source:"+src.Streams[j].ID)
		}
	}
	if len(list) == 0 {
		return
	}
	e.add(file{path: "models/sources.yml", kind: "source", provides: provides, origins: origins,
		content: string(y.Document{Root: y.Map{y.K("sources", list)}}.Bytes())})
}

func sourceEntry(src *ir.Source) y.Map {
	var tables y.Seq
	for i := range src.Streams {
		tables = append(tables, tableEntry(src, &src.Streams[i]))
	}
	return y.Map{
		y.K("name", y.Str(src.ID)),
		y.K("description", y.Str(verbatim(src.Title+", as Airbyte leaves it."))),
		y.K("database", y.Str("{{ target.database }}")),
		y.K("schema", y.Str(src.Schema)),
		y.K("quoting", quoted()),
		y.K("tables", tables),
	}
}

func tableEntry(src *ir.Source, st *ir.Stream) y.Map {
	m := y.Map{
		y.K("name", y.Str(st.Key)),
		y.K("identifier", y.Str(st.Table)),
		y.K("description", y.Str(verbatim("Raw rows of "+st.ID+", deleted records included. Read "+st.Staging+" for clean ones."))),
	}
	if config := freshness(src, st); config != nil {
		m = append(m, y.K("config", config))
	}
	return append(m, y.K("columns", rawColumns(st)))
}

// freshness warns when a stream that is read anew each time has not been for
// three times its schedule. An incremental stream of which nothing changed is
// not stale, so nothing is said about it.
func freshness(src *ir.Source, st *ir.Stream) y.Map {
	full := st.SyncMode == ir.FullOverwrite || st.SyncMode == ir.FullAppend
	if !full || src.Schedule.Manual || src.Schedule.Minutes == 0 {
		return nil
	}
	return y.Map{
		y.K("loaded_at_field", y.Str(modelsql.ExtractedAt)),
		y.K("freshness", y.Map{
			y.K("warn_after", y.Map{y.K("count", y.Int(int64(3*src.Schedule.Minutes))), y.K("period", y.Str("minute"))}),
		}),
	}
}

func rawColumns(st *ir.Stream) y.Seq {
	var columns y.Seq
	for i := range st.Columns {
		if c := &st.Columns[i]; c.Raw {
			columns = append(columns, columnEntry(c.SQL, nil, meta{name: c.Name, pii: c.PII}))
		}
	}
	for _, c := range [][2]string{
		{modelsql.RawID, "Airbyte's id of the row."},
		{modelsql.ExtractedAt, "When Airbyte read the row from the source."},
		{modelsql.Meta, "What Airbyte had to change in the row."},
		{modelsql.GenerationID, "Grows with each refresh of the stream."},
	} {
		columns = append(columns, y.Map{y.K("name", y.Str(c[0])), y.K("description", y.Str(c[1]))})
	}
	return columns
}

// staging writes one view a stream, and the test that counts its bad values.
func (e *emitter) staging() {
	var list y.Seq
	for i := range e.p.Sources {
		src := &e.p.Sources[i]
		for j := range src.Streams {
			st := &src.Streams[j]
			e.stagingModel(src, st)
			e.badValues(src, st)
			list = append(list, e.stagingEntry(st))
		}
	}
	if len(list) > 0 {
		e.add(file{path: "models/staging/staging.yml", kind: "properties",
			content: string(y.Document{Root: y.Map{y.K("models", list)}}.Bytes())})
	}
}

func (e *emitter) stagingModel(src *ir.Source, st *ir.Stream) {
	alias := strings.ToUpper(st.Staging)
	e.add(file{path: "models/staging/" + st.Staging + ".sql", kind: "model",
		content: config(setting{"alias", word(alias)}) + rawTypes(src, st) + e.sql.Staging(src, st),
		needs:   []string{rawTable(src, st)}, provides: []string{e.analytics("view", alias)}, origins: []source.Span{st.Origin}})
}

// rawTypes looks up the types of the raw table, once a file.
func rawTypes(src *ir.Source, st *ir.Stream) string {
	return "{%- set raw_types = tapestry_raw_types(" + sourceCall(src, st) + ") %}\n\n"
}

func (e *emitter) badValues(src *ir.Source, st *ir.Stream) {
	sql := e.sql.BadValues(src, st)
	if sql == "" {
		return
	}
	e.add(file{path: "tests/bad_values_" + st.Staging + ".sql", kind: "test",
		content: config(setting{"severity", "'warn'"}) + rawTypes(src, st) + sql,
		needs:   []string{rawTable(src, st)}, origins: []source.Span{st.Origin}})
}

func (e *emitter) stagingEntry(st *ir.Stream) y.Map {
	columns := make(y.Seq, len(st.Columns))
	for i := range st.Columns {
		c := &st.Columns[i]
		columns[i] = columnEntry(c.SQL, &c.Type, meta{name: c.Name, pii: c.PII, lineage: []string{st.ID + "." + c.Name}})
	}
	return y.Map{
		y.K("name", y.Str(st.Staging)),
		y.K("description", y.Str(verbatim("Rows of "+st.ID+" in their declared types, without deleted records."))),
		y.K("columns", columns),
	}
}

// meta is what our tools want to know about a column.
type meta struct {
	name    string // in the pipeline file
	pii     bool
	lineage []string
}

// columnEntry describes a column. t is nil where the type is not ours to say.
func columnEntry(sql string, t *ir.Type, m meta) y.Map {
	entry := y.Map{y.K("name", y.Str(sql))}
	if t != nil {
		entry = append(entry, y.K("data_type", y.Str(modelsql.TypeWord(*t))))
	}
	if sqlname.Ident(sql) != sql {
		entry = append(entry, y.K("quote", y.Bool(true)))
	}
	values := y.Map{y.K("name", y.Str(verbatim(m.name))), y.K("pii", y.Bool(m.pii))}
	if len(m.lineage) > 0 {
		lineage := make([]string, len(m.lineage))
		for i, l := range m.lineage {
			lineage[i] = verbatim(l)
		}
		values = append(values, y.K("lineage", y.Strs(lineage...)))
	}
	return append(entry, y.K("config", y.Map{y.K("meta", values)}))
}
