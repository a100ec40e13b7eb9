package compiler_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/manifest"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
)

var update = flag.Bool("update", false, "write examples and their expected builds anew")

const examples = "../examples"

// fromTemplate are the examples that are a template as `init` writes it. The
// first of them keeps its whole build under expected/, the others its manifest.
var fromTemplate = map[string]string{
	"01-rain-shield": "rain-shield", "02-blank": "blank",
	"03-support-and-payments": "support-and-payments", "04-product-and-forms": "product-and-forms",
}

const wholeBuild = "01-rain-shield"

// constant are files that are the same for every pipeline, too long to keep once
// more: their digests are in the manifest.
var constant = []string{"grouparoo/package-lock.json", "grouparoo/sbom.cdx.json", "dbt/requirements.txt"}

// example is one example in one environment.
type example struct {
	name, env string
	result    *compiler.Result
}

// compileExamples compiles every example in each of its environments.
func compileExamples(t testing.TB) []example {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(examples, "[0-9][0-9]-*"))
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	var all []example
	for _, folder := range folders {
		data, err := os.ReadFile(filepath.Join(folder, ".env"))
		require.NoError(t, err)
		values, err := dotenv.Parse(data)
		require.NoError(t, err)
		opt := compiler.Options{Env: values, Tool: "test"}
		for _, env := range compiler.Check(os.DirFS(folder), "tapestry.yaml", opt).Environments {
			opt.Environment = env
			all = append(all, example{filepath.Base(folder), env, compiler.Compile(os.DirFS(folder), "tapestry.yaml", opt)})
		}
	}
	return all
}

func TestExamplesAreTemplates(t *testing.T) {
	for folder, name := range fromTemplate {
		template, ok := catalog.Embedded().Template(name)
		require.True(t, ok, name)
		dir := filepath.Join(examples, folder)
		want := map[string]bool{}
		require.NoError(t, fs.WalkDir(template, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := fs.ReadFile(template, path)
			require.NoError(t, err)
			// In this repository the schema is there once.
			content = bytes.Replace(content, []byte("$schema=./schema/"), []byte("$schema=../../schema/"), 1)
			golden(t, filepath.Join(dir, path), content)
			want[path] = true
			return nil
		}))
		noOthers(t, dir, want)
	}
	for _, tpl := range catalog.Embedded().Templates() {
		assert.Contains(t, fromTemplate, exampleOf(tpl.Name), "every template is an example")
	}
}

func exampleOf(template string) string {
	for folder, name := range fromTemplate {
		if name == template {
			return folder
		}
	}
	return template
}

// noOthers wants no file in dir but those of want and the expected build.
func noOthers(t *testing.T, dir string, want map[string]bool) {
	t.Helper()
	for path := range files(t, dir) {
		if !want[path] && !strings.HasPrefix(path, "expected/") {
			if *update {
				require.NoError(t, os.Remove(filepath.Join(dir, path)))
				continue
			}
			t.Errorf("%s/%s is in no template", dir, path)
		}
	}
}

// madeHere are the folders that people make in an example when they try it: what
// compile and apply write.
var madeHere = []string{"build", ".tapestry"}

// files gives the content of every file below dir, but for what was made here.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && slices.Contains(madeHere, path) {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, path))
		out[path] = string(data)
		return err
	}))
	return out
}

// golden holds a file against content, or writes it.
func golden(t *testing.T, path string, content []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, content, 0o644))
		return
	}
	have, err := os.ReadFile(path)
	require.NoError(t, err, "go test ./compiler -update writes it")
	assert.Equal(t, string(content), string(have), "%s; go test ./compiler -update writes it", path)
}

// Every example compiles in each of its environments without so much as a
// warning, into what expected/ says.
func TestExamples(t *testing.T) {
	for _, e := range compileExamples(t) {
		t.Run(e.name+"/"+e.env, func(t *testing.T) {
			require.Empty(t, e.result.Diagnostics, text(e.result))
			dir := filepath.Join(examples, e.name, "expected", e.env)
			if e.name == wholeBuild && e.env == "production" {
				expectBuild(t, dir, e.result)
				return
			}
			golden(t, filepath.Join(dir, "summary.json"), summary(t, e.result))
		})
	}
}

