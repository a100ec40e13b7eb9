package dbt

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/modelsql"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// jinja writes the parts of a statement that dbt fills in: relations by ref and
// source, conversions by the macros of macros/types.sql.
type jinja struct{}

var _ modelsql.Dialect = jinja{}

func (jinja) Model(name string) string { return "{{ ref(" + word(name) + ") }}" }

func (jinja) Raw(src *ir.Source, st *ir.Stream) string { return "{{ " + sourceCall(src, st) + " }}" }

func sourceCall(src *ir.Source, st *ir.Stream) string {
	return "source(" + word(src.ID) + ", " + word(st.Key) + ")"
}

func (jinja) Ident(name string) string { return verbatim(sqlname.Ident(name)) }

func (jinja) User(sql string) string { return verbatim(sql) }

func (jinja) Comment(text string) string { return verbatim(modelsql.OneLine(text)) }

func (jinja) FromRaw(column string, to ir.Type) string {
	return "{{ tapestry_column(" + word(plain(column)) + ", " + word(modelsql.TypeWord(to)) + ", raw_types) }}"
}

func (jinja) FromJSON(column string, path []string, to ir.Type) string {
	return "{{ tapestry_nested(" + word(plain(column)) + ", " + words(path) + ", " + word(modelsql.TypeWord(to)) + ", raw_types) }}"
}

func (jinja) Convert(expr string, from, to ir.Type) string {
	return "{{ tapestry_convert(" + word(plain(expr)) + ", " + word(modelsql.TypeWord(from)) + ", " + word(modelsql.TypeWord(to)) + ") }}"
}

func (jinja) Null(t ir.Type) string { return "{{ tapestry_null(" + word(modelsql.TypeWord(t)) + ") }}" }

// verbatim keeps Jinja from reading anything into text.
func verbatim(text string) string { return jinjaMarks.Replace(text) }

var jinjaMarks = strings.NewReplacer("{{", "{{ '{{' }}", "{%", "{{ '{%' }}", "{#", "{{ '{#' }}")

// plain takes verbatim back: inside a string of Jinja nothing is read into text.
func plain(text string) string { return jinjaUnmarks.Replace(text) }

var jinjaUnmarks = strings.NewReplacer("{{ '{{' }}", "{{", "{{ '{%' }}", "{%", "{{ '{#' }}", "{#")

// word gives text as a string of Jinja.
func word(text string) string { return "'" + jinjaEscapes.Replace(text) + "'" }

var jinjaEscapes = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`)

// words gives texts as a list of Jinja.
func words(texts []string) string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = word(t)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// setting is one argument of config().
type setting struct{ name, value string }

// config writes the head of a file: its settings.
func config(settings ...setting) string {
	var b strings.Builder
	b.WriteString("{{ config(\n")
	for i, s := range settings {
		b.WriteString("    " + s.name + "=" + s.value)
		if i < len(settings)-1 {
			b.WriteString(",")
		}
		b.WriteString("\n")
	}
	b.WriteString(") }}\n\n")
	return b.String()
}

func boolean(v bool) string {
	if v {
		return "true"
	}
	return "false"
}
