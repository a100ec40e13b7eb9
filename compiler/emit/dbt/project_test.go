package dbt

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// project is an emitted project in a folder of its own, with a DuckDB file and
// one process of testdata/driver.py that runs dbt on it.
type project struct {
	t       *testing.T
	dir     string
	name    string
	in      io.WriteCloser
	answers *bufio.Scanner
}

// answer is what the driver says.
type answer struct {
	OK    bool
	Nodes map[string]string
	Log   []string
	Rows  [][]any
}

func (a answer) log() string { return strings.Join(a.Log, "\n") }

// write puts the emitted files into a new folder.
func write(t *testing.T, p *ir.Pipeline) string {
	t.Helper()
	dir := t.TempDir()
	writeTo(t, dir, p)
	return filepath.Join(dir, "dbt")
}

// emit writes another pipeline over the files of the project.
func (p *project) emit(pipeline *ir.Pipeline) {
	p.t.Helper()
	writeTo(p.t, filepath.Dir(p.dir), pipeline)
}

func writeTo(t *testing.T, dir string, p *ir.Pipeline) {
	t.Helper()
	for _, a := range Emit(p) {
		path := filepath.Join(dir, filepath.FromSlash(a.Path))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, a.Content, 0o644))
	}
}

func newProject(t *testing.T, p *ir.Pipeline) *project {
	t.Helper()
	driver, err := filepath.Abs("testdata/driver.py")
	require.NoError(t, err)
	cmd := exec.Command(judge.Program(t, "dbt", "python"), driver)
	cmd.Dir = write(t, p)
	cmd.Env = append(os.Environ(), "TAPESTRY_DUCKDB="+filepath.Join(t.TempDir(), p.Snowflake.Database+".duckdb"), "DO_NOT_TRACK=1", "PYTHONUTF8=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = in.Close()
		require.NoError(t, cmd.Wait())
	})
	answers := bufio.NewScanner(out)
	answers.Buffer(nil, 16<<20)
	e := emitter{p: p}
	return &project{t: t, dir: cmd.Dir, name: e.projectName(), in: in, answers: answers}
}

func (p *project) ask(request map[string]any) answer {
	p.t.Helper()
	line, err := json.Marshal(request)
	require.NoError(p.t, err)
	_, err = p.in.Write(append(line, '\n'))
	require.NoError(p.t, err)
	require.True(p.t, p.answers.Scan(), "the driver stopped")
	var a answer
	require.NoError(p.t, json.Unmarshal(p.answers.Bytes(), &a))
	return a
}

// dbt runs one command of dbt.
func (p *project) dbt(args ...string) answer {
	p.t.Helper()
	return p.ask(map[string]any{"dbt": args})
}

// build runs `dbt build`, which must succeed.
func (p *project) build(args ...string) answer {
	p.t.Helper()
	a := p.dbt(append([]string{"build"}, args...)...)
	require.True(p.t, a.OK, a.log())
	return a
}

// execute runs statements on the database.
func (p *project) execute(sql ...string) {
	p.t.Helper()
	a := p.ask(map[string]any{"execute": sql})
	require.True(p.t, a.OK, a.log())
}

// rows gives the rows of a query as text, fields joined by " | ", NULL as "NULL".
func (p *project) rows(sql string) []string {
	p.t.Helper()
	a := p.ask(map[string]any{"query": sql})
	require.True(p.t, a.OK, a.log())
	out := make([]string, len(a.Rows))
	for i, row := range a.Rows {
		fields := make([]string, len(row))
		for j, v := range row {
			fields[j] = "NULL"
			if v != nil {
				fields[j] = v.(string)
			}
		}
		out[i] = strings.Join(fields, " | ")
	}
	return out
}

// compiled is the SQL that dbt made of a file of the project.
func (p *project) compiled(path string) string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, "target", "compiled", p.name, path))
	require.NoError(p.t, err)
	return strings.TrimSpace(string(text))
}

// airbyte are the columns that Airbyte adds to a raw table.
const airbyte = `_AIRBYTE_RAW_ID VARCHAR, _AIRBYTE_EXTRACTED_AT TIMESTAMPTZ, _AIRBYTE_META JSON, _AIRBYTE_GENERATION_ID DECIMAL(38,0)`

// fill replaces the rows of a raw table. A row is SQL values; the columns of
// Airbyte are added. Rows are written in the given order.
func (p *project) fill(table string, rows ...string) {
	p.t.Helper()
	statements := []string{"delete from " + table}
	for i, row := range rows {
		statements = append(statements, "insert into "+table+" values ("+row+", 'raw-"+string(rune('a'+i))+"', '2026-01-01 00:00:00+00'::timestamptz, '{}', 1)")
	}
	p.execute(statements...)
}
