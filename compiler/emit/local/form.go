package local

// Format is the version of the form of the file.
const Format = 1

// pipeline is the whole file. Package internal/provider/local reads it with
// types of its own; a test there holds the two together.
type pipeline struct {
	Format      int    `json:"format"`
	Pipeline    string `json:"pipeline"`
	Environment string `json:"environment"`
	// State is the schema in which the provider keeps what it has done.
	State   string   `json:"state"`
	Streams []stream `json:"streams"`
	Models  []model  `json:"models"` // each after those it reads
	Syncs   []sync   `json:"syncs"`
}

type stream struct {
	ID     string `json:"id"`     // salesforce.Contact
	Schema string `json:"schema"` // RAW_SALESFORCE
	Table  string `json:"table"`  // CONTACT
	// Sample is the path of the sample file below samples/, without its ending.
	Sample string `json:"sample"`
	// Versions says that the raw table has every version of a record, so that
	// rows which are equal must still be told apart.
	Versions bool     `json:"versions"`
	Columns  []column `json:"columns"`
	// How a record is read; what staging makes of it is in its SQL.
	SyncMode    string   `json:"syncMode"`
	PrimaryKey  []string `json:"primaryKey,omitempty"`
	Cursor      string   `json:"cursor,omitempty"`
	DeletedWhen string   `json:"deletedWhen,omitempty"`
	Staging     relation `json:"staging"`
	// Lost counts nested values that do not fit their type: COLUMN_NAME,
	// DECLARED_TYPE, VALUES_LOST.
	Lost string `json:"lost,omitempty"`
}

// relation is a table or view with the SELECT that makes it.
type relation struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
	SQL    string `json:"sql"`
}

type column struct {
	Name   string   `json:"name"`   // at the source, or of the model
	SQL    string   `json:"sql"`    // in the warehouse
	Type   string   `json:"type"`   // as the language writes it: number(12,2)
	DuckDB string   `json:"duckdb"` // DECIMAL(12,2)
	PII    bool     `json:"pii,omitempty"`
	Nested *nested  `json:"nested,omitempty"` // not in the raw table
	From   []string `json:"from,omitempty"`   // of a model: stream:salesforce.Contact#Email
}

type nested struct {
	Column string   `json:"column"`
	Path   []string `json:"path"`
}

type model struct {
	ID       string   `json:"id"`
	Relation relation `json:"relation"`
	// NoPreview says why there is no SQL.
	NoPreview string   `json:"noPreview,omitempty"`
	Columns   []column `json:"columns,omitempty"` // declared ones
	UniqueBy  []string `json:"uniqueBy,omitempty"`
	Reads     []string `json:"reads"` // stream:salesforce.Contact, model:people
	// Counts says for each input how many rows it has and how many of them have
	// no key: ROWS_IN, ROWS_DROPPED.
	Counts []named `json:"counts,omitempty"`
	// Checks count rows that break a promise; dbt builds nothing behind a model
	// for which one is not 0.
	Checks []named `json:"checks,omitempty"`
}

type named struct {
	Name string `json:"name"`
	SQL  string `json:"sql"`
}

type sync struct {
	ID          string `json:"id"` // mailchimp.newsletter
	Destination string `json:"destination"`
	Key         string `json:"key"`
	Title       string `json:"title"`
	Model       string `json:"model"`
	Where       string `json:"where,omitempty"`
	Enabled     bool   `json:"enabled"`
	Mode        string `json:"mode"`
	OnRemoved   string `json:"onRemoved,omitempty"`
	OnDestroy   string `json:"onDestroy"`
	RenamedFrom string `json:"renamedFrom,omitempty"` // a key
	Guard       guard  `json:"guard"`
	// Options are where the members go, such as a list; secrets by their names.
	Options []option    `json:"options,omitempty"`
	Tags    []string    `json:"tags,omitempty"`
	Keys    []syncField `json:"keys"`
	Fields  []syncField `json:"fields,omitempty"`
	Segment relation    `json:"segment"`
	// Counts gives the rows for which where holds, how many have no key, and then
	// how many are refused for each of Refused: ROWS_IN, ROWS_DROPPED, …
	Counts  string    `json:"counts"`
	Refused []refusal `json:"refused,omitempty"`
}

// refusal is a reason for which a row, or only a value of it, is not sent.
type refusal struct {
	Name string `json:"name"`
	Row  bool   `json:"row"`
}

// guard has the limits; a negative number is no limit.
type guard struct {
	MinRows            int `json:"minRows"`
	MaxRemovals        int `json:"maxRemovals"`
	MaxRemovalsPercent int `json:"maxRemovalsPercent"`
}

type option struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type syncField struct {
	Field  string `json:"field"`
	Column string `json:"column"` // of the model
	SQL    string `json:"sql"`
	Type   string `json:"type"`
	DuckDB string `json:"duckdb"`
	PII    bool   `json:"pii,omitempty"`
}
