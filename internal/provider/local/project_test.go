//go:build cgo

package local

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	emitlocal "github.com/tapestry-ci/tapestry-ci/compiler/emit/local"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

var ctx = context.Background()

// project is a folder with a pipeline and the provider over it.
type project struct {
	t         testing.TB
	dir       string
	artifacts []emit.Artifact
	showRows  bool
	destroy   bool
	purge     []string
	fault     func(string)
}

// newProject copies a template.
func newProject(t testing.TB, template string) *project {
	p := &project{t: t, dir: t.TempDir()}
	files, ok := catalog.Embedded().Template(template)
	require.True(t, ok)
	require.NoError(t, os.CopyFS(p.dir, files))
	p.compile()
	return p
}

// of is a project of a pipeline that no file describes.
func of(t testing.TB, pipeline *ir.Pipeline) *project {
	return &project{t: t, dir: t.TempDir(), artifacts: emitlocal.Emit(pipeline)}
}

// compile reads the file again.
func (p *project) compile() {
	p.t.Helper()
	env := map[string]string{}
	data, err := os.ReadFile(filepath.Join(p.dir, ".env"))
	require.NoError(p.t, err)
	for _, line := range strings.Split(string(data), "\n") {
		if name, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			env[name] = value
		}
	}
	r := compiler.Compile(os.DirFS(p.dir), "tapestry.yaml", compiler.Options{Env: env})
	var b strings.Builder
	_ = diag.WriteText(&b, r.Diagnostics, diag.Options{Source: r.Source})
	require.False(p.t, r.Diagnostics.HasErrors(), b.String())
	p.artifacts = emitlocal.Emit(r.Pipeline)
}

// edit changes the pipeline file and compiles it.
func (p *project) edit(replacements ...string) {
	p.t.Helper()
	path := filepath.Join(p.dir, "tapestry.yaml")
	data, err := os.ReadFile(path)
	require.NoError(p.t, err)
	text := string(data)
	for i := 0; i < len(replacements); i += 2 {
		require.Contains(p.t, text, replacements[i])
		text = strings.Replace(text, replacements[i], replacements[i+1], 1)
	}
	require.NoError(p.t, os.WriteFile(path, []byte(text), 0o644))
	p.compile()
}

func (p *project) sample(name string, lines ...string) {
	p.t.Helper()
	path := filepath.Join(p.dir, "samples", filepath.FromSlash(name))
	require.NoError(p.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(p.t, os.WriteFile(path, []byte(strings.Join(append(lines, ""), "\n")), 0o644))
}

func (p *project) provider() deploy.Provider {
	return New(Config{Dir: p.dir, Environment: "production", Salt: []byte("0123456789abcdef0123456789abcdef"), Fault: p.fault})[0]
}

func (p *project) input() deploy.Input {
	return deploy.Input{Artifacts: p.artifacts, ShowRows: p.showRows, Destroy: p.destroy, Purge: p.purge}
}

func (p *project) tryPlan() (*deploy.Plan, error) {
	return deploy.Build(ctx, []deploy.Provider{p.provider()}, p.input(), deploy.Meta{Pipeline: "test", Environment: "production", Target: "local"})
}

func (p *project) plan() *deploy.Plan {
	p.t.Helper()
	plan, err := p.tryPlan()
	require.NoError(p.t, err)
	return plan
}

// tryApply makes every change of a plan, in order.
func (p *project) tryApply(plan *deploy.Plan) error {
	for _, c := range plan.Changes {
		if c.Empty() || c.Action == deploy.Deferred {
			continue
		}
		if _, err := p.provider().Apply(ctx, c, p.input(), nil); err != nil {
			return err
		}
	}
	return nil
}

// apply plans and applies, and gives the plan.
func (p *project) apply() *deploy.Plan {
	p.t.Helper()
	plan := p.plan()
	require.NoError(p.t, p.tryApply(plan))
	return plan
}

// quiet requires that there is nothing to do.
func (p *project) quiet() {
	p.t.Helper()
	plan := p.plan()
	require.True(p.t, plan.Empty(), "%s", pretty(plan.Changes))
}

func pretty(v any) string {
	data, _ := json.MarshalIndent(v, "", "  ")
	return string(data)
}

func (p *project) box(id string) box {
	return outbox{dir: filepath.Join(p.dir, ".tapestry", "production", "outbox")}.box(id)
}

// lines of a file, none where it is not there.
func (p *project) lines(path string) []string {
	p.t.Helper()
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(p.t, err)
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

func (p *project) members(id string) []string { return p.lines(p.box(id).members()) }

func (p *project) events(id string) []event {
	p.t.Helper()
	var out []event
	for _, line := range p.lines(p.box(id).events()) {
		var e event
		require.NoError(p.t, json.Unmarshal([]byte(line), &e), line)
		out = append(out, e)
	}
	return out
}

// state is everything that an apply leaves: the files of the outbox, and the
// tables with their records.
func (p *project) state() map[string]string {
	p.t.Helper()
	out := map[string]string{}
	root := filepath.Join(p.dir, ".tapestry", "production")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "warehouse.duckdb") {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(root, path)
		out[rel] = string(data)
		return err
	})
	if !os.IsNotExist(err) {
		require.NoError(p.t, err)
	}
	for _, row := range p.query("select schema_name || '.' || table_name from duckdb_tables() order by 1") {
		out["table "+row] = strings.Join(p.query("select * from "+row+" order by all"), "\n")
	}
	return out
}

// query reads rows of the warehouse as text.
func (p *project) query(sql string) []string {
	p.t.Helper()
	path := filepath.Join(p.dir, ".tapestry", "production", "warehouse.duckdb")
	if !exists(path) {
		return nil
	}
	d, err := openDatabase(ctx, path, true)
	require.NoError(p.t, err)
	defer d.close()
	var out []string
	err = d.each(ctx, "select to_json(x)::VARCHAR from ("+sql+") as x", func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		values := map[string]any{}
		require.NoError(p.t, json.Unmarshal([]byte(text), &values))
		var names, parts []string
		for name := range values {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			if s, ok := values[name].(string); ok {
				parts = append(parts, s)
			} else {
				part, _ := json.Marshal(values[name])
				parts = append(parts, string(part))
			}
		}
		out = append(out, strings.Join(parts, " | "))
		return err
	})
	require.NoError(p.t, err)
	return out
}

func effectOf(t testing.TB, plan *deploy.Plan, id string) deploy.Effect {
	t.Helper()
	c := plan.Change(id)
	require.NotNil(t, c, "no change %s in %s", id, pretty(plan.Changes))
	require.NotNil(t, c.Effect)
	e := *c.Effect
	e.Samples = nil
	return e
}