func expectBuild(t *testing.T, dir string, r *compiler.Result) {
	t.Helper()
	want := map[string]string{}
	for _, a := range r.Artifacts {
		if slices.Contains(constant, a.Path) {
			continue
		}
		want[a.Path] = string(a.Content)
		golden(t, filepath.Join(dir, filepath.FromSlash(a.Path)), a.Content)
	}
	for path := range files(t, dir) {
		if _, ok := want[path]; ok {
			continue
		}
		if *update {
			require.NoError(t, os.Remove(filepath.Join(dir, path)))
			continue
		}
		t.Errorf("%s/%s is no longer made; go test ./compiler -update removes it", dir, path)
	}
}

// summary is the digest of the build, what is in it, and every file with the
// lines it comes from: enough to see what a change changed.
func summary(t *testing.T, r *compiler.Result) []byte {
	t.Helper()
	type file struct {
		Path    string   `json:"path"`
		SHA256  string   `json:"sha256"`
		Bytes   int      `json:"bytes"`
		Origins []string `json:"origins,omitempty"`
	}
	var out struct {
		Pipeline    string         `json:"pipeline"`
		Environment string         `json:"environment"`
		Digest      string         `json:"digest"`
		Counts      map[string]int `json:"counts"`
		Files       []file         `json:"files"`
	}
	out.Pipeline, out.Environment, out.Digest, out.Counts = r.Pipeline.Name, r.Pipeline.Env, r.Manifest.Digest, counts(r)
	for _, f := range r.Manifest.Files {
		out.Files = append(out.Files, file{f.Path, f.SHA256[:16], f.Bytes, f.Origins})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	require.NoError(t, e.Encode(out))
	return b.Bytes()
}

// counts gives what a build holds: "cloudformation resources": 61.
func counts(r *compiler.Result) map[string]int {
	out := map[string]int{}
	for _, a := range r.Artifacts {
		if n, word := r.Count(a.Provider); word != "" {
			out[a.Provider+" "+word+"s"] = n
		}
	}
	return out
}

// Every sample row belongs to a stream, is JSON, and has no column that the
// stream does not have.
func TestSamples(t *testing.T) {
	for _, e := range compileExamples(t) {
		if e.env != "production" {
			continue
		}
		known := map[string][]string{}
		for _, s := range e.result.Pipeline.Sources {
			for _, st := range s.Streams {
				for _, c := range st.Columns {
					if c.Raw {
						known["samples/"+s.ID+"/"+st.Key+".ndjson"] = append(known["samples/"+s.ID+"/"+st.Key+".ndjson"], c.Name)
					}
				}
			}
		}
		have := files(t, filepath.Join(examples, e.name))
		for path := range known {
			assert.Contains(t, have, path, "%s: a stream without samples", e.name)
		}
		for path, content := range have {
			if !strings.HasPrefix(path, "samples/") {
				continue
			}
			require.Contains(t, known, path, "%s: samples of no stream", e.name)
			for line := range strings.Lines(content) {
				var row map[string]any
				require.NoError(t, json.Unmarshal([]byte(line), &row), path)
				for column := range row {
					assert.True(t, slices.Contains(known[path], column), "%s %s: no column %s", e.name, path, column)
				}
			}
		}
	}
}

// No template holds a secret, and none reads a .env for one.
func TestNoSecretsInExamples(t *testing.T) {
	for name := range fromTemplate {
		for path, content := range files(t, filepath.Join(examples, name)) {
			if filepath.Base(path) == ".env" {
				assert.NotContains(t, strings.ToUpper(content), "PASSWORD=", path)
				assert.NotContains(t, strings.ToUpper(content), "SECRET=", path)
				assert.NotContains(t, strings.ToUpper(content), "_KEY=", path)
				assert.NotContains(t, strings.ToUpper(content), "TOKEN=", path)
			}
		}
	}
}

// The manifest of the whole build names every file with its digest.
func TestManifestOfExample(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(examples, wholeBuild, "expected", "production", manifest.Path))
	require.NoError(t, err)
	var m manifest.Manifest
	require.NoError(t, json.Unmarshal(data, &m))
	assert.NotEmpty(t, m.Digest)
	for _, f := range m.Files {
		if !slices.Contains(constant, f.Path) {
			assert.FileExists(t, filepath.Join(examples, wholeBuild, "expected", "production", f.Path))
		}
		if f.Kind != "macro" && f.Kind != "properties" {
			assert.NotEmpty(t, f.Origins, "%s comes from no line of the file", f.Path)
		}
	}
}
