package output_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/manifest"
	"github.com/tapestry-ci/tapestry-ci/internal/output"
)

// build gives artefacts with a manifest, from path, content, path, content, …
func build(t *testing.T, files ...string) []emit.Artifact {
	t.Helper()
	var all []emit.Artifact
	for i := 0; i < len(files); i += 2 {
		all = append(all, emit.Artifact{Path: files[i], Content: []byte(files[i+1])})
	}
	emit.Sort(all)
	m, err := manifest.New("p", "production", "test", all).Artifact()
	require.NoError(t, err)
	all = append(all, m)
	emit.Sort(all)
	return all
}

// tree gives every file below dir with its content.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, p))
		out[p] = string(data)
		return err
	}))
	return out
}

func wanted(all []emit.Artifact) map[string]string {
	out := map[string]string{}
	for _, a := range all {
		out[a.Path] = string(a.Content)
	}
	return out
}

func put(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
}

func TestWriteAgainAndLess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "build")
	first := build(t, "a/one", "1\n", "a/b/two", "2\n", "three", "3\n")
	s, err := output.Write(t.Context(), dir, first)
	require.NoError(t, err)
	assert.Equal(t, output.Summary{Written: 4}, s)
	assert.Equal(t, wanted(first), tree(t, dir))

	old := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	for path := range wanted(first) {
		require.NoError(t, os.Chtimes(filepath.Join(dir, path), old, old))
	}
	s, err = output.Write(t.Context(), dir, first)
	require.NoError(t, err)
	assert.Equal(t, output.Summary{Unchanged: 4}, s)
	for path := range wanted(first) {
		info, err := os.Stat(filepath.Join(dir, path))
		require.NoError(t, err)
		assert.True(t, info.ModTime().Equal(old), "%s was touched", path)
	}

	put(t, filepath.Join(dir, "a", "mine"), "not of a build")
	second := build(t, "a/one", "1!\n", "three", "3\n")
	s, err = output.Write(t.Context(), dir, second)
	require.NoError(t, err)
	assert.Equal(t, output.Summary{Written: 2, Unchanged: 1, Removed: 1}, s)
	want := wanted(second)
	want["a/mine"] = "not of a build"
	assert.Equal(t, want, tree(t, dir))
	assert.NoDirExists(t, filepath.Join(dir, "a", "b"))
}

func TestForeignFolders(t *testing.T) {
	for name, files := range map[string][2]string{
		"a file": {"notes.txt", "x"}, "a folder": {"airbyte/x", "y"}, "another manifest": {"manifest.json", `{"name": "web app"}`},
		"no JSON": {"manifest.json", "{"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, filepath.Join(dir, files[0]), files[1])
			before := tree(t, dir)
			_, err := output.Write(t.Context(), dir, build(t, "a", "1\n"))
			require.ErrorIs(t, err, output.ErrForeign)
			assert.Equal(t, before, tree(t, dir))
		})
	}
}

// stopping is a context that ends after it was asked n times.
type stopping struct {
	context.Context
	left *int
}

func (s stopping) Err() error {
	if *s.left--; *s.left < 0 {
		return context.Canceled
	}
	return nil
}

// Stopped anywhere, the folder holds whole files of one of the two builds and a
// manifest that says whether it is finished; the next run puts it right.
func TestInterrupted(t *testing.T) {
	first := build(t, "a/one", "1\n", "a/two", "2\n", "three", "3\n", "gone/x", "x\n")
	second := build(t, "a/one", "1!\n", "a/four", "4\n", "three", "3\n")
	third := build(t, "a/one", "1!\n")
	for n := 0; ; n++ {
		dir := t.TempDir()
		_, err := output.Write(t.Context(), dir, first)
		require.NoError(t, err)
		left := n
		_, err = output.Write(stopping{t.Context(), &left}, dir, second)
		if err == nil {
			require.Greater(t, n, 3, "the run was stopped at several places")
			return
		}
		require.ErrorIs(t, err, context.Canceled)
		one, two := wanted(first), wanted(second)
		for path, content := range tree(t, dir) {
			if path != manifest.Path {
				assert.Contains(t, []string{one[path], two[path]}, content, path)
				assert.NotEmpty(t, content)
			}
		}
		var m manifest.Manifest
		require.NoError(t, json.Unmarshal([]byte(tree(t, dir)[manifest.Path]), &m))
		assert.Equal(t, n == 0, m.Digest != "", "only an untouched build looks finished")
		put(t, filepath.Join(dir, "a", "four.tapestry-tmp"), "half")
		_, err = output.Write(t.Context(), dir, third)
		require.NoError(t, err)
		got := tree(t, dir)
		if n == 0 { // the file that was never announced is nobody's
			delete(got, "a/four.tapestry-tmp")
		}
		assert.Equal(t, wanted(third), got)
	}
}

func TestInterruptedFirstRun(t *testing.T) {
	dir := t.TempDir()
	left := 2
	_, err := output.Write(stopping{t.Context(), &left}, dir, build(t, "a", "1\n", "b", "2\n", "c", "3\n"))
	require.ErrorIs(t, err, context.Canceled)
	only := build(t, "b", "2\n")
	_, err = output.Write(t.Context(), dir, only)
	require.NoError(t, err)
	assert.Equal(t, wanted(only), tree(t, dir))
}

func TestStaysInTheFolder(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	put(t, filepath.Join(outside, "x"), "theirs")
	_, err := output.Write(t.Context(), dir, build(t, "one", "1\n"))
	require.NoError(t, err)
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "a")))
	_, err = output.Write(t.Context(), dir, build(t, "a/x", "ours\n"))
	require.Error(t, err)
	put(t, filepath.Join(dir, "manifest.json"), `{"format": 1, "files": [{"path": "../`+filepath.Base(outside)+`/x"}, {"path": "a/x"}]}`)
	_, err = output.Write(t.Context(), dir, build(t, "one", "1\n"))
	assert.Equal(t, "theirs", tree(t, outside)["x"], "%v", err)
}
