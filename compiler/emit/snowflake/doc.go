// Package snowflake writes the statements that set up the warehouse:
//
//   - snowflake/bootstrap.sql: what an account administrator runs once;
//   - snowflake/NNN_name.sql: what the deploy role runs, one group a file;
//   - snowflake/manifest.json: the same as data, in order; see package
//     migration, which also says how to apply it.
//
// In: *ir.Pipeline, which decides every name. Out: artefacts of kind
// "bootstrap", "migration" and "manifest".
//
// Rules that every statement keeps:
//
//   - It is about one object, and may be run again without harm; the few for
//     which Snowflake has no such form have a query to ask first (Check).
//     Properties that the file can change are set by a statement of their own
//     (ALTER … SET), because CREATE … IF NOT EXISTS changes nothing that is
//     there.
//   - Its id is made of what it is about: adding a source adds ids and changes
//     none. Its text does not depend on the order of anything in the file.
//   - Names go through package sqlname, values through its literals.
//   - No secret is in it. What only the cloud knows stands as
//     ${output.stack.Name} inside a string constant and is filled in when the
//     set is applied; keys and tokens are steps without SQL.
//
// Who may do what. The deploy role owns everything but what follows, and may do
// on the account only what bootstrap grants. The loader owns the raw schemas:
// Airbyte builds a table in its internal schema and then renames or swaps it
// into the raw one, which Snowflake allows in managed-access schemas only to
// the owner of the target schema. For the same reason the transformer's right to
// read is a future grant on the internal schema too, without USAGE there: future
// grants do not apply to a renamed or swapped table, the grants it was born with
// go with it. The transformer reads raw tables and writes analytics, snapshots
// and sync views; the reader sees the sync views alone.
//
// With landing: s3 Airbyte never signs in to Snowflake. There is no loader, and
// the transformer loads the raw tables from the stage.
//
// The package imports ir, emit, grouparoo, sqlname and migration; it must not import a
// database driver, the network, or any package outside compiler/.
package snowflake
