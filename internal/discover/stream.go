package discover

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/connector"
)

// Stream is one stream in the words of the language.
type Stream struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitempty"`
	// SyncModes are full_refresh and incremental.
	SyncModes []string `json:"sync_modes"`
	// PrimaryKey and Cursor are those that the source itself defines or offers.
	PrimaryKey []string `json:"primary_key,omitempty"`
	Cursor     string   `json:"cursor,omitempty"`
	Columns    []Column `json:"columns"`
}

// Column is one column, in the order of the source's schema.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// PII is a guess by the name.
	PII bool `json:"pii,omitempty"`
}

// Streams translates what a connector discovered.
func Streams(found []connector.Stream) ([]Stream, error) {
	out := make([]Stream, len(found))
	for i, f := range found {
		columns, err := columnsOf(f.JSONSchema)
		if err != nil {
			return nil, fmt.Errorf("the connector's schema of the stream %s cannot be read: %w", f.Name, err)
		}
		out[i] = Stream{Name: f.Name, Namespace: f.Namespace, SyncModes: f.SupportedSyncModes, Columns: columns}
		for _, path := range f.SourceDefinedPrimaryKey {
			if len(path) == 1 {
				out[i].PrimaryKey = append(out[i].PrimaryKey, path[0])
			}
		}
		out[i].wholeKeys()
		if len(f.DefaultCursorField) == 1 {
			out[i].Cursor = f.DefaultCursorField[0]
		}
	}
	return out, nil
}

// wholeKeys takes numbers in a key for whole ones: schemas say number where they
// mean an id, and others could not be compared exactly.
func (s *Stream) wholeKeys() {
	for i, c := range s.Columns {
		if c.Type == "float" && slices.Contains(s.PrimaryKey, c.Name) {
			s.Columns[i].Type = "integer"
		}
	}
}

// property is what counts of a column's JSON Schema.
type property struct {
	Type        any    `json:"type"`
	Format      string `json:"format"`
	AirbyteType string `json:"airbyte_type"`
	OneOf       []any  `json:"oneOf"`
	AnyOf       []any  `json:"anyOf"`
}

// columnsOf reads the properties in their order, which people know from the
// source and a map would lose.
func columnsOf(schema json.RawMessage) ([]Column, error) {
	var s struct {
		Properties json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(schema, &s); err != nil || len(s.Properties) == 0 {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(string(s.Properties)))
	if first, err := d.Token(); err != nil || first != json.Delim('{') {
		return nil, err
	}
	var out []Column
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, err
		}
		var p property
		_ = json.Unmarshal(raw, &p) // true, which is a schema too, allows anything
		kind := p.kind(name.(string))
		out = append(out, Column{name.(string), kind, kind == "email" || personal(name.(string), kind)})
	}
	return out, nil
}

// kind is the type of the language.
func (p property) kind(name string) string {
	types := p.types()
	switch {
	case len(p.OneOf) > 0 || len(p.AnyOf) > 0 || slices.Contains(types, "object") || slices.Contains(types, "array") || len(types) == 0:
		return "json"
	case slices.Contains(types, "string"):
		return p.text(name)
	case len(types) > 1 && slices.Contains(types, "boolean"):
		return "json"
	case types[0] == "boolean":
		return "boolean"
	case slices.Contains(types, "number") && p.AirbyteType != "integer":
		return "float"
	case types[0] == "integer" || types[0] == "number":
		return "integer"
	}
	return "json"
}

func (p property) text(name string) string {
	switch {
	case p.Format == "date":
		return "date"
	case p.Format == "date-time" && p.AirbyteType == "timestamp_without_timezone":
		return "timestamp_ntz"
	case p.Format == "date-time":
		return "timestamp"
	case p.Format == "email" || addressName.MatchString(name):
		return "email"
	}
	return "text"
}

// types are the types beside null.
func (p property) types() []string {
	var out []string
	switch t := p.Type.(type) {
	case string:
		out = []string{t}
	case []any:
		for _, one := range t {
			if text, ok := one.(string); ok {
				out = append(out, text)
			}
		}
	}
	return slices.DeleteFunc(out, func(t string) bool { return t == "null" })
}

// Names that say what is in a column, in the ways that sources write them:
// email, user_email, PersonEmail, emailAddress; not email_count, is_email.
var (
	addressName  = regexp.MustCompile(`(^|_)e_?mail(_?[aA]ddress)?$|^e[mM]ail(Address)?$|[a-z]Email(Address)?$|^Email(Address)?$|__?[eE]mail(__c)?$|Email__c$`)
	personalName = regexp.MustCompile(`(?i)^(full_?|first_?|last_?|middle_?|given_?|family_?|display_?|nick_?|sur|user_?|contact_?|real_?)?name$|phone|mobile|^fax$|street|^address|(^|_)address[0-9]?$|(mailing|billing|shipping|home)(city|state|postalcode|address)|^(city|zip|zip_?code|postal_?code)$|birth|^dob$|^age$|gender|^ssn$|passport|(^|_)ip(_?address)?$|^join_url$`)
)

func personal(name, kind string) bool {
	return kind != "boolean" && personalName.MatchString(name)
}
