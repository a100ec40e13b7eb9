package main

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
)

// connectorJSON is the JSON form of `catalog show`. A connector may be a
// source, a destination, or both.
type connectorJSON struct {
	Format      int              `json:"format"`
	Name        string           `json:"name"`
	Source      *sourceJSON      `json:"source,omitempty"`
	Destination *destinationJSON `json:"destination,omitempty"`
}

type sourceJSON struct {
	Title       string       `json:"title"`
	Description string       `json:"description"`
	Docs        string       `json:"docs,omitempty"`
	Definition  string       `json:"definition"`
	Repository  string       `json:"repository"`
	Version     string       `json:"version"`
	License     string       `json:"license,omitempty"`
	Config      []fieldJSON  `json:"config"`
	Streams     []streamJSON `json:"streams"`
	// Discovered says that there may be other streams than those listed.
	Discovered bool `json:"discovered"`
}

type streamJSON struct {
	Name        string       `json:"name"`
	Description string       `json:"description,omitempty"`
	SyncModes   []string     `json:"sync_modes,omitempty"`
	PrimaryKey  []string     `json:"primary_key,omitempty"`
	Cursor      string       `json:"cursor,omitempty"`
	DeletedWhen string       `json:"deleted_when,omitempty"`
	Columns     []columnJSON `json:"columns"`
}

type columnJSON struct {
	Name string `json:"name"`
	Type string `json:"type"`
	PII  bool   `json:"pii,omitempty"`
}

type destinationJSON struct {
	Title       string      `json:"title"`
	Description string      `json:"description"`
	Docs        string      `json:"docs,omitempty"`
	Engine      string      `json:"engine"`
	Plugin      string      `json:"plugin,omitempty"`
	Config      []fieldJSON `json:"config"`
	To          []fieldJSON `json:"to"`
	Keys        []fieldJSON `json:"keys"`
	Fields      []fieldJSON `json:"fields"`
	OpenKeys    string      `json:"open_keys,omitempty"`
	OpenFields  string      `json:"open_fields,omitempty"`
	Modes       []string    `json:"modes"`
	OnRemoved   []string    `json:"on_removed,omitempty"`
	Tags        bool        `json:"tags"`
	Notes       []string    `json:"notes,omitempty"`
}

type fieldJSON struct {
	Name        string        `json:"name"`
	Type        string        `json:"type,omitempty"`
	Description string        `json:"description,omitempty"`
	Required    bool          `json:"required,omitempty"`
	Secret      bool          `json:"secret,omitempty"`
	Default     string        `json:"default,omitempty"`
	Enum        []string      `json:"enum,omitempty"`
	Pattern     string        `json:"pattern,omitempty"`
	Refused     string        `json:"refused,omitempty"`
	Fields      []fieldJSON   `json:"fields,omitempty"`
	OneOf       []variantJSON `json:"one_of,omitempty"`
}

type variantJSON struct {
	Title  string      `json:"title"`
	Fields []fieldJSON `json:"fields"`
}

func describeConnector(name string, src *catalog.Source, dst *catalog.Destination) connectorJSON {
	out := connectorJSON{Format: 1, Name: name}
	if src != nil {
		out.Source = &sourceJSON{Title: src.Title, Description: src.Description, Docs: src.Docs,
			Definition: src.Airbyte.Definition, Repository: src.Airbyte.Repository, Version: src.Airbyte.Version, License: src.Airbyte.License,
			Config: describeFields(src.Config), Streams: describeStreams(src), Discovered: src.Discovered}
	}
	if dst != nil {
		out.Destination = &destinationJSON{Title: dst.Title, Description: dst.Description, Docs: dst.Docs,
			Engine: dst.Engine, Plugin: dst.Grouparoo.Plugin, Config: describeFields(dst.Config), To: describeFields(dst.To),
			Keys: describeDestFields(dst.Keys), Fields: describeDestFields(dst.Fields), OpenKeys: dst.OpenKeys, OpenFields: dst.OpenFields,
			Modes: dst.Modes.Keys, OnRemoved: dst.OnRemoved, Tags: dst.Tags, Notes: dst.Notes}
	}
	return out
}

func describeStreams(src *catalog.Source) []streamJSON {
	out := make([]streamJSON, 0, src.Streams.Len())
	for i, name := range src.Streams.Keys {
		st := &src.Streams.Values[i]
		s := streamJSON{Name: name, Description: st.Description, SyncModes: st.SyncModes, PrimaryKey: st.PrimaryKey,
			Cursor: st.Cursor, DeletedWhen: st.DeletedWhen, Columns: make([]columnJSON, 0, st.Columns.Len())}
		for j, c := range st.Columns.Keys {
			s.Columns = append(s.Columns, columnJSON{c, st.Columns.Values[j], slices.Contains(st.PII, c)})
		}
		out = append(out, s)
	}
	return out
}

// describeFields leaves out what is always written and nobody has to give.
func describeFields(f catalog.Fields) []fieldJSON {
	out := make([]fieldJSON, 0, f.Len())
	for i, name := range f.Keys {
		v := &f.Values[i]
		if v.Const != nil {
			continue
		}
		field := fieldJSON{Name: name, Type: v.Type, Description: v.Description, Required: v.Required && v.Default == nil,
			Secret: v.Secret, Enum: v.Enum, Pattern: v.Pattern}
		if v.Default != nil {
			field.Default = v.Default.Text
		}
		if v.Fields.Len() > 0 {
			field.Fields = describeFields(v.Fields)
		}
		for j := range v.OneOf {
			field.OneOf = append(field.OneOf, variantJSON{v.OneOf[j].Title, describeFields(v.OneOf[j].Fields)})
		}
		out = append(out, field)
	}
	return out
}

func describeDestFields(m catalog.OrderedMap[catalog.DestField]) []fieldJSON {
	out := make([]fieldJSON, 0, m.Len())
	for i, name := range m.Keys {
		f := m.Values[i]
		out = append(out, fieldJSON{Name: name, Type: f.Type, Description: f.Description, Required: f.Required, Refused: f.Refused})
	}
	return out
}
