package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// step is one command of a transcript, with what it says.
type step struct {
	command string
	lines   []string // a line … stands for any number of lines, … within a line for any text
}

// transcript reads the console block of a page.
func transcript(t *testing.T, page string) []step {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
	require.NoError(t, err)
	_, block, found := strings.Cut(string(text), "```console\n")
	require.True(t, found)
	block, _, _ = strings.Cut(block, "\n```")
	var steps []step
	for _, line := range strings.Split(block, "\n") {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			steps = append(steps, step{command: command})
			continue
		}
		require.NotEmpty(t, steps, "the block begins with a command")
		last := &steps[len(steps)-1]
		last.lines = append(last.lines, line)
	}
	return steps
}

// pattern is what a command may say.
func (s step) pattern() *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`\A`)
	for _, line := range s.lines {
		if line == "…" {
			b.WriteString(`(?:.*\n)*?`)
			continue
		}
		b.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*") + `\n`)
	}
	b.WriteString(`\z`)
	return regexp.MustCompile(b.String())
}

func TestTranscriptOfTheSandbox(t *testing.T) {
	c := newTrial(t, "01-rain-shield")
	began := time.Now()
	steps := transcript(t, "operations.md")
	require.Greater(t, len(steps), 5)
	for _, s := range steps {
		words := strings.Fields(s.command)
		if words[0] == "tapestry-ci" {
			out, said, code := c.run(words[1:]...)
			require.Zero(t, code, "%s\n%s%s", s.command, out, said)
			require.Regexp(t, s.pattern(), out, s.command)
			continue
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-c", s.command)
		cmd.Dir = c.dir
		said, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", said)
	}
	t.Logf("the transcript took %s", time.Since(began).Round(time.Second))
}
