package planschema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/planschema"
)

var update = flag.Bool("update", false, "write the golden files anew")

const file = "../../schema/plan.schema.json"

func TestUpToDate(t *testing.T) {
	got, err := planschema.Build()
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
}

func TestPlansValidate(t *testing.T) {
	schema := compile(t)
	plan := &deploy.Plan{Pipeline: "p", Environment: "e", Target: "local", Changes: []deploy.Change{
		{ID: "a", Action: deploy.Create, Risk: deploy.Safe, Effect: &deploy.Effect{Created: 1, Rejected: []deploy.Count{{Name: "x", N: 1}}}}}}
	require.NoError(t, plan.Seal())
	assert.NoError(t, validate(t, schema, plan))

	plan.Changes[0].Action = "explode"
	assert.Error(t, validate(t, schema, plan))
	assert.Error(t, schema.Validate(map[string]any{"format": 1.0}))
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("plan.json", doc))
	schema, err := c.Compile("plan.json")
	require.NoError(t, err)
	return schema
}

func validate(t *testing.T, schema *jsonschema.Schema, v any) error {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	return schema.Validate(doc)
}
