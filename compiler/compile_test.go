package compiler_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
)

const rainShield = "catalog/templates/rain-shield"

var env = map[string]string{"SNOWFLAKE_ACCOUNT": "rainshield-main", "ZOOM_ACCOUNT_ID": "za", "ZOOM_CLIENT_ID": "zc",
	"SF_CLIENT_ID": "sc", "MAILCHIMP_LIST_ID": "l1"}

func text(r *compiler.Result) string {
	var b bytes.Buffer
	_ = diag.WriteText(&b, r.Diagnostics, diag.Options{Source: r.Source})
	return b.String()
}

func compileOK(t testing.TB, fsys fs.FS, opt compiler.Options) *compiler.Result {
	t.Helper()
	r := compiler.Compile(fsys, "tapestry.yaml", opt)
	require.False(t, r.Diagnostics.HasErrors(), text(r))
	return r
}

func oneFile(yaml string) fstest.MapFS {
	return fstest.MapFS{"tapestry.yaml": {Data: []byte(yaml)}}
}

func rainShieldYAML(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile(rainShield + "/tapestry.yaml")
	require.NoError(t, err)
	return string(data)
}

// The same file gives the same bytes a hundred times over.
func TestSameBytes(t *testing.T) {
	fsys := os.DirFS(rainShield)
	first := compileOK(t, fsys, compiler.Options{Env: env})
	for range 100 {
		again := compileOK(t, fsys, compiler.Options{Env: env})
		require.Equal(t, first.Manifest.Digest, again.Manifest.Digest)
		for i, a := range again.Artifacts {
			require.Equal(t, first.Artifacts[i].Path, a.Path)
			require.True(t, bytes.Equal(first.Artifacts[i].Content, a.Content), a.Path)
		}
	}
}

func TestLineEndsDoNotCount(t *testing.T) {
	lf := rainShieldYAML(t)
	want := compileOK(t, oneFile(lf), compiler.Options{Env: env}).Manifest.Digest
	for name, data := range map[string]string{
		"crlf": strings.ReplaceAll(lf, "\n", "\r\n"),
		"bom":  "\ufeff" + lf,
		"tail": lf + "\n\n",
	} {
		assert.Equal(t, want, compileOK(t, oneFile(data), compiler.Options{Env: env}).Manifest.Digest, name)
	}
}

// The order of keys means nothing, at any depth.
func TestKeyOrderDoesNotCount(t *testing.T) {
	lf := rainShieldYAML(t)
	want := compileOK(t, oneFile(lf), compiler.Options{Env: env})
	for seed := range uint64(30) {
		shuffled := shuffle(t, lf, seed)
		got := compileOK(t, oneFile(shuffled), compiler.Options{Env: env})
		if !assert.Equal(t, want.Manifest.Digest, got.Manifest.Digest, "seed %d", seed) {
			for i, a := range got.Artifacts {
				if a.Path != "manifest.json" {
					assert.Equal(t, string(want.Artifacts[i].Content), string(a.Content), a.Path)
				}
			}
			return
		}
	}
}

func shuffle(t *testing.T, data string, seed uint64) string {
	t.Helper()
	file, err := parser.ParseBytes([]byte(data), 0)
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(seed, 1))
	var ordered yaml.MapSlice
	require.NoError(t, yaml.NodeToValue(file.Docs[0].Body, &ordered, yaml.UseOrderedMap()))
	out, err := yaml.Marshal(shuffled(ordered, random))
	require.NoError(t, err)
	return string(out)
}

func shuffled(v any, random *rand.Rand) any {
	switch v := v.(type) {
	case yaml.MapSlice:
		for i := range v {
			v[i].Value = shuffled(v[i].Value, random)
		}
		random.Shuffle(len(v), func(i, j int) { v[i], v[j] = v[j], v[i] })
		return v
	case []any:
		for i := range v {
			v[i] = shuffled(v[i], random)
		}
	}
	return v
}

// A secret's value in the environment is in no artefact and no diagnostic, in
// any encoding.
func TestCanaries(t *testing.T) {
	canaries := map[string]string{}
	planted := maps.Clone(env)
	for _, name := range []string{"ZOOM_CLIENT_SECRET", "SF_CLIENT_SECRET", "SF_REFRESH_TOKEN", "MAILCHIMP_API_KEY"} {
		canaries[name] = "CaNaRy+" + name + "/\"€\\"
		planted[name] = canaries[name]
	}
	r := compileOK(t, os.DirFS(rainShield), compiler.Options{Env: planted})
	for _, a := range r.Artifacts {
		assertNoCanary(t, canaries, a.Path, string(a.Content))
	}
	// The secret typed in clear into the file is not shown either.
	clear := strings.Replace(rainShieldYAML(t), "${secret.ZOOM_CLIENT_SECRET}", "'"+canaries["ZOOM_CLIENT_SECRET"]+"'", 1)
	bad := compiler.Compile(oneFile(clear), "tapestry.yaml", compiler.Options{Env: planted})
	require.True(t, bad.Diagnostics.HasErrors())
	for _, d := range bad.Diagnostics {
		assertNoCanary(t, canaries, string(d.Code), fmt.Sprint(d))
	}
}

