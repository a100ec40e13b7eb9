package spec

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/decode"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Source is one entry of sources.
type Source struct {
	Span      source.Span
	Given     decode.Given
	Connector Text               `key:"connector" doc:"Catalogue entry. Default: the key."`
	Config    *source.Node       `key:"config" doc:"The connector's own configuration. Secrets are written as a ${secret.NAME} reference."`
	Schedule  Schedule           `key:"schedule" doc:"How often data is read: a duration such as 6h, manual, or {cron, timezone}. Default: 24h."`
	Streams   decode.Map[Stream] `key:"streams,required" doc:"What is read, by stream name."`
}

// Stream is one entry of streams.
type Stream struct {
	Span        source.Span
	Given       decode.Given
	Stream      Text               `key:"stream" doc:"Name at the source, where the key is a name of your own."`
	Namespace   Text               `key:"namespace" doc:"Schema at the source, where it has schemas."`
	Description Text               `key:"description" doc:"What one row is."`
	SyncMode    Text               `key:"sync_mode" doc:"How the stream is read and written. Default from the catalogue." enum:"full_refresh_overwrite|full_refresh_append|incremental_append|incremental_deduped"`
	PrimaryKey  TextList           `key:"primary_key" doc:"Columns that identify a row. Default from the catalogue."`
	Cursor      Text               `key:"cursor" doc:"Column that grows with every change. Default from the catalogue."`
	DeletedWhen Text               `key:"deleted_when" doc:"Column that marks a deleted record (true, or not null). Such rows never reach a model."`
	Columns     Columns            `key:"columns" doc:"Columns with their types, or a list that picks from the catalogue's columns. Default: all columns of the catalogue."`
	PII         []Text             `key:"pii" doc:"Columns that hold personal data."`
	Nested      decode.Map[Nested] `key:"nested" doc:"Columns taken out of a JSON column."`
}

// Nested takes one value out of a JSON column.
type Nested struct {
	Span source.Span
	Path Text `key:"path,required" doc:"Column, dot, keys below it." example:"metadata.plan"`
	Type Text `key:"type,required" doc:"Type of the value." example:"text"`
	PII  Bool `key:"pii" doc:"true where the value is personal data."`
}

// Model is one entry of models.
type Model struct {
	Span         source.Span
	Given        decode.Given
	Description  Text                  `key:"description" doc:"What one row is. It ends up in dbt's documentation."`
	Union        []Input               `key:"union" doc:"Inputs whose rows are put under each other, in order of trust."`
	SQL          Text                  `key:"sql" doc:"Path of a dbt SQL file, with ref() and source(), relative to this file."`
	UniqueBy     TextList              `key:"unique_by" doc:"Columns of which every value is there once. Columns of type email compare trimmed and without case, all others exactly; NULL and empty keys are dropped and counted."`
	Merge        Text                  `key:"merge" doc:"first_row: the first row in order of inputs, then order_by. first_non_null: the same, column by column." enum:"first_row|first_non_null" default:"first_row"`
	Materialized Text                  `key:"materialized" doc:"How dbt keeps it." enum:"view|table|incremental" default:"table"`
	Columns      decode.Map[Text]      `key:"columns" doc:"Columns of a SQL model with their types. Needed where a sync or a union reads it."`
	PII          *[]Text               `key:"pii" doc:"Columns with personal data. Default: those that come from pii columns."`
	DataTests    decode.Map[DataTests] `key:"data_tests" doc:"dbt tests by column: not_null, unique, {accepted_values: [..]}, {relationships: {to: model, field: column}}."`
}

// Input is one input of a union.
type Input struct {
	Span    source.Span
	From    Text    `key:"from,required" doc:"source.stream, or a model." example:"salesforce.Contact"`
	Columns Mapping `key:"columns,required" doc:"{model column: input column}, or a list where the names are the same."`
	OrderBy []Text  `key:"order_by" doc:"Which row comes first among those with one key: columns of the input, each with asc or desc. NULLs come last."`
}

// Destination is one entry of destinations.
type Destination struct {
	Span      source.Span
	Given     decode.Given
	Connector Text                 `key:"connector" doc:"Catalogue entry. Default: the key."`
	Enabled   Bool                 `key:"enabled" doc:"false: nothing is sent. Default: true in production, false elsewhere."`
	Config    *source.Node         `key:"config" doc:"Credentials and settings of the account."`
	Syncs     decode.Map[SyncSpec] `key:"syncs,required" doc:"What is sent, by a name of your own."`
}

// SyncSpec is one entry of syncs.
type SyncSpec struct {
	Span        source.Span
	Given       decode.Given
	Model       Text         `key:"model,required" doc:"The model whose rows are sent."`
	Where       Text         `key:"where" doc:"The segment, in SQL over the model's columns."`
	To          *source.Node `key:"to" doc:"What is written into: a list, an object, a table."`
	Key         Mapping      `key:"key,required" doc:"{destination field: model column} that identifies a member."`
	Fields      Mapping      `key:"fields" doc:"{destination field: model column} of everything else that is sent."`
	Tags        []Text       `key:"tags" doc:"Tags put on every member."`
	Mode        Text         `key:"mode" doc:"upsert: add and change; update: change only; mirror: also take out who left the model." enum:"upsert|update|mirror" default:"upsert"`
	OnRemoved   Text         `key:"on_removed" doc:"Under mirror: what happens to a member who left the model."`
	AllowPII    []Text       `key:"allow_pii" doc:"Columns with personal data that this destination may get."`
	Guard       Guard        `key:"guard" doc:"Limits that stop a sync which would do too much."`
	OnDestroy   Text         `key:"on_destroy" doc:"What happens to the members when this sync leaves the file." enum:"keep|remove" default:"keep"`
	RenamedFrom Text         `key:"renamed_from" doc:"The key that this sync had before, so that its members are kept."`
	Enabled     Bool         `key:"enabled" doc:"false: this sync sends nothing. Default: as the destination."`
}

// Guard is the guard of a sync.
type Guard struct {
	Span        source.Span
	MaxRemovals Limit `key:"max_removals" doc:"Most members that one run may take out: a number, or a share such as 10%. Default under mirror: 10%."`
	MinRows     Int   `key:"min_rows" doc:"Fewest rows that the segment must have. Default under mirror: 1." min:"0"`
}
