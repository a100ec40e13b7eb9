package dbt

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// tagHooks marks the columns with personal data of a table that dbt makes anew
// on every run. Without them the masks, which hang on the tag, would be gone
// after the first run. Only Snowflake has tags, and only some editions of it.
func (e *emitter) tagHooks(materialized string, columns []string) []setting {
	s := e.p.Snowflake
	if !s.Enterprise || len(columns) == 0 {
		return nil
	}
	kind := "table"
	if materialized == "view" {
		kind = "view"
	}
	tag := sqlname.Qualified(s.Database, s.Schemas.Ledger, s.PIITag)
	hooks := make([]string, len(columns))
	for i, c := range columns {
		hooks[i] = word("{% if target.type == 'snowflake' %}alter " + kind + " {{ this }} modify column " + sqlname.Ident(c) +
			" set tag " + tag + " = 'yes'{% endif %}")
	}
	return []setting{{"post_hook", "[\n        " + strings.Join(hooks, ",\n        ") + "\n    ]"}}
}

// personal gives the columns of a model that hold personal data, as SQL names.
func personal(m *ir.Model) []string {
	var out []string
	for _, c := range m.Columns {
		if c.PII {
			out = append(out, c.SQL)
		}
	}
	slices.Sort(out)
	return out
}

// personalOf gives the columns of a sync's segment that hold personal data.
func personalOf(s *ir.Sync) []string {
	var out []string
	for _, c := range slices.Concat(s.Keys, s.Fields) {
		if c.PII {
			out = append(out, c.SQL)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
