package registry_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/connector"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/airbyte"
	"github.com/tapestry-ci/tapestry-ci/compiler/lock"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

const testRegistry = "airbyte-registry-2025-01.json.gz"

// published is one connector of the registry, sources and destinations alike:
// both have specifications.
type published struct {
	ID, Tag, License string
	Spec             json.RawMessage
}

func readAll(t *testing.T) map[string]published {
	t.Helper()
	f, err := os.Open(judge.Spec(t, testRegistry))
	require.NoError(t, err)
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	require.NoError(t, err)
	var all map[string]published
	require.NoError(t, json.NewDecoder(unzipped).Decode(&all))
	require.Len(t, all, 559)
	return all
}

// subject is one connector with its lock and its smallest configuration.
type subject struct {
	name   string
	of     published
	schema map[string]any
	lock   []byte
	config map[string]any
}

func newSubject(t *testing.T, name string, of published) subject {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(of.Spec))
	require.NoError(t, err)
	spec, err := connector.Canonical(of.Spec)
	require.NoError(t, err)
	l := lock.Lock{}
	l.Set(lock.Connector{Name: "subject", Definition: of.ID, Repository: "airbyte/" + name, Version: of.Tag, License: of.License, Spec: spec})
	s := subject{name: name, of: of, schema: doc.(map[string]any), lock: l.Text()}
	s.config = minimalObject(s.schema)
	return s
}

// pipeline is a file with one source, and the line of each name in its config.
func (s subject) pipeline(config map[string]any) (string, map[string]int) {
	b := &strings.Builder{}
	b.WriteString("version: 1\nname: demo\naws: {region: us-east-1}\nsnowflake: {account: acme-main}\nsources:\n  it:\n    connector: subject\n" +
		"    streams: {things: {columns: {id: text, at: timestamp}, sync_mode: incremental_deduped, primary_key: id, cursor: at}}\n    config:")
	at := b.Len()
	writeYAML(b, config, "      ")
	lines := map[string]int{}
	line := 1 + strings.Count(b.String()[:at], "\n")
	lines[""] = line
	for i, text := range strings.Split(b.String()[at:], "\n") {
		if m := regexp.MustCompile(`^      "([^"]+)":`).FindStringSubmatch(text); m != nil {
			lines[m[1]] = line + i
		}
	}
	return b.String(), lines
}

func (s subject) files(text string) fstest.MapFS {
	return fstest.MapFS{"tapestry.yaml": {Data: []byte(text)}, lock.Name: {Data: s.lock}}
}

// compile makes no artefacts but Airbyte's: the others do not depend on a
// connector's configuration.
func (s subject) compile(text string) *compiler.Result {
	r := compiler.Check(s.files(text), "tapestry.yaml", compiler.Options{})
	if r.Pipeline != nil {
		r.Artifacts = airbyte.Emit(r.Pipeline)
	}
	return r
}

func errorsOf(list diag.List) diag.List {
	return slices.DeleteFunc(slices.Clone(list), func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
}

// Every connector of the registry can be used with the smallest configuration
// that its specification allows, and what comes of it is one that both the
// specification and Airbyte's API take.
func TestSmallestConfigurations(t *testing.T) {
	all := readAll(t)
	accepts := judge.API(t, "airbyte-public-api-subset.yaml", "http://airbyte/api/public/v1")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			s := newSubject(t, name, all[name])
			text, _ := s.pipeline(s.config)
			r := compiler.Compile(s.files(text), "tapestry.yaml", compiler.Options{})
			require.Empty(t, errorsOf(r.Diagnostics), "%v\n%s", r.Diagnostics, text)
			body := s.body(t, r)
			assert.Equal(t, s.of.ID, body["definitionId"])
			if !rfc4122.MatchString(s.of.ID) {
				body["definitionId"] = "6f1f9d3e-2b7c-4c57-9e0c-0d6a2f4b8a11" // some ids of the registry are of no version that the judge knows
			}
			encoded, err := json.Marshal(body)
			require.NoError(t, err)
			assert.NoError(t, accepts("POST", "/sources", encoded))
			assert.NoError(t, rawSchema(t, s.schema).Validate(body["configuration"]), "%s", encoded)
			definitions := artifact(t, r, "airbyte/definitions.json")
			for _, fact := range []string{s.of.ID, s.of.Tag, "airbyte/" + name} {
				assert.Contains(t, definitions, fmt.Sprintf("%q", fact))
			}
		})
	}
}

