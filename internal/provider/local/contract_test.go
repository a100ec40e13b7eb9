//go:build cgo

package local

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	emitlocal "github.com/tapestry-ci/tapestry-ci/compiler/emit/local"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/modelsql"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

// What the emitter writes is read whole: written again, it is the same.
func TestArtifactIsReadWhole(t *testing.T) {
	artifacts := [][]emit.Artifact{emitlocal.Emit(irtest.RainShield())}
	for _, name := range []string{"support-and-payments", "product-and-forms"} {
		artifacts = append(artifacts, newProject(t, name).artifacts)
	}
	for _, a := range artifacts {
		p, err := readArtifact(a)
		require.NoError(t, err)
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		require.NoError(t, enc.Encode(p))
		var want, got any // the order of fields is not the contract
		require.NoError(t, json.Unmarshal(a[0].Content, &want))
		require.NoError(t, json.Unmarshal(b.Bytes(), &got))
		assert.Equal(t, want, got)
		assert.Len(t, p.origins, len(p.Streams)+len(p.Models)+len(p.Syncs))
	}
}

func TestArtifactOfAnotherVersion(t *testing.T) {
	_, err := readArtifact(nil)
	assert.ErrorContains(t, err, "the build has no local/pipeline.json")
	for content, want := range map[string]string{`{"format": 2}`: "has format 2", `{"new": 1}`: "cannot be read", `{`: "cannot be read"} {
		_, err := readArtifact([]emit.Artifact{{Path: artifactPath, Content: []byte(content)}})
		assert.ErrorContains(t, err, want)
	}
}

// twoKeys has a model over two columns, one of which has another type in each
// input, and inputs that lack columns.
func twoKeys() *ir.Pipeline {
	p := irtest.RainShield()
	typ := func(k ir.TypeKind) ir.Type { return ir.Type{Kind: k} }
	p.Sources[1].Streams[0].Columns = append(p.Sources[1].Streams[0].Columns, ir.Column{Name: "age", SQL: "AGE", Type: typ(ir.Integer), Raw: true})
	m := &p.Models[0]
	m.Columns = append(m.Columns, ir.ModelColumn{Name: "age", SQL: "AGE", Type: typ(ir.Text)})
	m.UniqueBy, m.Tests, p.Destinations = []string{"age", "first_name"}, nil, nil
	m.Inputs[1].Columns = append(m.Inputs[1].Columns, ir.ColumnPair{Model: "age", ModelSQL: "AGE", Input: "age", InputSQL: "AGE"})
	m.Inputs[0].Columns = append(m.Inputs[0].Columns, ir.ColumnPair{Model: "age", ModelSQL: "AGE", Input: "LastName", InputSQL: "LASTNAME"})
	return p
}

// The cheap counts of the artefact are those of the audit that dbt has.
func TestCountsAgreeWithTheAudit(t *testing.T) {
	for name, pipeline := range map[string]*ir.Pipeline{"an address": irtest.RainShield(), "two keys": twoKeys()} {
		t.Run(name, func(t *testing.T) {
			p := of(t, pipeline)
			r := rand.New(rand.NewPCG(3, 3))
			pick := func(of ...any) any { return of[r.IntN(len(of))] }
			contacts, registrants := table{names: []string{"Id", "Email", "FirstName", "LastName", "IsDeleted", "SystemModstamp"}}, table{names: []string{"id", "email", "first_name", "last_name", "age"}}
			for i := range 200 {
				email := pick(nil, "", " \t", "a@x.example", " A@X.example", "\u00a0b@x.example\u00a0", "ünï@x.example", fmt.Sprintf("c%d@x.example", i%20))
				contacts.rows = append(contacts.rows, []any{fmt.Sprint(i), email, pick("A", "B", " ", nil, "\u00a0", "é"), pick("1", "2", nil, ""), "false", nil})
				registrants.rows = append(registrants.rows, []any{fmt.Sprint(i), email, pick("A", "B", " ", nil, "C"), pick("x", nil), pick("1", "3", nil)})
			}
			contacts.write(t, p, "salesforce/Contact", "ndjson", nil)
			registrants.write(t, p, "zoom/webinar_registrants", "ndjson", nil)
			plan := p.apply()
			w := modelsql.New(modelsql.DuckDB{
				Relation: func(name string) string {
					return sqlname.Qualified("ANALYTICS", map[string]string{"stg_salesforce__contact": "STG_SALESFORCE__CONTACT", "stg_zoom__webinar_registrants": "STG_ZOOM__WEBINAR_REGISTRANTS"}[name])
				},
				Table: func(src *ir.Source, st *ir.Stream) string { return sqlname.Qualified(src.Schema, st.Table) },
			}, pipeline)
			e := effectOf(t, plan, people)
			audit := "select sum(ROWS_IN)::int as a, sum(ROWS_DROPPED)::int as b, sum(ROWS_MERGED)::int as c, sum(ROWS_OUT)::int as d from (" + w.Audit(&pipeline.Models[0]) + ")"
			assert.Equal(t, p.query(audit), []string{fmt.Sprintf("%d | %d | %d | %d", e.RowsIn, e.Dropped, e.Merged, e.RowsOut)})
			assert.Positive(t, e.Dropped)
			assert.Positive(t, e.Merged)
		})
	}
}

// A build without cgo builds, and says what it lacks.
func TestBuildWithoutCgo(t *testing.T) {
	program := filepath.Join(t.TempDir(), "main.go")
	require.NoError(t, os.WriteFile(program, []byte(`package main

import (
	"context"
	"fmt"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/local"
)

func main() {
	_, err := local.New(local.Config{})[0].Plan(context.Background(), deploy.Input{})
	fmt.Println(err)
}
`), 0o644))
	// The program has to be within the module to import it.
	require.NoError(t, os.MkdirAll("testdata", 0o755))
	dir, err := os.MkdirTemp("testdata", "nocgo")
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	require.NoError(t, os.Rename(program, filepath.Join(dir, "main.go")))
	cmd := exec.Command("go", "run", "./"+dir)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Contains(t, string(out), "this build of tapestry-ci has no embedded warehouse")
}
