package airbyte

import (
	"cmp"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// stream is one stream of a connection, as the API names things.
type stream struct {
	Name           string     `json:"name"`
	Namespace      string     `json:"namespace,omitempty"`
	SyncMode       string     `json:"syncMode"`
	CursorField    []string   `json:"cursorField,omitempty"`
	PrimaryKey     [][]string `json:"primaryKey,omitempty"`
	SelectedFields []field    `json:"selectedFields,omitempty"`
}

type field struct {
	FieldPath []string `json:"fieldPath"`
}

// streams gives the streams by namespace and name.
func streams(s *ir.Source, landing ir.Landing) []stream {
	out := make([]stream, len(s.Streams))
	for i := range s.Streams {
		out[i] = oneStream(&s.Streams[i], landing)
	}
	slices.SortFunc(out, func(a, b stream) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// oneStream leaves out a key and a cursor that the connector defines: Airbyte
// refuses others, and takes its own where there are none.
func oneStream(st *ir.Stream, landing ir.Landing) stream {
	out := stream{Name: st.Name, Namespace: st.Namespace, SyncMode: mode(st.SyncMode, landing), SelectedFields: selected(st)}
	incremental := st.SyncMode == ir.IncrementalAppend || st.SyncMode == ir.IncrementalDeduped
	if incremental && !st.SourceDefinedCur && st.Cursor != "" {
		out.CursorField = []string{st.Cursor}
	}
	if out.SyncMode == modeDeduped && !st.SourceDefinedKey {
		for _, name := range st.PrimaryKey {
			out.PrimaryKey = append(out.PrimaryKey, []string{name})
		}
	}
	return out
}

const (
	modeAppend  = "incremental_append"
	modeDeduped = "incremental_deduped_history"
)

// mode is Airbyte's word for a mode. Files cannot be deduplicated where they
// land, so there a deduplicated stream is appended and dbt keeps the last row
// of each key.
func mode(m ir.SyncMode, landing ir.Landing) string {
	switch {
	case m == ir.IncrementalDeduped && landing == ir.S3:
		return modeAppend
	case m == ir.IncrementalDeduped:
		return modeDeduped
	}
	return string(m)
}

// selected lists the columns to read: those declared, and those that the key,
// the cursor, the mark of deletion and nested columns need. A stream without
// declared columns is read whole. Airbyte selects columns of the first level
// only.
func selected(st *ir.Stream) []field {
	var names []string
	for _, c := range st.Columns {
		if c.Nested != nil {
			names = append(names, c.Nested.Column)
		} else {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	names = append(names, st.PrimaryKey...)
	names = append(names, st.Cursor, st.DeletedWhen)
	var out []field
	seen := map[string]bool{"": true}
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			out = append(out, field{[]string{name}})
		}
	}
	return out
}
