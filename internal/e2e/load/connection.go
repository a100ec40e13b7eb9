package load

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Stream is what a source says of one of its streams, as in Airbyte's catalogue.
type Stream struct {
	Name    string     `json:"name"`
	Schema  Schema     `json:"json_schema"`
	Keys    [][]string `json:"source_defined_primary_key"`
	Cursor  []string   `json:"default_cursor_field"`
	Defined bool       `json:"source_defined_cursor"`
}

// Schema is a JSON schema, as far as types are read from it.
type Schema struct {
	Type       types             `json:"type"`
	Format     string            `json:"format"`
	Airbyte    string            `json:"airbyte_type"`
	Properties map[string]Schema `json:"properties"`
	OneOf      []Schema          `json:"oneOf"`
}

// types are the types of a schema, NULL left out.
type types []string

// UnmarshalJSON reads one type or a list of them.
func (t *types) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*t = types{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(data, &many); err != nil {
		return err
	}
	*t = slices.DeleteFunc(many, func(s string) bool { return s == "null" })
	return nil
}

// selected is a stream of a connection document.
type selected struct {
	Name   string     `json:"name"`
	Mode   string     `json:"syncMode"`
	Cursor []string   `json:"cursorField"`
	Keys   [][]string `json:"primaryKey"`
	Fields []struct {
		Path []string `json:"fieldPath"`
	} `json:"selectedFields"`
}

// document is an emitted connection.
type document struct {
	Body struct {
		Namespace      string `json:"namespaceFormat"`
		Prefix         string `json:"prefix"`
		Configurations struct {
			Streams []selected `json:"streams"`
		} `json:"configurations"`
	} `json:"body"`
}

// table is a stream as it is written.
type table struct {
	stream  string
	schema  string
	name    string
	mode    string
	columns []column
	keys    []string // names of columns
	cursor  string
}

// column is one field of a stream.
type column struct{ field, name, sqlType string }

// tables puts a connection document and the source's streams together.
func tables(connection []byte, streams []Stream) ([]table, error) {
	var doc document
	if err := json.Unmarshal(connection, &doc); err != nil {
		return nil, err
	}
	var out []table
	for _, s := range doc.Body.Configurations.Streams {
		at := slices.IndexFunc(streams, func(o Stream) bool { return o.Name == s.Name })
		if at < 0 {
			return nil, fmt.Errorf("the connection has the stream %s, and the source has none of that name", s.Name)
		}
		t, err := tableOf(doc, s, streams[at])
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func tableOf(doc document, s selected, from Stream) (table, error) {
	t := table{stream: s.Name, schema: strings.ToUpper(doc.Body.Namespace), name: strings.ToUpper(doc.Body.Prefix + s.Name), mode: s.Mode}
	for _, f := range s.Fields {
		schema, ok := from.Schema.Properties[f.Path[0]]
		if !ok {
			return t, fmt.Errorf("the connection selects %s.%s, and the source has no such field", s.Name, f.Path[0])
		}
		t.columns = append(t.columns, column{f.Path[0], strings.ToUpper(f.Path[0]), sqlType(schema)})
	}
	if len(s.Keys) == 0 {
		s.Keys = from.Keys
	}
	if len(s.Cursor) == 0 {
		s.Cursor = from.Cursor
	}
	for _, k := range s.Keys {
		t.keys = append(t.keys, strings.ToUpper(k[0]))
	}
	if len(s.Cursor) > 0 {
		t.cursor = strings.ToUpper(s.Cursor[0])
	}
	switch {
	case t.deduped() && len(t.keys) == 0:
		return t, fmt.Errorf("stream %s is to be deduplicated and has no key", s.Name)
	case t.deduped() && strings.HasPrefix(s.Mode, "incremental") && t.cursor == "":
		return t, fmt.Errorf("stream %s is to be read incrementally and has no cursor", s.Name)
	}
	for _, need := range append(slices.Clone(t.keys), t.cursor) {
		if t.deduped() && need != "" && !slices.ContainsFunc(t.columns, func(c column) bool { return c.name == need }) {
			return t, fmt.Errorf("stream %s has the key or cursor %s, which is not among its fields", s.Name, need)
		}
	}
	return t, nil
}

func (t table) deduped() bool {
	return t.mode == "incremental_deduped_history" || t.mode == "full_refresh_overwrite_deduped"
}

func (t table) overwrites() bool { return strings.HasPrefix(t.mode, "full_refresh_overwrite") }

// sqlType is the type that the destination gives a field.
func sqlType(s Schema) string {
	if len(s.Type) != 1 {
		return "VARIANT"
	}
	switch {
	case s.Type[0] == "string" && s.Format == "date":
		return "DATE"
	case s.Type[0] == "string" && s.Format == "date-time" && s.Airbyte == "timestamp_without_timezone":
		return "TIMESTAMP_NTZ"
	case s.Type[0] == "string" && s.Format == "date-time":
		return "TIMESTAMP_TZ"
	case s.Type[0] == "number" && s.Airbyte == "integer":
		return "NUMBER(38,0)"
	}
	known, ok := map[string]string{"string": "VARCHAR", "boolean": "BOOLEAN", "integer": "NUMBER(38,0)", "number": "FLOAT", "object": "OBJECT", "array": "ARRAY"}[s.Type[0]]
	if !ok {
		return "VARIANT"
	}
	return known
}
