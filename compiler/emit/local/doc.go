// Package local writes local/pipeline.json: everything that the local target
// and the preview need, in one file. Sample files stand for the sources, a
// DuckDB file for the warehouse, a folder for the destinations.
//
// Input is an *ir.Pipeline, output one emit.Artifact. The SELECTs come from
// emit/modelsql with its DuckDB dialect, so that they are the very statements
// that dbt runs. The package must not import lower, spec, or another emitter's
// package but modelsql and sqlname, and it decides no name.
//
// # Models in SQL
//
// What a user wrote for dbt is resolved as text: ref(), source(), config(), and
// is_incremental(), which is false, because a local build always begins anew.
// Any other Jinja is not run; the model then has no SQL and says why in
// noPreview.
//
// # Origins
//
// The file holds no lines. Artifact.Parts says for each object, by its id
// (stream:…, model:…, sync:…), where it is written.
package local
