package jsonfile

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMarshal(t *testing.T) {
	got, err := Marshal(map[string]any{"b": []any{}, "a": map[string]any{}, "c": []any{1, "x<&\"\\", nil, true, map[string]any{"k": "v"}}})
	require.NoError(t, err)
	assert.Equal(t, `{
  "a": {},
  "b": [],
  "c": [
    1,
    "x<&\"\\",
    null,
    true,
    {
      "k": "v"
    }
  ]
}
`, string(got))
}

// The same as the standard library, for whatever JSON there is.
func FuzzIndent(f *testing.F) {
	for _, s := range []string{`{"a":[1,2,{"b":"c\\\"d"}],"e":{}}`, `[]`, `"x"`, `[[[]],{},"[{",1e9]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var compact, want bytes.Buffer
		if json.Compact(&compact, data) != nil {
			return
		}
		require.NoError(t, json.Indent(&want, compact.Bytes(), "", "  "))
		assert.Equal(t, want.String(), string(indent(compact.Bytes())))
	})
}
