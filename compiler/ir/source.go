package ir

import "github.com/tapestry-ci/tapestry-ci/compiler/source"

// Source is one source with the streams that are read from it.
type Source struct {
	ID        string // the key in the file: zoom
	Connector string // catalogue entry: zoom
	Title     string // Zoom
	// Definition, Repository and Version name the Airbyte connector.
	Definition, Repository, Version string
	// Config is what the connector gets, defaults and constants filled in.
	Config   Value
	Schedule Schedule
	Schema   string // raw schema: RAW_ZOOM
	// SourceName and ConnectionName are the names in Airbyte.
	SourceName, ConnectionName string
	Streams                    []Stream
	Origin                     source.Span
}

// SyncMode is how a stream is read and written, in the user's words.
type SyncMode string

// The sync modes.
const (
	FullOverwrite      SyncMode = "full_refresh_overwrite"
	FullAppend         SyncMode = "full_refresh_append"
	IncrementalAppend  SyncMode = "incremental_append"
	IncrementalDeduped SyncMode = "incremental_deduped"
)

// Stream is one table of raw data.
type Stream struct {
	ID        string // salesforce.Contact: source key, dot, stream key
	Key       string // Contact
	Name      string // the name at the source
	Namespace string // the source's schema, where it has schemas
	Table     string // the raw table's name in Source.Schema: CONTACT
	SyncMode  SyncMode

	// PrimaryKey and Cursor are column names at the source. The flags say that
	// the connector defines them, so that Airbyte must not be sent them.
	PrimaryKey       []string
	Cursor           string
	SourceDefinedKey bool
	SourceDefinedCur bool

	// DeletedWhen is the column that marks a deleted record (true, or not
	// null), or empty.
	DeletedWhen string
	// Columns are sorted: the primary key first, then by name. The column that
	// a nested one is taken from is always among them.
	Columns []Column
	// Staging is the name of the dbt model that cleans this stream.
	Staging string // stg_salesforce__contact
	Origin  source.Span
}

// Column is one column of a stream.
type Column struct {
	Name   string // at the source: FirstName
	SQL    string // in the warehouse: FIRSTNAME
	Type   Type
	PII    bool
	Nested *Nested // taken out of a JSON column
	Raw    bool    // the raw table has it (all but nested ones)
	Origin source.Span
}

// Nested says where inside a JSON column a value is: {path: metadata.plan}
// is Column "metadata", Path ["plan"].
type Nested struct {
	Column string   // name at the source
	SQL    string   // its name in the warehouse
	Path   []string // keys below it, one or more
}

// Value is a JSON-like value in which a string may be a secret. Exactly one
// of the fields counts, as Kind says.
type Value struct {
	Kind   ValueKind
	Text   string // of String and of Number (digits as typed)
	Bool   bool
	Secret string // name of the secret
	List   []Value
	Fields []Field     // in catalogue order, then file order
	Origin source.Span // where the file says it; zero for a default
}

// ValueKind tells the forms of a Value apart.
type ValueKind uint8

// The forms.
const (
	NullValue ValueKind = iota
	StringValue
	NumberValue
	BoolValue
	SecretValue
	ListValue
	ObjectValue
)

// Field is one field of an object.
type Field struct {
	Name  string
	Value Value
}

// Field returns the value under name and whether it is there.
func (v Value) Field(name string) (Value, bool) {
	for _, f := range v.Fields {
		if f.Name == name {
			return f.Value, true
		}
	}
	return Value{}, false
}