func assertNoCanary(t *testing.T, canaries map[string]string, where, content string) {
	t.Helper()
	for name, value := range canaries {
		for form, encoded := range map[string]string{
			"plain": value, "word": "CaNaRy", "base64": base64.StdEncoding.EncodeToString([]byte(value)),
			"base64url": base64.RawURLEncoding.EncodeToString([]byte(value)), "url": url.QueryEscape(value), "path": url.PathEscape(value),
			"json": strings.Trim(fmt.Sprintf("%q", value), `"`), "hex": fmt.Sprintf("%x", value),
		} {
			assert.NotContains(t, content, encoded, "%s of %s in %s", form, name, where)
		}
	}
}

// A connector is one file: this one exists only here.
func TestConnectorIsOneFile(t *testing.T) {
	entries := fstest.MapFS{
		"sources/acme.yaml": {Data: []byte(`
title: Acme
airbyte: {definition: 01234567-89ab-cdef-0123-456789abcdef, repository: acme/source-acme, version: 0.1.0, license: MIT}
config:
  token: {type: string, required: true, secret: true, description: The token.}
streams:
  customers:
    sync_modes: [full_refresh, incremental]
    primary_key: [id]
    cursor: updated_at
    columns: {id: integer, email: email, updated_at: timestamp}
    pii: [email]
`)}}
	r := compileOK(t, oneFile(`
version: 1
name: one-file
aws: {region: us-east-1}
snowflake: {account: org-acc}
sources:
  acme:
    config: {token: "${secret.ACME}"}
    streams: {customers: }
models:
  customers:
    union: [{from: acme.customers, columns: [email], order_by: [id]}]
    unique_by: email
`), compiler.Options{Catalog: catalog.New(entries)})
	var all []string
	for _, a := range r.Artifacts {
		all = append(all, a.Path)
	}
	assert.Contains(t, strings.Join(all, " "), "airbyte/source-acme.json")
	assert.Contains(t, strings.Join(all, " "), "dbt/models/staging/stg_acme__customers.sql")
}

// Hostile input ends in a clear error, in bounded memory.
func TestBounded(t *testing.T) {
	bomb := "x-a: &a [1,1,1,1,1,1,1,1,1,1]\n"
	for i := range 12 {
		prev, next := string(rune('a'+i)), string(rune('a'+i+1))
		bomb += "x-" + next + ": &" + next + " [" + strings.Repeat("*"+prev+",", 9) + "*" + prev + "]\n"
	}
	huge := strings.Repeat("# a comment line that is long enough to count for something\n", 50<<20/61)
	for name, data := range map[string]string{"bomb": bomb, "huge": huge, "deep": strings.Repeat("[", 100_000), "deep maps": strings.Repeat("{a: ", 100_000)} {
		t.Run(name, func(t *testing.T) {
			fsys := oneFile(data)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			r := compiler.Compile(fsys, "tapestry.yaml", compiler.Options{})
			runtime.ReadMemStats(&after)
			require.True(t, r.Diagnostics.HasErrors())
			assert.Regexp(t, `large|alias|deep`, strings.ToLower(r.Diagnostics[0].Message), text(r)[:min(400, len(text(r)))])
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(128<<20), "memory")
		})
	}
}

func FuzzCompile(f *testing.F) {
	data, err := os.ReadFile(rainShield + "/tapestry.yaml")
	require.NoError(f, err)
	f.Add(data)
	f.Add([]byte("version: 1\nname: a-b\nsources: {x: {streams: {y: }}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := compiler.Compile(fstest.MapFS{"tapestry.yaml": {Data: data}}, "tapestry.yaml", compiler.Options{Env: env})
		for _, d := range r.Diagnostics {
			if d.Code == "TAP901" {
				t.Fatal(d.Message, d.Detail)
			}
		}
		if !r.Diagnostics.HasErrors() && r.Pipeline == nil {
			t.Fatal("neither a pipeline nor an error")
		}
	})
}
