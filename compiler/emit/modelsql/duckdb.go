package modelsql

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// DuckDB writes SQL that an embedded DuckDB runs as it is. Relation gives the
// table of a dbt model or snapshot by its dbt name, Table that of a stream.
type DuckDB struct {
	Relation func(name string) string
	Table    func(src *ir.Source, st *ir.Stream) string
}

// Model is part of Dialect.
func (d DuckDB) Model(name string) string { return d.Relation(name) }

// Raw is part of Dialect.
func (d DuckDB) Raw(src *ir.Source, st *ir.Stream) string { return d.Table(src, st) }

// Ident is part of Dialect.
func (DuckDB) Ident(name string) string { return sqlname.Ident(name) }

// User is part of Dialect.
func (DuckDB) User(sql string) string { return sql }

// Comment is part of Dialect.
func (DuckDB) Comment(text string) string { return OneLine(text) }

// OneLine turns every line end of text into a space, so that a comment stays one.
func OneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return r == '\n' || r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029'
	}), " ")
}

// FromRaw is part of Dialect.
func (DuckDB) FromRaw(column string, to ir.Type) string {
	return withoutJSONNull(tryCast(RawAlias+"."+column, to), to)
}

// FromJSON is part of Dialect.
func (DuckDB) FromJSON(column string, path []string, to ir.Type) string {
	json, at := "try_cast("+RawAlias+"."+column+" as JSON)", sqlname.Literal(jsonPath(path))
	if to.Kind == ir.JSON {
		return withoutJSONNull(json+" -> "+at, to)
	}
	return tryCast(json+" ->> "+at, to)
}

// withoutJSONNull makes NULL of the JSON value null: a value that is there but
// says nothing must not win over one that says something.
func withoutJSONNull(expr string, t ir.Type) string {
	if t.Kind == ir.JSON {
		return "nullif(" + expr + ", 'null')"
	}
	return expr
}

// Convert is part of Dialect.
func (DuckDB) Convert(expr string, from, to ir.Type) string {
	if from.Kind == ir.JSON && to.Kind != ir.JSON {
		return tryCast(expr+" ->> '$'", to)
	}
	return tryCast(expr, to)
}

// Null is part of Dialect.
func (DuckDB) Null(t ir.Type) string { return "cast(null as " + sqlType(t) + ")" }

func tryCast(expr string, to ir.Type) string {
	return "try_cast(" + expr + " as " + sqlType(to) + ")"
}

// sqlType is the name that both engines read, where there is one.
func sqlType(t ir.Type) string {
	if name := sqlname.Type(t, sqlname.Neutral); name != "" {
		return name
	}
	return sqlname.Type(t, sqlname.DuckDB)
}

// jsonPath gives keys as a JSON path. DuckDB reads a * in one as "all keys"
// even inside quotes; keys that a path cannot say are given as a JSON pointer.
func jsonPath(keys []string) string {
	if !strings.ContainsAny(strings.Join(keys, ""), `*"\`) {
		return `$."` + strings.Join(keys, `"."`) + `"`
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	var b strings.Builder
	for _, key := range keys {
		b.WriteString("/" + escape.Replace(key))
	}
	return b.String()
}
