package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const readme = "../../README.md"

var consoleBlock = regexp.MustCompile("(?s)```console\n(.*?)```")

// The commands of the README give what the README says. They are run in one
// folder, in the order of the page; `go run ./cmd/tapestry-ci` is this program.
// Of a command that works only its output counts: what an apply tells of its
// progress has times in it.
func TestReadme(t *testing.T) {
	page, err := os.ReadFile(readme)
	require.NoError(t, err)
	shell := newShell(t)
	commands := 0
	want := consoleBlock.ReplaceAllFunc(page, func(block []byte) []byte {
		var b bytes.Buffer
		b.WriteString("```console\n")
		for line := range strings.Lines(string(consoleBlock.FindSubmatch(block)[1])) {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				b.WriteString(line + shell.run(strings.TrimSpace(command)))
				commands++
			}
		}
		b.WriteString("```")
		return b.Bytes()
	})
	assert.Greater(t, commands, 6)
	if *update {
		require.NoError(t, os.WriteFile(readme, want, 0o644))
		return
	}
	sameLines(t, string(want), string(page))
}

// sameLines reports the first line that differs; the whole page would be long.
func sameLines(t *testing.T, want, have string) {
	t.Helper()
	lines := strings.Split(have, "\n")
	for i, line := range strings.Split(want, "\n") {
		if i >= len(lines) || lines[i] != line {
			t.Fatalf("%s:%d: the command says now:\n%s\ngo test ./cmd/tapestry-ci -update writes the output anew", readme, i+1, line)
		}
	}
	assert.Equal(t, len(want), len(have))
}

type shell struct {
	t    *testing.T
	dir  string
	path string
}

// newShell makes a folder that looks like the repository to a command, and one
// with this program in it.
func newShell(t *testing.T) shell {
	t.Helper()
	dir, bin := t.TempDir(), t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(self, filepath.Join(bin, "tapestry-ci")))
	// A copy, for an apply writes beside the file. Ids of persons come from a salt
	// that is made by chance, so here it is given.
	require.NoError(t, os.CopyFS(filepath.Join(dir, "examples"), os.DirFS("../../examples")))
	shield := filepath.Join(dir, "examples/01-rain-shield/.tapestry")
	require.NoError(t, os.RemoveAll(shield))
	put(t, filepath.Join(shield, "salt"), strings.Repeat("0123456789abcdef", 4)+"\n")
	return shell{t, dir, bin + string(os.PathListSeparator) + os.Getenv("PATH")}
}

func (s shell) run(command string) string {
	cmd := exec.Command("sh", "-c", strings.ReplaceAll(command, "go run ./cmd/tapestry-ci", "tapestry-ci"))
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + s.path, "HOME=" + s.dir}
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		require.IsType(s.t, &exec.ExitError{}, err, command)
		out.Write(said.Bytes())
	}
	return out.String()
}
