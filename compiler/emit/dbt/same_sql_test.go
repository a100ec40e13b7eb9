package dbt

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/modelsql"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// compareCompiled holds the SQL that dbt compiled for DuckDB against what
// modelsql writes for DuckDB by itself.
func compareCompiled(t *testing.T, p *project) {
	pipeline := rich()
	s := pipeline.Snowflake
	schemas := map[string]string{"snap_": s.Schemas.Snapshots}
	w := modelsql.New(modelsql.DuckDB{
		Relation: func(name string) string {
			schema := s.Schemas.Analytics
			if in, found := schemas[name[:5]]; found {
				schema = in
			}
			return quoteAll(s.Database, schema, strings.ToUpper(name))
		},
		Table: func(src *ir.Source, st *ir.Stream) string { return quoteAll(s.Database, src.Schema, st.Table) },
	}, pipeline)
	for i := range pipeline.Sources {
		src := &pipeline.Sources[i]
		for j := range src.Streams {
			st := &src.Streams[j]
			assert.Equal(t, w.Staging(src, st), p.compiled("models/staging/"+st.Staging+".sql"))
			assert.Equal(t, w.BadValues(src, st), p.compiled("tests/bad_values_"+st.Staging+".sql"))
		}
	}
	for i := range pipeline.Models {
		if m := &pipeline.Models[i]; len(m.Inputs) > 0 {
			assert.Equal(t, w.Union(m), p.compiled("models/"+m.ID+".sql"))
			if audit := w.Audit(m); audit != "" {
				assert.Equal(t, audit, p.compiled("models/audit/audit_"+m.ID+".sql"))
			}
		}
	}
	for i := range pipeline.Destinations {
		if sync := &pipeline.Destinations[i].Syncs[0]; pipeline.Destinations[i].Enabled {
			assert.Equal(t, w.Segment(sync), p.compiled("models/segments/"+sync.Segment+".sql"))
			assert.Equal(t, w.SyncView(sync), p.compiled("models/syncs/"+viewModel(sync)+".sql"))
		}
	}
}

func quoteAll(parts ...string) string {
	for i, part := range parts {
		parts[i] = `"` + strings.ReplaceAll(sqlname.Ident(part), `"`, "") + `"`
	}
	return strings.Join(parts, ".")
}
