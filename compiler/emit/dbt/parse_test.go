package dbt

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// TestParse has the real dbt read each project for Snowflake. Every warning and
// every deprecation is an error.
func TestParse(t *testing.T) {
	dbt := judge.Program(t, "dbt", "dbt")
	for name, pipeline := range fixtures() {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(dbt, "--warn-error", "parse", "--show-all-deprecations", "--target", "snowflake")
			cmd.Dir = write(t, pipeline)
			cmd.Env = append(os.Environ(), keyVariable+"=not-a-key", "DO_NOT_TRACK=1")
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, string(out))
			require.FileExists(t, filepath.Join(cmd.Dir, "target", "manifest.json"))
		})
	}
}
