package connector

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Stream is a stream as a connector discovers it.
type Stream struct {
	Name                    string          `json:"name"`
	Namespace               string          `json:"namespace,omitempty"`
	JSONSchema              json.RawMessage `json:"json_schema"`
	SupportedSyncModes      []string        `json:"supported_sync_modes"`
	SourceDefinedCursor     bool            `json:"source_defined_cursor,omitempty"`
	DefaultCursorField      []string        `json:"default_cursor_field,omitempty"`
	SourceDefinedPrimaryKey [][]string      `json:"source_defined_primary_key,omitempty"`
	IsResumable             bool            `json:"is_resumable,omitempty"`
}

// asked is one stream of the artefact connection-NAME.json.
type asked struct {
	Name           string
	Namespace      string
	SyncMode       string
	CursorField    []string
	PrimaryKey     [][]string
	SelectedFields []struct{ FieldPath []string }
}

// configured is one stream of the catalogue that a connector reads by.
type configured struct {
	Stream              Stream     `json:"stream"`
	SyncMode            string     `json:"sync_mode"`
	DestinationSyncMode string     `json:"destination_sync_mode"`
	CursorField         []string   `json:"cursor_field,omitempty"`
	PrimaryKey          [][]string `json:"primary_key,omitempty"`
}

// configure puts together what is asked for and what the connector has.
func configure(want asked, has []Stream) (configured, error) {
	i := slices.IndexFunc(has, func(s Stream) bool { return s.Name == want.Name && s.Namespace == want.Namespace })
	if i < 0 {
		return configured{}, fmt.Errorf("the source has no stream %s. It has: %s", qualified(want.Namespace, want.Name), some(has))
	}
	s := has[i]
	c := configured{Stream: s, CursorField: want.CursorField, PrimaryKey: want.PrimaryKey}
	incremental, destination, _ := strings.Cut(want.SyncMode, "_")
	c.SyncMode = "incremental"
	if incremental == "full" {
		c.SyncMode, destination = "full_refresh", strings.TrimPrefix(destination, "refresh_")
	}
	c.DestinationSyncMode = map[string]string{"overwrite": "overwrite", "append": "append", "deduped_history": "append_dedup", "overwrite_deduped": "overwrite_dedup"}[destination]
	if !slices.Contains(s.SupportedSyncModes, c.SyncMode) {
		return configured{}, fmt.Errorf("the stream %s cannot be read %s; it can be read: %s", s.Name, c.SyncMode, strings.Join(s.SupportedSyncModes, ", "))
	}
	if c.CursorField == nil && c.SyncMode == "incremental" {
		c.CursorField = s.DefaultCursorField
	}
	if c.PrimaryKey == nil {
		c.PrimaryKey = s.SourceDefinedPrimaryKey
	}
	var err error
	c.Stream.JSONSchema, err = prune(s.JSONSchema, want.columns())
	return c, err
}

// columns are the selected ones; none means all.
func (a asked) columns() []string {
	var names []string
	for _, f := range a.SelectedFields {
		if len(f.FieldPath) > 0 {
			names = append(names, f.FieldPath[0])
		}
	}
	return names
}

// prune leaves the selected columns in a schema.
func prune(schema json.RawMessage, columns []string) (json.RawMessage, error) {
	if len(columns) == 0 {
		return schema, nil
	}
	var s map[string]json.RawMessage
	if err := json.Unmarshal(schema, &s); err != nil {
		return nil, err
	}
	var properties map[string]json.RawMessage
	if err := json.Unmarshal(s["properties"], &properties); err != nil {
		return schema, nil // a schema without properties has nothing to leave out
	}
	for name := range properties {
		if !slices.Contains(columns, name) {
			delete(properties, name)
		}
	}
	s["properties"], _ = json.Marshal(properties) // texts that were just read
	return json.Marshal(s)
}

func qualified(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "." + name
}

// some names a few streams.
func some(all []Stream) string {
	const most = 20
	var names []string
	for _, s := range all {
		names = append(names, qualified(s.Namespace, s.Name))
	}
	slices.Sort(names)
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
