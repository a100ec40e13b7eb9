package grouparoo_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/grouparoo"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// constantFiles are kept once, beside the code: a golden copy would say nothing.
var constantFiles = []string{
	"grouparoo/Dockerfile", "grouparoo/health.js", "grouparoo/keep.js", "grouparoo/preload.js", "grouparoo/start.js", "grouparoo/config/team-member.js",
	"grouparoo/package.json", "grouparoo/package-lock.json", "grouparoo/sbom.cdx.json", "grouparoo/dependencies.sh",
}

func TestGolden(t *testing.T) {
	for name, p := range map[string]*ir.Pipeline{"rain-shield": irtest.RainShield(), "every-destination": everyDestination(t)} {
		t.Run(name, func(t *testing.T) { golden(t, filepath.Join("testdata", name), grouparoo.Emit(p)) })
	}
}

func golden(t *testing.T, folder string, artifacts []emit.Artifact) {
	t.Helper()
	want := map[string]bool{}
	for _, a := range artifacts {
		if contains(constantFiles, a.Path) {
			continue
		}
		file := filepath.Join(folder, filepath.FromSlash(a.Path))
		want[file] = true
		if *update {
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
			require.NoError(t, os.WriteFile(file, a.Content, 0o644))
		}
		content, err := os.ReadFile(file)
		require.NoError(t, err, "run the test with -update")
		assert.Equal(t, string(content), string(a.Content), a.Path)
	}
	assertNoOthers(t, folder, want)
}

// assertNoOthers finds golden files that nothing writes any more.
func assertNoOthers(t *testing.T, folder string, want map[string]bool) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || want[path] {
			return err
		}
		if *update {
			return os.Remove(path)
		}
		assert.Fail(t, "nothing writes "+path)
		return nil
	}))
}

func contains(list []string, item string) bool {
	for _, s := range list {
		if s == item {
			return true
		}
	}
	return false
}

func byPath(t *testing.T, artifacts []emit.Artifact, path string) emit.Artifact {
	t.Helper()
	for _, a := range artifacts {
		if a.Path == path {
			return a
		}
	}
	t.Fatalf("no artefact %s", path)
	return emit.Artifact{}
}

func TestSameInputSameBytes(t *testing.T) {
	first := grouparoo.Emit(everyDestination(t))
	for range 20 {
		require.Equal(t, first, grouparoo.Emit(everyDestination(t)))
	}
}

func TestArtifactsAreWellFormed(t *testing.T) {
	p := everyDestination(t)
	for i, a := range grouparoo.Emit(p) {
		assert.Equal(t, "grouparoo", a.Provider)
		assert.NotEmpty(t, a.Kind)
		assert.NotEmpty(t, a.Origins, a.Path)
		text := string(a.Content)
		assert.True(t, strings.HasSuffix(text, "\n") && !strings.HasSuffix(text, "\n\n"), a.Path)
		assert.NotContains(t, text, "\r", a.Path)
		if i > 0 {
			assert.Less(t, grouparoo.Emit(p)[i-1].Path, a.Path)
		}
	}
}