// Configurations with optional fields and other forms, as many as chance gives,
// are taken where the specification takes them, and reach Airbyte as they are,
// with constants and needed defaults added.
func TestSomeConfigurations(t *testing.T) {
	all := readAll(t)
	taken, random := 0, rand.New(rand.NewPCG(8, 50))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s := newSubject(t, name, all[name])
		raw := rawSchema(t, s.schema)
		for range 4 {
			config := someObject(s.schema, random)
			if raw.Validate(config) != nil {
				continue
			}
			taken++
			text, _ := s.pipeline(config)
			r := s.compile(text)
			if !assert.Empty(t, errorsOf(r.Diagnostics), "%s: %v\n%s", name, errorsOf(r.Diagnostics), text) {
				continue
			}
			given := s.body(t, r)["configuration"]
			assert.NoError(t, raw.Validate(given), name)
			assert.Empty(t, lost(config, given, ""), "%s\n%s", name, text)
		}
	}
	t.Logf("%d configurations", taken)
	assert.Greater(t, taken, 1900)
}

// lost is the way to the first value of want that got does not have.
func lost(want, got any, path string) string {
	switch x := want.(type) {
	case map[string]any:
		y, _ := got.(map[string]any)
		for name, v := range x {
			if where := lost(v, y[name], path+"/"+name); where != "" {
				return where
			}
		}
		return ""
	case []any:
		y, _ := got.([]any)
		if len(x) != len(y) {
			return path
		}
		for i := range x {
			if where := lost(x[i], y[i], fmt.Sprint(path, "/", i)); where != "" {
				return where
			}
		}
		return ""
	}
	if want != got {
		return fmt.Sprintf("%s: %#v became %#v", path, want, got)
	}
	return ""
}

var rfc4122 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// body is the request that makes the source, with its bound places filled.
func (s subject) body(t *testing.T, r *compiler.Result) map[string]any {
	t.Helper()
	var d struct {
		Bind []struct{ Pointer, From string }
		Body map[string]any
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(artifact(t, r, "airbyte/source-it.json")))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal([]byte(artifact(t, r, "airbyte/source-it.json")), &d))
	body := doc.(map[string]any)["body"].(map[string]any)
	for _, b := range d.Bind {
		if b.Pointer == "/workspaceId" {
			body["workspaceId"] = "6f1f9d3e-2b7c-4c57-9e0c-0d6a2f4b8a11"
		}
	}
	return body
}

func artifact(t *testing.T, r *compiler.Result, path string) string {
	t.Helper()
	for _, a := range r.Artifacts {
		if a.Path == path {
			return string(a.Content)
		}
	}
	t.Fatal("there is no " + path)
	return ""
}

type anyText string

func (anyText) MatchString(string) bool { return true }
func (a anyText) String() string        { return string(a) }

// rawSchema is the specification as it is, but for what makes some of them no
// JSON Schema, or one that contradicts itself: see tidied.
func rawSchema(t *testing.T, schema map[string]any) *jsonschema.Schema {
	t.Helper()
	doc := tidied(schema).(map[string]any)
	delete(doc, "$schema")
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	c.UseRegexpEngine(func(text string) (jsonschema.Regexp, error) {
		if re, err := regexp.Compile(text); err == nil {
			return re, nil
		}
		return anyText(text), nil
	})
	require.NoError(t, c.AddResource("mem:///spec", doc))
	compiled, err := c.Compile("mem:///spec")
	require.NoError(t, err)
	return compiled
}

