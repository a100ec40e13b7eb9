package judge

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// witness stands in for the test that is skipped or failed.
type witness struct {
	testing.TB
	outcome, message string
}

func (w *witness) Helper() {}

func (w *witness) Fatalf(format string, args ...any) {
	w.outcome, w.message = "failed", fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (w *witness) Skipf(format string, args ...any) {
	w.outcome, w.message = "skipped", fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// observe runs f with a witness of its own and says how it ended.
func observe(t *testing.T, f func(testing.TB) string) (path string, w *witness) {
	w = &witness{TB: t, outcome: "passed"}
	done := make(chan struct{})
	go func() {
		defer close(done)
		path = f(w)
	}()
	<-done
	return path, w
}

// write makes a file with the folders above it.
func write(t *testing.T, content string, path ...string) string {
	t.Helper()
	name := filepath.Join(path...)
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(content), 0o755))
	return name
}

// module makes a module with one Python set and one Node set, moves into a
// folder deep in it, and gives the root and an empty cache.
func module(t *testing.T) (root, cache string) {
	t.Helper()
	root, cache = t.TempDir(), t.TempDir()
	write(t, "module example.com/m\n", root, "go.mod")
	write(t, "abc", root, "tools", "py", "requirements.txt")
	write(t, "{}", root, "tools", "js", "package-lock.json")
	deep := filepath.Join(root, "a", "b")
	require.NoError(t, os.MkdirAll(deep, 0o755))
	t.Chdir(deep)
	t.Setenv(cacheVar, cache)
	t.Setenv(requireJudgesVar, "")
	t.Setenv(requireSpecsVar, "")
	return root, cache
}

// The digests are those of `printf abc | sha256sum` and `printf {} | sha256sum`.
const pySet, jsSet = "py-ba7816bf8f01", "js-44136fa355b3"

func TestProgramFindsPythonAndNode(t *testing.T) {
	_, cache := module(t)
	write(t, "", cache, pySet, completeMarker)
	write(t, "", cache, jsSet, completeMarker)
	lint := write(t, "#!/bin/sh\n", cache, pySet, "bin", "lint")
	ajv := write(t, "#!/bin/sh\n", cache, jsSet, "node_modules", ".bin", "ajv")
	assert.Equal(t, lint, Program(t, "py", "lint"))
	assert.Equal(t, ajv, Program(t, "js", "ajv"))
	assert.Equal(t, filepath.Join(cache, jsSet), Dir(t, "js"))
}

func TestHalfInstalledSetIsMissing(t *testing.T) {
	_, cache := module(t)
	write(t, "#!/bin/sh\n", cache, pySet, "bin", "lint")
	ask := func(tb testing.TB) string { return Program(tb, "py", "lint") }

	_, w := observe(t, ask)
	assert.Equal(t, "skipped", w.outcome)
	assert.Contains(t, w.message, "make tools")

	t.Setenv(requireJudgesVar, "1")
	_, w = observe(t, ask)
	assert.Equal(t, "failed", w.outcome)
	assert.Contains(t, w.message, "make tools")
	assert.Contains(t, w.message, requireJudgesVar)
}

func TestChangedLockFileIsAnotherSet(t *testing.T) {
	root, cache := module(t)
	write(t, "", cache, pySet, completeMarker)
	_, w := observe(t, func(tb testing.TB) string { return Dir(tb, "py") })
	require.Equal(t, "passed", w.outcome)

	write(t, "abcd", root, "tools", "py", "requirements.txt")
	_, w = observe(t, func(tb testing.TB) string { return Dir(tb, "py") })
	assert.Equal(t, "skipped", w.outcome)
}

func TestUnknownSetAndProgram(t *testing.T) {
	_, cache := module(t)
	write(t, "", cache, pySet, completeMarker)
	require.NoError(t, os.MkdirAll(filepath.Join(cache, pySet, "bin"), 0o755))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(cache, pySet, "bin", "broken")))
	t.Setenv(requireJudgesVar, "1")
	for _, c := range []struct{ set, name, message string }{
		{"nothing", "lint", `tool set "nothing": no lock file`},
		{"py", "nothing", `no program "nothing"`},
		{"py", "broken", `no program "broken"`},
	} {
		_, w := observe(t, func(tb testing.TB) string { return Program(tb, c.set, c.name) })
		assert.Equal(t, "failed", w.outcome, c.message)
		assert.Contains(t, w.message, c.message)
	}
}

func TestCacheDefaultsToTheUsers(t *testing.T) {
	t.Setenv(cacheVar, "")
	user, err := os.UserCacheDir()
	require.NoError(t, err)
	got, err := cacheDir()
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(user, "tapestry-ci"), got)
}

func TestModuleRootOutsideAModule(t *testing.T) {
	_, err := moduleRoot(t.TempDir())
	require.ErrorContains(t, err, "no go.mod")
}

func TestSpec(t *testing.T) {
	folder := t.TempDir()
	want := write(t, "openapi: 3.0.0\n", folder, "api.yaml")
	t.Setenv(specsVar, folder)
	t.Setenv(requireSpecsVar, "1")
	assert.Equal(t, want, Spec(t, "api.yaml"))
}

func TestSpecMissing(t *testing.T) {
	for _, c := range []struct{ name, folder, require, outcome string }{
		{"unset", "", "", "skipped"},
		{"unset, required", "", "1", "failed"},
		{"no such file", t.TempDir(), "", "skipped"},
		{"no such file, required", t.TempDir(), "1", "failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(specsVar, c.folder)
			t.Setenv(requireSpecsVar, c.require)
			_, w := observe(t, func(tb testing.TB) string { return Spec(tb, "api.yaml") })
			assert.Equal(t, c.outcome, w.outcome)
			assert.Contains(t, w.message, specsVar)
		})
	}
}
