package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// built is what a run of dbt came to.
type built struct {
	OK    bool
	Nodes map[string]string // node → status
	Log   string
}

// startDbt starts what the image's command is, with the environment of the image
// and of the task, in the project as it was emitted.
func (w *world) startDbt() *process {
	w.t.Helper()
	dir, image := filepath.Join(w.dir, "dbt"), w.images["dbt"]
	env := w.environment("dbt", map[string]string{"HOME": w.home, "DBT_TARGET_PATH": filepath.Join(w.home, "target"), "DBT_LOG_PATH": filepath.Join(w.home, "logs")})
	_ = os.Remove(w.results()) // of the run before
	return startProcess(w.t, dir, append(variables(image, dir), env...), judge.Program(w.t, "dbt", image.Cmd[0]), image.Cmd[1:]...)
}

func (w *world) results() string { return filepath.Join(w.home, "target", "run_results.json") }

// dbt runs it to its end.
func (w *world) dbt() built {
	w.t.Helper()
	p := w.startDbt()
	<-p.done
	b := built{OK: p.cmd.ProcessState.Success(), Log: p.log.String(), Nodes: map[string]string{}}
	data, err := os.ReadFile(w.results())
	if err != nil {
		return b
	}
	var ran struct {
		Results []struct {
			ID     string `json:"unique_id"`
			Status string `json:"status"`
		} `json:"results"`
	}
	require.NoError(w.t, json.Unmarshal(data, &ran))
	for _, r := range ran.Results {
		b.Nodes[strings.Join(strings.Split(r.ID, ".")[2:], ".")] = r.Status
	}
	return b
}

// dbtDies starts dbt and kills it while it takes the snapshot of a segment.
func (w *world) dbtDies() {
	w.t.Helper()
	p := w.startDbt()
	var once sync.Once
	w.snowflake.OnStatement(func(_ int, sql string) {
		if strings.Contains(sql, "SNAPSHOTS") && strings.Contains(strings.ToLower(sql), "temporary") {
			once.Do(p.kill)
		}
	})
	<-p.done
	w.snowflake.OnStatement(nil)
	require.Equal(w.t, -1, p.cmd.ProcessState.ExitCode(), "dbt was not killed: %s", p.log)
}