// tidied leaves out examples that are no list, names and values that stand twice,
// what is said of the text of secrets, which is not known here, and a format
// beside a pattern, because some of those exclude each other.
func tidied(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, inner := range x {
			if k == "examples" || k == "pattern" && x["airbyte_secret"] == true || k == "format" && x["pattern"] != nil {
				continue
			}
			out[k] = tidied(inner)
		}
		return out
	case []any:
		out := make([]any, 0, len(x))
		for _, inner := range x {
			if text, ok := inner.(string); !ok || !slices.Contains(out, any(text)) {
				out = append(out, tidied(inner))
			}
		}
		return out
	}
	return v
}

// Of every connector each required field that is missing, each field with a value
// of another type, and each misspelt one is refused: once, at its line.
func TestMistakesInConfigurations(t *testing.T) {
	all := readAll(t)
	missing, wrong, misspelt := 0, 0, 0
	random := rand.New(rand.NewPCG(5, 59))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s := newSubject(t, name, all[name])
		t.Run(name, func(t *testing.T) {
			for _, field := range s.required() {
				missing++
				s.lacks(t, field)
			}
			names := s.names()
			if len(names) > 6 { // a few of each
				random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
				names = names[:6]
			}
			for _, field := range names {
				if s.property(field)["type"] != nil {
					wrong++
					s.isOfAnotherType(t, field)
				}
				misspelt++
				s.isMisspelt(t, field)
			}
		})
	}
	t.Logf("%d missing, %d of another type, %d misspelt", missing, wrong, misspelt)
	assert.Greater(t, missing, 700)
	assert.Greater(t, wrong, 1500)
}

func (s subject) property(name string) map[string]any {
	properties, _ := s.schema["properties"].(map[string]any)
	p, _ := properties[name].(map[string]any)
	return p
}

// names are the fields of the first level.
func (s subject) names() []string {
	properties, _ := s.schema["properties"].(map[string]any)
	return slices.Sorted(maps.Keys(properties))
}

// required are the fields that have to be given: what has a default or one value
// only is written where it is left out.
func (s subject) required() []string {
	list, _ := s.schema["required"].([]any)
	var names []string
	for _, v := range list {
		p := s.property(v.(string))
		enum, _ := p["enum"].([]any)
		if p["default"] == nil && p["const"] == nil && len(enum) != 1 {
			names = append(names, v.(string))
		}
	}
	return names
}

func (s subject) one(t *testing.T, text string, code diag.Code, line int) diag.Diagnostic {
	t.Helper()
	found := errorsOf(s.compile(text).Diagnostics)
	if !assert.Len(t, found, 1, "%v\n%s", found, text) {
		return diag.Diagnostic{}
	}
	assert.Equal(t, code, found[0].Code, "%v\n%s", found, text)
	assert.Equal(t, line, found[0].Span.Start.Line, "%v\n%s", found, text)
	assert.Equal(t, "tapestry.yaml", found[0].Span.File)
	return found[0]
}

func (s subject) lacks(t *testing.T, field string) {
	t.Helper()
	config := maps.Clone(s.config)
	delete(config, field)
	text, lines := s.pipeline(config)
	line := lines[""]
	if len(config) > 0 {
		line++ // the place of a map is that of its first key
	}
	d := s.one(t, text, "TAP211", line)
	assert.Contains(t, d.Message, field)
}

func (s subject) isOfAnotherType(t *testing.T, field string) {
	t.Helper()
	config := maps.Clone(s.config)
	config[field] = []any{"x"}
	if typeOf(s.property(field)) == "array" {
		config[field] = "x"
	}
	text, lines := s.pipeline(config)
	line := lines[field]
	if _, list := config[field].([]any); list {
		line++
	}
	s.one(t, text, "TAP212", line)
}

func (s subject) isMisspelt(t *testing.T, field string) {
	t.Helper()
	wrong := field[:len(field)-1] + "x" + field[len(field)-1:]
	if s.property(wrong) != nil {
		return
	}
	config := maps.Clone(s.config)
	delete(config, field)
	config[wrong] = minimal(s.property(field), field)
	text, lines := s.pipeline(config)
	d := s.one(t, text, "TAP210", lines[wrong])
	if len(field) > 2 {
		assert.NotEmpty(t, d.Suggest, field)
	}
}
