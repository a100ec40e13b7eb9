package dbt

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// landed is Rain Shield with files in a bucket.
func landed() *ir.Pipeline {
	p := irtest.RainShield()
	p.Ingestion.Landing = ir.S3
	return p
}

func fixtures() map[string]*ir.Pipeline {
	return map[string]*ir.Pipeline{"rain-shield": irtest.RainShield(), "rich": rich(), "landed": landed()}
}

// TestGolden keeps one text a project: all its files, without the macros and the
// lock file, which are the same in every project.
func TestGolden(t *testing.T) {
	for name, pipeline := range fixtures() {
		t.Run(name, func(t *testing.T) {
			got := oneText(Emit(pipeline))
			path := filepath.Join("testdata", "golden", name+".txt")
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, string(want), got)
		})
	}
}

func oneText(artifacts []emit.Artifact) string {
	var b strings.Builder
	for _, a := range artifacts {
		if _, err := macroFiles.Open(strings.TrimPrefix(a.Path, "dbt/")); err == nil && a.Path != "dbt/macros/landing.sql" {
			continue
		}
		if a.Kind == "lockfile" {
			continue
		}
		b.WriteString("==> " + a.Path + " (" + a.Kind + ")\n")
		for _, n := range a.Needs {
			b.WriteString("needs " + n + "\n")
		}
		for _, n := range a.Provides {
			b.WriteString("provides " + n + "\n")
		}
		b.WriteString(string(a.Content) + "\n")
	}
	return b.String()
}

func TestArtifactsAreWellFormed(t *testing.T) {
	for name, pipeline := range fixtures() {
		first, second := Emit(pipeline), Emit(pipeline)
		assert.Equal(t, first, second, name)
		seen := map[string]bool{}
		for _, a := range first {
			assert.False(t, seen[a.Path], "%s: %s twice", name, a.Path)
			seen[a.Path] = true
			assert.Equal(t, "dbt", a.Provider)
			text := string(a.Content)
			assert.True(t, strings.HasSuffix(text, "\n") && !strings.HasSuffix(text, "\n\n"), "%s: the end of %s", name, a.Path)
			assert.NotContains(t, text, "\r", a.Path)
			assert.NotContains(t, text, " \n", "%s: white space at a line's end", a.Path)
		}
	}
}

func TestNothingToEmit(t *testing.T) {
	p := irtest.RainShield()
	p.Sources, p.Models, p.Destinations = nil, nil, nil
	for _, a := range Emit(p) {
		assert.NotContains(t, a.Path, "models/")
	}
}

func TestJinjaIsNeverReadIntoText(t *testing.T) {
	for text, want := range map[string]string{
		"plain { } text": "plain { } text",
		"{{ x }}":        "{{ '{{' }} x }}",
		"{%{#":           "{{ '{%' }}{{ '{#' }}",
		"{{{%":           "{{ '{{' }}{{ '{%' }}",
	} {
		assert.Equal(t, want, verbatim(text))
		assert.Equal(t, text, plain(verbatim(text)))
	}
	assert.Equal(t, `'it\'s \\ two\nlines'`, word("it's \\ two\nlines"))
}
