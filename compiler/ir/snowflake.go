package ir

import "github.com/tapestry-ci/tapestry-ci/compiler/source"

// Snowflake holds the account-level settings and every name that the
// migrations, dbt, Airbyte and Grouparoo share. All names are as Snowflake
// stores them: upper case, unless one was quoted in the file.
type Snowflake struct {
	Account    string // org-account
	Enterprise bool
	Database   string
	Existing   bool // the database was there before
	Warehouse  Warehouse

	Schemas Schemas
	Roles   Roles
	Users   Users

	// IngestWarehouse, TransformWarehouse and SyncWarehouse are the names of
	// the warehouses of the loader, the transformer and the reader.
	IngestWarehouse, TransformWarehouse, SyncWarehouse string

	// For landing: s3.
	Integration, Stage, FileFormat string
	// NetworkRule and NetworkPolicy bind Grouparoo's token to the NAT address.
	NetworkRule, NetworkPolicy string
	// PIITag and the masking policies exist where the edition allows them.
	PIITag, MaskText, MaskNumber, MaskDate, MaskTime string
	Monitor                                          string // resource monitor

	Origin source.Span
}

// Warehouse is the size of each warehouse.
type Warehouse struct {
	Size        string // XSMALL … X6LARGE, as CREATE WAREHOUSE wants it
	AutoSuspend int    // seconds
	Origin      source.Span
}

// Schemas are the schemas that do not belong to one source; the raw schema of
// a source is Source.Schema.
type Schemas struct {
	Airbyte   string // AIRBYTE_INTERNAL
	Analytics string // ANALYTICS: models
	Snapshots string // SNAPSHOTS: the snapshot of each sync's segment
	Syncs     string // SYNCS: the sync views, all that Grouparoo can see
	Ledger    string // TAPESTRY
	Landing   string // LANDING: stage and file format, where landing: s3
}

// Roles are account roles. Plan is that of a job that only looks.
type Roles struct{ Deploy, Loader, Transformer, Reader, Plan string }

// Users are service users. CI applies, Plan looks.
type Users struct{ Airbyte, Dbt, Grouparoo, CI, Plan string }

// TypeKind is one of the types of the language.
type TypeKind string

// The types.
const (
	Text         TypeKind = "text"
	Email        TypeKind = "email"
	Integer      TypeKind = "integer"
	Number       TypeKind = "number"
	Float        TypeKind = "float"
	Boolean      TypeKind = "boolean"
	Date         TypeKind = "date"
	Timestamp    TypeKind = "timestamp"
	TimestampNTZ TypeKind = "timestamp_ntz"
	JSON         TypeKind = "json"
)

// Type is a column type. Precision and Scale are set for Number only.
type Type struct {
	Kind             TypeKind
	Precision, Scale int
}
