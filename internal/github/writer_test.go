package github_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/github"
)

func writer(t testing.TB) (w github.Writer, log *bytes.Buffer, outputs, summary string) {
	dir := t.TempDir()
	outputs, summary = filepath.Join(dir, "output"), filepath.Join(dir, "summary")
	log = &bytes.Buffer{}
	return github.Writer{Lookup: environment(map[string]string{"GITHUB_OUTPUT": outputs, "GITHUB_STEP_SUMMARY": summary}), Log: log, Random: rand.Reader}, log, outputs, summary
}

// asTheRunner reads a file of outputs the way GitHub's runner does.
func asTheRunner(t testing.TB, path string) map[string]string {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	found := map[string]string{}
	lines := strings.Split(string(content), "\n")
	for i := 0; i < len(lines) && lines[i] != ""; i++ {
		name, mark, ok := strings.Cut(lines[i], "<<")
		require.True(t, ok, "line %q", lines[i])
		var value []string
		for i++; lines[i] != mark; i++ {
			value = append(value, lines[i])
		}
		found[name] = strings.Join(value, "\n")
	}
	return found
}

var hostile = []string{
	"", "plain", "two\nlines", "EOF\nadmin<<EOF\nyes\nEOF", "x\r\ny", "::set-output name=changes::0", "::add-mask::a", "##[error]x", "tapestry_00", "ünïcode ☃", "a<<b",
}

func TestOutputs(t *testing.T) {
	w, _, path, _ := writer(t)
	want := map[string]string{}
	for i, value := range hostile {
		name := fmt.Sprintf("out-%d", i)
		require.NoError(t, w.Output(name, value))
		want[name] = value
	}
	assert.Equal(t, want, asTheRunner(t, path))
	require.ErrorContains(t, w.Output("a<<b", "x"), "no name")
	require.ErrorContains(t, w.Output("a\nb", "x"), "no name")
}

func TestMarksAreNotReused(t *testing.T) {
	w, log, _, _ := writer(t)
	require.NoError(t, w.Text("x"))
	require.NoError(t, w.Text("x"))
	lines := strings.Split(log.String(), "\n")
	assert.NotEqual(t, lines[0], lines[3])

	w.Random = bytes.NewReader(make([]byte, 16))
	require.Error(t, w.Text("tapestry_"+strings.Repeat("00", 16)), "a text that knows the word")
}

// commands are the lines of a log that the runner would obey.
func commands(log string) []string {
	var list []string
	stopped := ""
	for line := range strings.SplitSeq(strings.ReplaceAll(log, "\r", "\n"), "\n") {
		line = strings.TrimSpace(line)
		switch {
		case stopped != "" && line == "::"+stopped+"::":
			stopped = ""
		case stopped != "":
		case strings.HasPrefix(line, "::stop-commands::"):
			stopped = strings.TrimPrefix(line, "::stop-commands::")
		case strings.HasPrefix(line, "::") || strings.Contains(line, "##["):
			list = append(list, line)
		}
	}
	return list
}

func TestTextIsNoCommand(t *testing.T) {
	for _, text := range hostile {
		w, log, _, _ := writer(t)
		require.NoError(t, w.Text("before\n"+text))
		assert.Empty(t, commands(log.String()))
		assert.Contains(t, log.String(), text)
		_, _ = log.WriteString("::warning::after\n")
		assert.Equal(t, []string{"::warning::after"}, commands(log.String()), "and commands work again afterwards")
	}
}

func FuzzTextIsNoCommand(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var log bytes.Buffer
		require.NoError(t, github.Writer{Log: &log, Random: rand.Reader}.Text(text))
		assert.Empty(t, commands(log.String()))
		log.Reset()
		list := mistakes(1, 0)
		list[0].Message, list[0].Detail, list[0].Span.File = text, text, "f"+text
		require.NoError(t, github.WriteAnnotations(&log, list))
		assert.Len(t, commands(log.String()), 1)
	})
}

func TestSummary(t *testing.T) {
	w, _, _, path := writer(t)
	require.NoError(t, w.Summary("# one"))
	require.NoError(t, w.Summary("two\n"))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "# one\ntwo\n", string(content))

	for range 3 { // whatever is written, the file stays below what GitHub takes
		require.NoError(t, w.Summary(strings.Repeat("a line with ä\n", 60_000)))
	}
	content, err = os.ReadFile(path)
	require.NoError(t, err)
	assert.Less(t, len(content), 1<<20)
	assert.Greater(t, len(content), 1<<20-8192)
	assert.True(t, strings.HasSuffix(string(content), "does not fit here._\n"))
}

func TestWhereTheEnvironmentNamesNoFile(t *testing.T) {
	w := github.Writer{Lookup: environment(nil), Random: rand.Reader}
	require.NoError(t, w.Output("changes", "1"))
	require.NoError(t, w.Summary("x"))
}

func TestAnnotations(t *testing.T) {
	for _, c := range []struct{ errors, warnings, lines int }{{0, 0, 0}, {1, 1, 2}, {10, 10, 20}, {11, 300, 20}} {
		var log bytes.Buffer
		require.NoError(t, github.WriteAnnotations(&log, mistakes(c.errors, c.warnings)))
		list := commands(log.String())
		require.Len(t, list, c.lines)
		if c.errors == 11 {
			assert.Equal(t, "::error::2 more of these: they are in the job's summary", list[9])
			assert.Equal(t, "::warning::291 more of these: they are in the job's summary", list[19])
		}
	}
	var log bytes.Buffer
	list := mistakes(1, 0)
	list[0].Message, list[0].Span.File = "100% wrong\n::set-output name=x::y", "a,b:c.yaml"
	require.NoError(t, github.WriteAnnotations(&log, list))
	assert.Equal(t, 1, strings.Count(log.String(), "\n"))
	assert.True(t, strings.HasPrefix(log.String(), "::error file=a%2Cb%3Ac.yaml,line=1,endLine=1,col=3,endColumn=9,title=TAP001"), log.String())
	assert.Contains(t, log.String(), "100%25 wrong")
}
