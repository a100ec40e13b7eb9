package local

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

func (e *emitter) models() []model {
	out := []model{}
	for i := range e.p.Models {
		m := &e.p.Models[i]
		out = append(out, e.model(m))
		e.part("model:"+m.ID, m.Origin)
	}
	return out
}

func (e *emitter) model(m *ir.Model) model {
	out := model{ID: m.ID, UniqueBy: m.UniqueBy, Reads: reads(m),
		Relation: relation{Schema: e.p.Snowflake.Schemas.Analytics, Name: m.Relation}}
	for _, c := range m.Columns {
		col := typed(c.Name, c.SQL, c.Type, c.PII)
		for _, from := range c.From {
			col.From = append(col.From, from.Node+"#"+from.Column)
		}
		out.Columns = append(out.Columns, col)
	}
	if len(m.Inputs) > 0 {
		out.Relation.SQL = e.sql.Union(m)
		out.Counts = e.inputCounts(m)
	} else {
		out.Relation.SQL, out.NoPreview = e.resolve(m.SQL)
	}
	out.Checks = e.checks(m)
	return out
}

// reads are the nodes that a model reads, sorted: models, then streams.
func reads(m *ir.Model) []string {
	out := []string{}
	for _, id := range m.Refs {
		out = append(out, "model:"+id)
	}
	for _, id := range m.Streams {
		out = append(out, "stream:"+id)
	}
	return out
}

// checks are what dbt tests after building a model. What a union model's own
// statement makes sure of is not asked again.
func (e *emitter) checks(m *ir.Model) []named {
	var out []named
	if len(m.Inputs) == 0 && len(m.UniqueBy) > 0 {
		out = append(out, named{"unique_by", "select count(*) from (\n" + e.sql.Duplicates(m) + "\n)"})
	}
	for i := range m.Tests {
		t := &m.Tests[i]
		if sql := e.check(m, t); sql != "" {
			out = append(out, named{t.Name + " on " + t.Column, sql})
		}
	}
	return out
}

func (e *emitter) check(m *ir.Model, t *ir.Test) string {
	from := "select count(*)\nfrom " + e.relations[m.ID] + " as M\n"
	c := "M." + sqlname.Ident(t.SQL)
	granted := len(m.Inputs) > 0 && len(m.UniqueBy) == 1 && m.UniqueBy[0] == t.Column
	switch t.Name {
	case "not_null":
		if granted {
			return ""
		}
		return from + "where " + c + " is null"
	case "unique":
		if granted {
			return ""
		}
		return "select count(*)\nfrom (\n    select " + c + "\n    from " + e.relations[m.ID] + " as M\n    where " + c +
			" is not null\n    group by " + c + "\n    having count(*) > 1\n)"
	case "accepted_values":
		return from + "where " + c + " not in (" + values(t, columnType(m, t.Column)) + ")"
	case "relationships":
		return e.relationship(t, from, c)
	}
	return ""
}

func (e *emitter) relationship(t *ir.Test, from, c string) string {
	to := e.byID[t.To]
	if to == nil {
		return ""
	}
	field := sqlname.Ident(columnSQL(to, t.Field))
	return from + "where " + c + " is not null\n  and " + c + " not in (select P." + field + " from " + e.relations[t.To] +
		" as P where P." + field + " is not null)"
}
