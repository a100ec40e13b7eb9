package dbt

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/modelsql"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	y "github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// models writes the user's models with their tests, and the audit of each union.
func (e *emitter) models() {
	var list y.Seq
	for i := range e.p.Models {
		m := &e.p.Models[i]
		if len(m.Inputs) > 0 {
			e.unionModel(m)
		} else {
			e.sqlModel(m)
		}
		list = append(list, e.modelEntry(m))
	}
	root := y.Map{}
	if len(list) > 0 {
		root = append(root, y.K("models", list))
	}
	if exposures := e.exposures(); len(exposures) > 0 {
		root = append(root, y.Entry{Key: "exposures", Value: exposures, Gap: len(list) > 0})
	}
	if len(root) > 0 {
		e.add(file{path: "models/models.yml", kind: "properties", content: string(y.Document{Root: root}.Bytes())})
	}
}

func (e *emitter) unionModel(m *ir.Model) {
	materialized := m.Materialized
	if materialized == "incremental" {
		materialized = "table" // see doc.go
	}
	settings := append([]setting{{"alias", word(m.Relation)}, {"materialized", word(materialized)}}, e.tagHooks(materialized, personal(m))...)
	e.addModel(m, config(settings...)+e.sql.Union(m))
	audit := e.sql.Audit(m)
	if audit == "" {
		return
	}
	relation := "AUDIT_" + m.Relation
	e.add(file{path: "models/audit/audit_" + m.ID + ".sql", kind: "model", content: config(setting{"alias", word(relation)}) + audit,
		provides: []string{e.analytics("view", relation)}, origins: []source.Span{m.Origin}})
}

// sqlModel puts a head on the user's SQL and changes nothing in it.
func (e *emitter) sqlModel(m *ir.Model) {
	settings := []setting{{"alias", word(m.Relation)}, {"materialized", word(m.Materialized)}}
	if m.Materialized == "incremental" {
		if len(m.UniqueBy) > 0 {
			settings = append(settings, setting{"unique_key", words(keyNames(m))})
		}
		settings = append(settings, setting{"on_schema_change", "'append_new_columns'"})
	}
	head := config(append(settings, e.tagHooks(m.Materialized, personal(m))...)...)
	if m.SQLPath != "" {
		head += "{# " + strings.ReplaceAll(modelsql.OneLine(m.SQLPath), "#}", "# }") + " #}\n"
	}
	e.addModel(m, head+strings.ReplaceAll(m.SQL, "\r\n", "\n"))
	e.uniqueTest(m)
}

func (e *emitter) addModel(m *ir.Model, content string) {
	kind := "table"
	if m.Materialized == "view" {
		kind = "view"
	}
	e.add(file{path: "models/" + m.ID + ".sql", kind: "model", content: content,
		provides: []string{e.analytics(kind, m.Relation)}, origins: []source.Span{m.Origin}})
}

// keyNames are the columns of unique_by as SQL.
func keyNames(m *ir.Model) []string {
	names := make([]string, len(m.UniqueBy))
	for i, name := range m.UniqueBy {
		names[i] = sqlname.Ident(columnSQL(m, name))
	}
	return names
}

func columnSQL(m *ir.Model, name string) string {
	for _, c := range m.Columns {
		if c.Name == name {
			return c.SQL
		}
	}
	return strings.ToUpper(name)
}

// uniqueTest holds a model in SQL to its unique_by.
func (e *emitter) uniqueTest(m *ir.Model) {
	if len(m.UniqueBy) == 0 {
		return
	}
	e.add(file{path: "tests/unique_" + m.ID + ".sql", kind: "test", content: e.sql.Duplicates(m), origins: []source.Span{m.Origin}})
}

func (e *emitter) modelEntry(m *ir.Model) y.Map {
	entry := y.Map{y.K("name", y.Str(m.ID))}
	if m.Description != "" {
		entry = append(entry, y.K("description", y.Str(verbatim(m.Description))))
	}
	columns := make(y.Seq, len(m.Columns))
	for i := range m.Columns {
		columns[i] = e.modelColumn(m, &m.Columns[i])
	}
	if len(columns) > 0 {
		entry = append(entry, y.K("columns", columns))
	}
	return entry
}

func (e *emitter) modelColumn(m *ir.Model, c *ir.ModelColumn) y.Map {
	lineage := make([]string, len(c.From))
	for i, from := range c.From {
		_, node, _ := strings.Cut(from.Node, ":")
		lineage[i] = node + "." + from.Column
	}
	entry := columnEntry(c.SQL, &c.Type, meta{name: c.Name, pii: c.PII, lineage: lineage})
	var tests y.Seq
	for i := range m.Tests {
		if m.Tests[i].Column == c.Name {
			tests = append(tests, e.dataTest(&m.Tests[i], c.Type))
		}
	}
	if len(tests) > 0 {
		entry = append(entry, y.K("data_tests", tests))
	}
	return entry
}

func (e *emitter) dataTest(t *ir.Test, columnType ir.Type) y.Node {
	switch t.Name {
	case "accepted_values":
		values := make([]string, len(t.Values))
		for i, v := range t.Values {
			values[i] = verbatim(v)
		}
		return test(t.Name, y.Map{y.K("values", y.Strs(values...)), y.K("quote", y.Bool(!bare(columnType)))})
	case "relationships":
		return test(t.Name, y.Map{y.K("to", y.Str("ref("+word(t.To)+")")), y.K("field", y.Str(sqlname.Ident(e.modelColumnSQL(t.To, t.Field))))})
	}
	return y.Str(t.Name)
}

func test(name string, arguments y.Map) y.Node {
	return y.Map{y.K(name, y.Map{y.K("arguments", arguments)})}
}

// bare reports whether values of t are written without quotes in SQL.
func bare(t ir.Type) bool {
	switch t.Kind {
	case ir.Integer, ir.Number, ir.Float, ir.Boolean:
		return true
	}
	return false
}

func (e *emitter) modelColumnSQL(model, column string) string {
	for i := range e.p.Models {
		if e.p.Models[i].ID == model {
			return columnSQL(&e.p.Models[i], column)
		}
	}
	return strings.ToUpper(column)
}
