package modelsql

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// Duplicates gives the keys that a model in SQL has more than once, although
// its unique_by promises that it does not. In an incremental model a row
// without a key is given too: a merge never finds it again and adds another.
func (w *Writer) Duplicates(m *ir.Model) string {
	keys := make([]string, len(m.UniqueBy))
	names := make([]string, len(m.UniqueBy))
	conditions := make([]string, len(m.UniqueBy))
	for i, name := range m.UniqueBy {
		column := declared(m, name)
		ident := w.d.Ident(column.SQL)
		keys[i], names[i] = as(normal("M."+ident, column.Type), ident), ident
		conditions[i] = ident + " is null"
	}
	having := "count(*) > 1"
	if m.Materialized == "incremental" {
		having += "\n    or " + strings.Join(conditions, "\n    or ")
	}
	filter := ""
	if m.Materialized != "incremental" {
		filter = "\nwhere not (" + strings.Join(conditions, " or ") + ")"
	}
	steps := []cte{{"keys_of_rows", w.origin(m.ID+": unique_by") + "\nselect\n" + list(keys) + "\nfrom " + w.d.Model(m.ID) + " as M"}}
	return statement(steps, "select\n"+list(append(names, "count(*) as ROWS_FOUND"))+"\nfrom keys_of_rows"+filter+
		"\ngroup by "+strings.Join(names, ", ")+"\nhaving "+having)
}

// declared is a column of a model; one that a model in SQL does not declare is
// known by its name only.
func declared(m *ir.Model, name string) ir.ModelColumn {
	for _, c := range m.Columns {
		if c.Name == name {
			return c
		}
	}
	return ir.ModelColumn{Name: name, SQL: strings.ToUpper(name)}
}
