package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
)

var columnTypes = []string{"text", "email", "integer", "float", "boolean", "date", "timestamp", "timestamp_ntz", "json"}

// What an entry says of its streams hangs together.
func TestStreams(t *testing.T) {
	for _, name := range catalog.Embedded().SourceNames() {
		t.Run(name, func(t *testing.T) {
			src := load(t, name)
			assert.True(t, src.Discovered || src.Streams.Len() > 0, "no streams")
			if src.Discovered {
				checkDefaults(t, "stream_defaults", src.StreamDefaults)
			}
			for i, stream := range src.Streams.Keys {
				s := &src.Streams.Values[i]
				checkDefaults(t, stream, s.StreamDefaults)
				checkColumns(t, stream, s)
			}
		})
	}
}

func checkDefaults(t *testing.T, stream string, d catalog.StreamDefaults) {
	t.Helper()
	require.NotEmpty(t, d.SyncModes, stream)
	assert.Contains(t, [][]string{{"full_refresh"}, {"full_refresh", "incremental"}}, d.SyncModes, stream)
	incremental := slices.Contains(d.SyncModes, "incremental")
	assert.Equal(t, incremental, d.Cursor != "" || d.UserCursor, "%s: a cursor, where the stream is read by one", stream)
	if incremental {
		assert.True(t, len(d.PrimaryKey) > 0 || d.UserKey, "%s: a key, or that the person names it", stream)
	}
}

func checkColumns(t *testing.T, stream string, s *catalog.Stream) {
	t.Helper()
	seen := map[string]string{}
	for i, column := range s.Columns.Keys {
		assert.Contains(t, columnTypes, s.Columns.Values[i], "%s.%s", stream, column)
		upper := strings.ToUpper(column)
		assert.Empty(t, seen[upper], "%s.%s: the same column in the warehouse", stream, column)
		seen[upper] = column
		if s.Columns.Values[i] == "email" {
			assert.Contains(t, s.PII, column, "%s: an address is personal", stream)
		}
	}
	needed := append(slices.Clone(s.PrimaryKey), s.PII...)
	if s.Cursor != "" {
		needed = append(needed, s.Cursor)
	}
	if s.DeletedWhen != "" {
		needed = append(needed, s.DeletedWhen)
	}
	for _, column := range needed {
		_, ok := s.Columns.Get(column)
		assert.True(t, ok, "%s: column %s has no type", stream, column)
	}
}

// An entry is read by people: it says what the source and each field are.
func TestSourcesExplainThemselves(t *testing.T) {
	for _, name := range catalog.Embedded().SourceNames() {
		src := load(t, name)
		assert.NotEmpty(t, src.Description, name)
		assert.True(t, strings.HasPrefix(src.Docs, "https://"), name)
		described(t, name, src.Config)
	}
}

func described(t *testing.T, where string, fields catalog.Fields) {
	t.Helper()
	for i, field := range fields.Keys {
		f := &fields.Values[i]
		at := where + "/" + field
		assert.True(t, f.Description != "" || f.Const != nil, "%s: no description", at)
		assert.NotContains(t, f.Description, "<a ", at)
		described(t, at, f.Fields)
		for _, form := range f.OneOf {
			described(t, at, form.Fields)
		}
		if f.Items != nil {
			described(t, at+"[]", f.Items.Fields)
		}
	}
}
