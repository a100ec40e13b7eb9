package ir

import "github.com/tapestry-ci/tapestry-ci/compiler/source"

// Model is one table or view of the analytics schema.
type Model struct {
	ID           string // people: also the dbt model's name
	Relation     string // PEOPLE
	Description  string
	Materialized string // view | table | incremental

	// A union model has Inputs; a SQL model has SQL and SQLPath.
	Inputs  []Input // in file order: the order has a meaning
	SQL     string
	SQLPath string // as written: models/vips.sql

	UniqueBy []string // names of columns of this model
	Merge    Merge
	Columns  []ModelColumn // unique_by first, then by name; may be empty for a SQL model
	// Refs are ids of models, Streams ids of streams that this model reads.
	Refs, Streams []string
	Tests         []Test
	Origin        source.Span
}

// Merge says which value wins where several rows have one key.
type Merge string

// The rules.
const (
	FirstRow     Merge = "first_row"
	FirstNonNull Merge = "first_non_null"
)

// Input is one input of a union model.
type Input struct {
	From     string // id of a stream or a model
	IsModel  bool
	Relation string       // dbt name to ref(): stg_salesforce__contact, or the model's id
	Columns  []ColumnPair // one for each model column that this input has; others are NULL
	OrderBy  []Order      // columns of the input
	Origin   source.Span
}

// ColumnPair says which column of an input fills which column of the model.
type ColumnPair struct {
	Model    string // model column: first_name
	ModelSQL string // FIRST_NAME
	Input    string // input column: FirstName
	InputSQL string // FIRSTNAME
	Origin   source.Span
}

// Order is one term of an order; NULLs always come last.
type Order struct {
	Column string
	SQL    string
	Desc   bool
}

// ModelColumn is one column of a model, with where it comes from.
type ModelColumn struct {
	Name   string
	SQL    string
	Type   Type
	PII    bool
	From   []ColumnRef // direct parents, sorted; for SQL models only what is known
	Origin source.Span
}

// ColumnRef names a column anywhere in the pipeline.
type ColumnRef struct {
	Node   string // "stream:salesforce.Contact", "model:people", "sync:mailchimp.newsletter"
	Column string
}

// Test is one dbt data test on a column.
type Test struct {
	Column string
	SQL    string
	Name   string   // not_null | unique | accepted_values | relationships
	Values []string // of accepted_values
	To     string   // of relationships: model id
	Field  string   // of relationships: column of To
}

// Destination is one destination with its syncs.
type Destination struct {
	ID        string // the key in the file: mailchimp
	Connector string
	Title     string
	Engine    string // grouparoo
	Enabled   bool
	Config    Value
	Grouparoo GrouparooDestination
	Syncs     []Sync
	Origin    source.Span
}

// GrouparooDestination is what the catalogue says about the plugin.
type GrouparooDestination struct {
	Plugin          string  // @grouparoo/mailchimp
	App             string  // app type: mailchimp
	Options         []Field // app options from Config, secrets as secrets
	DestinationType string  // mailchimp-export
}

// Mode is what a sync may do at the destination.
type Mode string

// The modes.
const (
	Upsert Mode = "upsert"
	Update Mode = "update"
	Mirror Mode = "mirror"
)

// Sync sends the rows of one model to one destination.
type Sync struct {
	ID    string // mailchimp.newsletter
	Key   string // newsletter
	Model string // model id
	Where string // SQL over the model's columns, or empty

	Options []Field      // destination options of the engine: listId → …
	Keys    []SyncColumn // identify a member; by field name, like Fields
	Fields  []SyncColumn
	Tags    []string

	Mode      Mode
	Engine    string // the engine's own word for Mode: sync, additive, enrich
	OnRemoved string // what happens to a removed member: archive, delete, …; empty unless Mirror
	Guard     Guard
	OnDestroy string // keep | remove
	// RenamedFrom is the key that this sync had before, or empty, and
	// RenamedDestination the id that its destination had in Grouparoo.
	RenamedFrom, RenamedDestination string

	Enabled  bool
	Schedule Schedule // when the engine reads: as Transform

	Segment  string // dbt model of the segment: seg_mailchimp__newsletter
	Snapshot string // dbt snapshot: snap_mailchimp__newsletter
	View     string // SYNC_MAILCHIMP_NEWSLETTER
	Names    GrouparooNames
	Origin   source.Span
}

// SyncColumn says which model column fills which field of the destination.
type SyncColumn struct {
	Field  string // field name at the destination: email_address
	Column string // model column: email
	SQL    string // its name in the sync view: EMAIL
	Type   Type
	PII    bool
	Origin source.Span
}

// Guard stops a sync that would do too much. A negative number means "no such
// limit".
type Guard struct {
	MaxRemovals        int // members
	MaxRemovalsPercent int // of the members before
	MinRows            int // rows of the segment
	Origin             source.Span
}

// GrouparooNames are ids of Grouparoo's objects, ≤191 characters, a-z 0-9 _ -.
type GrouparooNames struct {
	SourceApp, App, Source, Schedule, Group, Destination string
	// PropertyPrefix is put before each column's lower-case name: properties
	// are global in Grouparoo, one set a sync.
	PropertyPrefix string
}
