package cfn

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// writeAll writes every distinct template of the matrix, and gives the paths.
// Many combinations share a template: the foundation knows nothing of the
// landing, the sync stack nothing of the ingestion.
func writeAll(t *testing.T) []string {
	dir := t.TempDir()
	seen := map[string]bool{}
	var files []string
	for _, v := range allVariants() {
		for _, a := range Emit(v.pipeline) {
			if seen[string(a.Content)] {
				continue
			}
			seen[string(a.Content)] = true
			file := filepath.Join(dir, v.name+"-"+filepath.Base(a.Path))
			require.NoError(t, os.WriteFile(file, a.Content, 0o600))
			files = append(files, file)
		}
	}
	t.Logf("%d variants, %d distinct templates", len(allVariants()), len(files))
	return files
}

func allVariants() []variant {
	return append(matrix(), variant{"rich", rich()}, variant{"many", manySyncs(12)}, variant{"manual", manual()}, variant{"bare", bare()})
}

// TestCfnLint wants silence: no error, no warning, no information.
func TestCfnLint(t *testing.T) {
	assert.Empty(t, judge.CFNLint(t, []string{"eu-central-1", "us-east-1"}, writeAll(t)...))
}

type checkovReport struct {
	Results struct {
		Failed []struct {
			ID       string `json:"check_id"`
			Name     string `json:"check_name"`
			File     string `json:"file_path"`
			Resource string `json:"resource"`
		} `json:"failed_checks"`
	} `json:"results"`
	Summary struct {
		Passed        int `json:"passed"`
		Failed        int `json:"failed"`
		ParsingErrors int `json:"parsing_errors"`
	} `json:"summary"`
}

// TestCheckov fails for every finding without a reason in the skip list, and
// for every line of the list that is not needed.
func TestCheckov(t *testing.T) {
	checkov := judge.Program(t, "checkov", "checkov")
	args := []string{"--skip-download", "--framework", "cloudformation", "--quiet", "--compact", "--soft-fail", "--output", "json"}
	for _, file := range writeAll(t) {
		args = append(args, "--file", file)
	}
	out, err := exec.Command(checkov, args...).Output()
	require.NoError(t, err)
	var report checkovReport
	require.NoError(t, json.Unmarshal(out, &report))
	require.Zero(t, report.Summary.ParsingErrors)
	require.Greater(t, report.Summary.Passed, 500, "checkov looked at the templates")

	skips := checkovSkips(t)
	used := map[string]bool{}
	for _, f := range report.Results.Failed {
		used[f.ID] = true
		assert.Contains(t, skips, f.ID, "%s: %s (%s)", f.File, f.Resource, f.Name)
		if only := map[string]string{"CKV_AWS_18": "AWS::S3::Bucket.ArtifactBucket", "CKV_AWS_111": "AWS::IAM::Role.InstanceRole"}[f.ID]; only != "" {
			assert.Equal(t, only, f.Resource, "the reason for %s is for one resource only", f.ID)
		}
	}
	for id := range skips {
		assert.True(t, used[id], "skip of %s is not needed any more", id)
	}
	t.Logf("checkov: %d passed, %d skipped with a reason", report.Summary.Passed, report.Summary.Failed)
}

// checkovSkips reads the skip list: an id and a reason on each line.
func checkovSkips(t *testing.T) map[string]string {
	file, err := os.Open(filepath.Join("testdata", "checkov-skips.txt"))
	require.NoError(t, err)
	defer file.Close()
	skips := map[string]string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		id, reason, _ := strings.Cut(line, " ")
		assert.Greater(t, len(strings.Fields(reason)), 5, "%s has no reason", id)
		assert.NotContains(t, skips, id, "twice in the list")
		skips[id] = reason
	}
	return skips
}

func TestMachineScriptIsCleanShell(t *testing.T) {
	for _, shell := range [][]string{{"bash", "-n"}, {"shellcheck"}} {
		path, err := exec.LookPath(shell[0])
		if err != nil {
			t.Logf("%s is not installed", shell[0])
			continue
		}
		for name, script := range map[string]string{"script": machineScript, "user data": userData()} {
			cmd := exec.Command(path, slices.Concat(shell[1:], []string{"-"})...)
			if shell[0] == "bash" {
				cmd = exec.Command(path, shell[1:]...)
			}
			cmd.Stdin = strings.NewReader(script)
			out, err := cmd.CombinedOutput()
			assert.NoError(t, err, "%s of the %s: %s", shell[0], name, out)
		}
	}
}
