package langschema_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

var numberForm = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// seen is a value as an editor reads it: what looks like a number is one.
func seen(n *source.Node) any {
	switch n.Kind {
	case source.Map:
		out := map[string]any{}
		for _, e := range n.Entries {
			out[e.Key] = seen(e.Value)
		}
		return out
	case source.List:
		out := []any{}
		for _, item := range n.Items {
			out = append(out, seen(item))
		}
		return out
	case source.Null:
		return nil
	}
	switch {
	case n.Style == source.Plain && (n.Text == "true" || n.Text == "false"):
		return n.Text == "true"
	case n.Style == source.Plain && numberForm.MatchString(n.Text):
		return json.Number(n.Text)
	}
	return n.Text
}

// The schema accepts every example that the documentation of the diagnostics
// calls better.
func TestBetterExamplesAreValid(t *testing.T) {
	s := compile(t)
	base, problems := source.Parse("tapestry.yaml", []byte(small))
	require.Empty(t, problems)
	n := 0
	for _, doc := range diag.Codes() {
		over, problems := source.Parse("tapestry.yaml", txtar.Parse([]byte(doc.Good)).Comment)
		if doc.Good == "" || len(problems) > 0 || over.Kind != source.Map {
			continue
		}
		text, err := json.Marshal(seen(source.Overlay(base, over)))
		require.NoError(t, err)
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		require.NoError(t, err)
		assert.NoError(t, s.Validate(v), "%s: %s", doc.Code, doc.Good)
		n++
	}
	assert.Greater(t, n, 50)
}
