// Package dbt writes the dbt project: sources, staging models, union and SQL
// models, segments, guards, snapshots and sync views, with descriptions, tests
// and the destinations as exposures.
//
// Input is an *ir.Pipeline, output []emit.Artifact below dbt/. The SELECTs come
// from emit/modelsql; this package adds what dbt needs around them. It must not
// import lower, spec, or another emitter, and it decides no name except those of
// the audit views, the guard tables and the project.
//
// # How a run goes
//
// `dbt build` runs, in this order for each sync: staging views, models, the
// segment (a table, so that the rows which the guard has seen are the rows which
// are sent, even while Airbyte is writing), the guard (a test of the segment), the
// snapshot of the segment, the sync view. dbt puts what stands behind a model
// behind its tests too, so a broken guard skips the snapshot, and the sync view
// keeps what it had. Why it broke is a row of the table GUARD_… and a line of
// the run's log. Removals that somebody has looked at are let through once by
// `dbt build --vars '{allow_removals: [mailchimp.newsletter]}'`.
//
// # What users of dbt should know
//
//   - source('salesforce', 'Contact') is the raw table as Airbyte (or the load
//     from files) leaves it, with deleted records and in its own types;
//     ref('stg_salesforce__contact') is the clean one. This is what source()
//     and ref() mean everywhere in dbt.
//   - With landing: s3 a run begins by loading new files into the raw tables,
//     which the migrations made. Rows of earlier refreshes stay there; the
//     staging model of a stream that is read anew each time takes the newest
//     refresh to which nothing was added for an hour: the one that is being
//     written has only some of its rows. A refresh that comes out empty leaves
//     no trace, so the one before it stays.
//   - Relations are quoted and named exactly as in the pipeline; the macro
//     generate_schema_name adds no prefix.
//   - A disabled sync keeps its files with enabled: false. dbt then leaves its
//     snapshot and view alone; it drops neither.
//   - A union model that asks for `incremental` is built as a table: a merge has
//     to see every row of every input.
//   - A model in SQL promises its unique_by; the test unique_<model> holds it to
//     that. In an incremental one rows without a key break it as well, because
//     no later run would find them again.
package dbt
