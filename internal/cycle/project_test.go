//go:build cgo

package cycle

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/local"
)

// salt is the same in every test, so that ids of persons and with them digests
// can be compared between folders.
var salt = []byte("0123456789abcdef0123456789abcdef")

// project is a folder with a pipeline.
type project struct {
	dir string
	// fault is called at every point at which something has just been written.
	fault func(point string)
	// keep wraps the ledger.
	keep     func(deploy.Ledger) deploy.Ledger
	parallel int
}

// deployment is a compiled project, as a verb has it.
type deployment struct {
	*project
	input     deploy.Input
	meta      deploy.Meta
	providers []deploy.Provider
}

func (p *project) state() string { return filepath.Join(p.dir, ".tapestry", "production") }

// open compiles.
func (p *project) open() (*deployment, error) {
	env := map[string]string{}
	if data, err := os.ReadFile(filepath.Join(p.dir, ".env")); err == nil {
		if env, err = dotenv.Parse(data); err != nil {
			return nil, err
		}
	}
	r := compiler.Compile(os.DirFS(p.dir), "tapestry.yaml", compiler.Options{Env: env, Local: true, Tool: "test"})
	if r.Diagnostics.HasErrors() {
		var b strings.Builder
		_ = diag.WriteText(&b, r.Diagnostics, diag.Options{Source: r.Source})
		return nil, fmt.Errorf("%s", b.String())
	}
	return &deployment{project: p, input: deploy.Input{Artifacts: r.Artifacts},
		meta:      deploy.Meta{Pipeline: r.Pipeline.Name, Environment: r.Pipeline.Env, Target: "local", Artifacts: r.Manifest.Digest},
		providers: local.New(local.Config{Dir: p.dir, Environment: "production", Salt: salt, Fault: p.fault})}, nil
}

func (d *deployment) plan() (*deploy.Plan, error) {
	return deploy.Build(context.Background(), d.providers, d.input, d.meta)
}

// apply takes the lock, plans, and executes.
func (d *deployment) apply() (plan *deploy.Plan, result *deploy.Result, err error) {
	lock, err := ledger.LockIn(d.state())
	if err != nil {
		return nil, nil, err
	}
	release, err := lock.Acquire("ann", time.Now())
	if err != nil {
		return nil, nil, err
	}
	if plan, err = d.plan(); err != nil {
		return nil, nil, err
	}
	var kept deploy.Ledger = ledger.In(d.state())
	if d.keep != nil {
		kept = d.keep(kept)
	}
	result, err = deploy.Execute(context.Background(), plan, deploy.Execution{Providers: d.providers, Input: d.input, Ledger: kept, Owner: "ann",
		Parallel: d.parallel, Now: time.Now, Allow: destructive(plan)})
	if err != nil {
		return plan, result, err
	}
	return plan, result, release()
}

func destructive(plan *deploy.Plan) []string {
	var ids []string
	for _, c := range plan.Destructive() {
		ids = append(ids, c.ID)
	}
	return ids
}

// must is for what has to work.
func (p *project) mustPlan(t testing.TB) *deploy.Plan {
	t.Helper()
	d, err := p.open()
	require.NoError(t, err)
	plan, err := d.plan()
	require.NoError(t, err)
	return plan
}

func (p *project) mustApply(t testing.TB) *deploy.Plan {
	t.Helper()
	d, err := p.open()
	require.NoError(t, err)
	plan, result, err := d.apply()
	require.NoError(t, err)
	require.Equal(t, "done", result.Status, "%v", result.Failed)
	return plan
}

// end is everything that applies have left: every file of the outbox, and the
// rows of every table. Two folders with the same end cannot be told apart by
// anyone who reads them.
func (p *project) end(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	box := filepath.Join(p.state(), "outbox")
	if _, err := os.Stat(box); err == nil {
		require.NoError(t, fs.WalkDir(os.DirFS(box), ".", func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			data, err := os.ReadFile(filepath.Join(box, path))
			out["outbox/"+path] = string(data)
			return err
		}))
	}
	for name, rows := range p.tables(t) {
		out["table "+name] = rows
	}
	return out
}

// tables reads the warehouse with a connection of the test's own.
func (p *project) tables(t testing.TB) map[string]string {
	t.Helper()
	file := filepath.Join(p.state(), "warehouse.duckdb")
	if _, err := os.Stat(file); err != nil {
		return nil
	}
	db, err := sql.Open("duckdb", file+"?access_mode=READ_ONLY")
	require.NoError(t, err)
	defer db.Close()
	out := map[string]string{}
	for _, name := range texts(t, db, `select '"' || schema_name || '"."' || table_name || '"' from duckdb_tables() order by 1`) {
		out[name] = strings.Join(texts(t, db, "select cast(to_json(x) as VARCHAR) from "+name+" as x order by 1"), "\n")
	}
	return out
}

func texts(t testing.TB, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(query)
	require.NoError(t, err)
	defer rows.Close()
	var out []string
	for rows.Next() {
		var text string
		require.NoError(t, rows.Scan(&text))
		out = append(out, text)
	}
	require.NoError(t, rows.Err())
	return out
}

// rainShield is a copy of the example.
func rainShield(t testing.TB) *project {
	t.Helper()
	p := &project{dir: t.TempDir()}
	copyInto(t, "../../examples/01-rain-shield", p.dir, "tapestry.yaml", ".env", "samples")
	return p
}

// copyInto copies some files and folders of one folder into another.
func copyInto(t testing.TB, from, to string, names ...string) {
	t.Helper()
	for _, name := range names {
		require.NoError(t, filepath.WalkDir(filepath.Join(from, name), func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(from, path)
			if err != nil {
				return err
			}
			if e.IsDir() {
				return os.MkdirAll(filepath.Join(to, rel), 0o755)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(to, rel), data, 0o644)
		}))
	}
}

func (p *project) write(t testing.TB, name, content string) {
	t.Helper()
	path := filepath.Join(p.dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
}

func (p *project) read(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(data)
}

// edit replaces text in the pipeline file, once each.
func (p *project) edit(t testing.TB, oldNew ...string) {
	t.Helper()
	text := p.read(t, "tapestry.yaml")
	for i := 0; i < len(oldNew); i += 2 {
		require.Contains(t, text, oldNew[i])
		text = strings.Replace(text, oldNew[i], oldNew[i+1], 1)
	}
	p.write(t, "tapestry.yaml", text)
}

func (p *project) remove(t testing.TB, name string) {
	t.Helper()
	require.NoError(t, os.Remove(filepath.Join(p.dir, filepath.FromSlash(name))))
}
