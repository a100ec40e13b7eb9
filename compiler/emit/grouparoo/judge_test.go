package grouparoo_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/grouparoo"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

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
	environment := judge.Postgres(t)
	for _, c := range []struct {
		name     string
		pipeline *ir.Pipeline
	}{{"rain-shield", irtest.RainShield()}, {"every-destination", everyDestination(t)}} {
		t.Run(c.name, func(t *testing.T) {
			artifacts := grouparoo.Emit(c.pipeline)
			output, ok := judge.Grouparoo(t, image(t, artifacts), environment)
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
			output, ok := judge.Grouparoo(t, image(t, artifacts), environment)
			assert.False(t, ok, output)
			assert.Contains(t, output, c.message)
		})
	}
}
