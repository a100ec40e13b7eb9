// Package local is the target that needs no account: sample files stand for the
// sources, a DuckDB file for the warehouse, a folder for the destinations. It
// is also the preview that every plan shows: what the models would hold and
// what each sync would send.
//
// Input is the artefact local/pipeline.json, the sample files, and what is
// below .tapestry in the pipeline's folder; output are Changes, and after an
// apply the files below .tapestry. The package must not import the compiler
// beyond compiler/emit: what was reviewed is what is applied. It needs cgo for
// DuckDB; a build without cgo has the same functions, and they say so.
//
// # What is where
//
//	samples/<source>/<stream>.{ndjson,json,csv,parquet}   rows of a raw table
//	.tapestry/<environment>/warehouse.duckdb              raw tables, models, and
//	                                                      in TAPESTRY.OBJECTS what was applied
//	.tapestry/<environment>/outbox/<destination>/
//	    <sync>.ndjson            the members, one a line, sorted by key
//	    <sync>.events.ndjson     what was done to them, in order; only ever longer
//	    <sync>.json              the sync as it was last applied
//	.tapestry/salt                                        makes ids of persons
//
// # Sources
//
// A sample is what the raw table holds, as Airbyte would leave it: one row a
// record where the stream is deduplicated, all versions where it is appended.
// CSV is RFC 4180 with a header; an empty field is NULL, "" is an empty text. A
// value that does not fit its column becomes NULL, as it does in the real
// pipeline, and a note names the row and the column, never the value.
// _AIRBYTE_RAW_ID comes from what the row holds, _AIRBYTE_EXTRACTED_AT is
// always the same, so that neither the order of rows nor the clock changes a
// plan. A stream without a sample is deferred, and with it all that reads it:
// what is there of an earlier apply stays as it is.
//
// # Models
//
// Every model is a table, whatever it is in Snowflake, and is built anew each
// time; staging models are views. SQL that DuckDB cannot run has no preview and
// is deferred with the reason. While SQL of users runs, DuckDB may not touch
// files or the network.
//
// # Destinations
//
// The members file stands for the destination. Members that no event tells of
// were not made by the sync: mirror does not remove them. Fields that a sync
// does not map are left as they are; one that it no longer maps is cleared. In
// mode update who exists is said by the file and by the files of other syncs
// that send to the same place. Rows with a key that is no address are not sent,
// as in the real pipeline; other values that a destination would refuse are
// counted by reason, and their members left as they are.
//
// # A crash
//
// A table or model changes in one transaction together with its record. A sync
// stages its new files under other names and then writes <sync>.intent: from
// then on the change is decided, counts as made, and is finished by whoever
// applies next. Until then plans show it as it was approved.
//
// # What a plan writes
//
// Nothing that is planned for. It makes .tapestry/salt where there is none, so
// that the ids of persons are the same in the next plan, and a file that keeps
// .tapestry out of version control.
//
// # Taking down
//
// Destroy deletes tables and models, which can be computed again, and keeps the
// warehouse file and all members, except those of a sync whose on_destroy is
// remove. Purge names what is deleted as well: local:warehouse:warehouse (or
// warehouse), or a sync (local:sync:mailchimp.newsletter, or
// mailchimp.newsletter), whose members and log then go.
//
// # Digests
//
// Rows are hashed by DuckDB, without regard to their order. The hash may differ
// from one version of DuckDB to another, so none is trusted that another version
// wrote: what is live is hashed again for each plan.
package local
