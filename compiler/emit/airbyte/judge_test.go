package airbyte_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/airbyte"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

const someID = "6f1f9d3e-2b7c-4c57-9e0c-0d6a2f4b8a11"

// Every request is one that Airbyte's public API describes.
func TestRequestsFitTheAPI(t *testing.T) {
	router := apiRouter(t)
	for name, pipeline := range pipelines {
		for _, a := range requests(airbyte.Emit(pipeline())) {
			t.Run(name+"/"+path.Base(a.Path), func(t *testing.T) {
				d := document(t, string(a.Content))
				assert.NoError(t, validate(t, router, d.Request, filled(t, d)))
			})
		}
	}
}

// The judge sees what is wrong: a request without its ids, with a mode that is
// not one, with an id that is none.
func TestJudgeRefuses(t *testing.T) {
	router := apiRouter(t)
	d := document(t, content(t, airbyte.Emit(shop()), "airbyte/connection-shop.json"))
	assert.Error(t, validate(t, router, d.Request, d.Body))
	wrong := strings.ReplaceAll(content(t, airbyte.Emit(shop()), "airbyte/connection-shop.json"), "incremental_append", "incremental_deduped")
	d = document(t, wrong)
	assert.Error(t, validate(t, router, d.Request, filled(t, d)))
	d = document(t, content(t, airbyte.Emit(shop()), "airbyte/source-shop.json"))
	body := filled(t, d).(map[string]any)
	body["definitionId"] = "postgres"
	assert.Error(t, validate(t, router, d.Request, body))
}

// A configuration is one that the connector's own specification describes.
func TestConfigurationsFitTheConnectors(t *testing.T) {
	registry := readRegistry(t)
	for name, pipeline := range pipelines {
		repositories := map[string]string{}
		all := airbyte.Emit(pipeline())
		for _, c := range connectors(t, all) {
			repositories[c.DefinitionID] = c.Repository
			entry := registry[path.Base(c.Repository)]
			assert.Equal(t, entry.ID, c.DefinitionID, c.Repository)
			assert.Equal(t, entry.Tag, c.Version, c.Repository)
		}
		for _, a := range requests(all) {
			if a.Kind != "source" && a.Kind != "destination" {
				continue
			}
			t.Run(name+"/"+path.Base(a.Path), func(t *testing.T) {
				body := filled(t, document(t, string(a.Content))).(map[string]any)
				connector := path.Base(repositories[body["definitionId"].(string)])
				require.NotEmpty(t, connector)
				schema := compile(t, connector, registry[connector].Spec)
				assert.NoError(t, schema.Validate(body["configuration"]))
				delete(body["configuration"].(map[string]any), firstRequired(t, registry[connector].Spec))
				if len(required(t, registry[connector].Spec)) > 0 {
					assert.Error(t, schema.Validate(body["configuration"]), "the judge sees that a field is missing")
				}
			})
		}
	}
}

func requests(all []emit.Artifact) []emit.Artifact {
	var out []emit.Artifact
	for _, a := range all {
		if a.Kind != "definitions" {
			out = append(out, a)
		}
	}
	return out
}

func connectors(t *testing.T, all []emit.Artifact) []airbyte.Connector {
	t.Helper()
	var d struct{ Connectors []airbyte.Connector }
	require.NoError(t, json.Unmarshal([]byte(content(t, all, "airbyte/definitions.json")), &d))
	return d.Connectors
}

// filled puts something of the right kind into every bound place.
func filled(t *testing.T, d airbyte.Document) any {
	t.Helper()
	for _, b := range d.Bind {
		value := someID
		switch {
		case strings.HasPrefix(b.From, "secret:"), strings.HasPrefix(b.From, "parameter:"):
			value = "dummy text"
		case strings.HasPrefix(b.From, "output:"):
			value = "rain-shield-landing-123456789012-us-east-1"
		}
		fill(t, d.Body, strings.Split(b.Pointer, "/")[1:], value)
	}
	return d.Body
}

func fill(t *testing.T, in any, names []string, value string) {
	t.Helper()
	name := strings.NewReplacer("~1", "/", "~0", "~").Replace(names[0])
	if list, ok := in.([]any); ok {
		i, err := strconv.Atoi(name)
		require.NoError(t, err)
		if len(names) == 1 {
			list[i] = value
		} else {
			fill(t, list[i], names[1:], value)
		}
		return
	}
	object, ok := in.(map[string]any)
	require.True(t, ok, "no object at %s", name)
	if len(names) == 1 {
		object[name] = value
	} else {
		fill(t, object[name], names[1:], value)
	}
}

func apiRouter(t *testing.T) routers.Router {
	t.Helper()
	openapi3.DefineStringFormatValidator("uuid", openapi3.NewRegexpFormatValidator(openapi3.FormatOfStringForUUIDOfRFC4122))
	doc, err := openapi3.NewLoader().LoadFromFile(judge.Spec(t, "airbyte-public-api-subset.yaml"))
	require.NoError(t, err)
	router, err := gorillamux.NewRouter(doc)
	require.NoError(t, err)
	return router
}

func validate(t *testing.T, router routers.Router, r airbyte.Request, body any) error {
	t.Helper()
	text, err := json.Marshal(body)
	require.NoError(t, err)
	req, err := http.NewRequest(r.Method, "http://airbyte/api/public/v1"+r.Path, bytes.NewReader(text))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	route, params, err := router.FindRoute(req)
	require.NoError(t, err, "%s %s", r.Method, r.Path)
	return openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	})
}

type registryEntry struct {
	ID, Tag, License string
	Spec             json.RawMessage
}

func readRegistry(t *testing.T) map[string]registryEntry {
	t.Helper()
	f, err := os.Open(judge.Spec(t, "airbyte-registry-2025-01.json.gz"))
	require.NoError(t, err)
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	require.NoError(t, err)
	out := map[string]registryEntry{}
	require.NoError(t, json.NewDecoder(unzipped).Decode(&out))
	return out
}

func compile(t *testing.T, name string, spec json.RawMessage) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(spec))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	require.NoError(t, c.AddResource("mem:///"+name, doc))
	schema, err := c.Compile("mem:///" + name)
	require.NoError(t, err)
	return schema
}

func required(t *testing.T, spec json.RawMessage) []string {
	t.Helper()
	var s struct{ Required []string }
	require.NoError(t, json.Unmarshal(spec, &s))
	return s.Required
}

func firstRequired(t *testing.T, spec json.RawMessage) string {
	t.Helper()
	if names := required(t, spec); len(names) > 0 {
		return names[0]
	}
	return ""
}
