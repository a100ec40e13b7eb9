package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/bigfile"
)

// command is this program as a process of its own.
func command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return &exec.Cmd{Path: self, Args: append([]string{"tapestry-ci"}, args...)}
}

func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, path))
		out[path] = string(data)
		return err
	}))
	return out
}

// An interrupt in the middle of writing ends the command soon, with its own exit
// code, and leaves whole files only; the next run puts the folder right.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tapestry.yaml"), bigfile.Generate(2000), 0o644))
	whole, broken := filepath.Join(dir, "whole"), filepath.Join(dir, "broken")
	out, err := command(t, "compile", dir, "-o", whole).CombinedOutput()
	require.NoError(t, err, string(out))
	want := tree(t, whole)

	cmd := command(t, "compile", dir, "-o", broken)
	var said strings.Builder
	cmd.Stderr = &said
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(broken, "manifest.json"))
		return err == nil
	}, time.Minute, time.Millisecond)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	err = cmd.Wait()
	var exit *exec.ExitError
	require.True(t, errors.As(err, &exit), "it was over before the interrupt: make the file larger")
	assert.Equal(t, exitStopped, exit.ExitCode())
	assert.Equal(t, "tapestry-ci: interrupted; what was written is whole, and the same command goes on\n", said.String())

	got := tree(t, broken)
	assert.Less(t, len(got), len(want))
	for path, content := range got {
		if path != "manifest.json" {
			assert.Equal(t, want[path], content, path)
		}
	}
	out, err = command(t, "compile", dir, "-o", broken).CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Equal(t, want, tree(t, broken))
}

// BenchmarkVersion is a whole process, from start to end.
func BenchmarkVersion(b *testing.B) {
	for b.Loop() {
		require.NoError(b, command(b, "version").Run())
	}
}
