package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// built is what a run of dbt came to.
type built struct {
	OK    bool
	Nodes map[string]string // node → status
	Log   string
}

// dbt runs what the image's command is, with the image's environment, in the
// project as it was emitted.
func (w *world) dbt(args ...string) built {
	w.t.Helper()
	cmd := exec.Command(judge.Program(w.t, "dbt", "dbt"), append([]string{"build", "--target", "snowflake"}, args...)...)
	cmd.Dir = filepath.Join(w.dir, "dbt")
	cmd.Env = w.env("HOME="+w.home, "DBT_PROFILES_DIR="+cmd.Dir, "DBT_TARGET_PATH="+filepath.Join(w.home, "target"), "DBT_LOG_PATH="+filepath.Join(w.home, "logs"),
		"DBT_SEND_ANONYMOUS_USAGE_STATS=false", "PYTHONDONTWRITEBYTECODE=1", "DBT_ENV_SECRET_PRIVATE_KEY="+w.params.ending(w.t, "/snowflake/dbt-private-key"))
	results := filepath.Join(w.home, "target", "run_results.json")
	_ = os.Remove(results) // of the run before
	out, err := cmd.CombinedOutput()
	b := built{OK: err == nil, Log: string(out), Nodes: map[string]string{}}
	data, err := os.ReadFile(results)
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

// mustBuild is for runs that have to succeed.
func (w *world) mustBuild(args ...string) {
	w.t.Helper()
	b := w.dbt(args...)
	require.True(w.t, b.OK, b.Log)
}
