// Package modelsql writes the SQL of everything between a raw table and a sync
// view: the staging model of a stream, a union model and its audit, the segment
// of a sync, and the sync view over the segment's snapshot.
//
// Input is an *ir.Pipeline and a Dialect, which says how relations, names and
// type conversions are written; output is the text of one SELECT without a
// semicolon. Package emit/dbt brings a Dialect that writes Jinja (ref, source
// and macros), DuckDB here writes plain SQL, so that a local run and a preview
// execute the very statements that dbt executes. The package imports ir and
// emit/sqlname; it must not import emit/dbt, and it decides no name except
// those of helper columns, which begin with TAPESTRY_.
//
// # What the two engines must agree on
//
// The text keeps to what Snowflake and DuckDB read alike: QUALIFY, MIN_BY, TRIM
// with a list of characters, NULLS LAST written out everywhere. Sessions are
// expected to run in UTC.
//
//   - A value that does not fit the declared type becomes NULL and is counted by
//     BadValues; it does not stop the run. (What does not fit when a raw table
//     is loaded from files is NULL in the raw table already.)
//   - A column of type email that is a key is compared, and given out, in its
//     normal form: without white space around it (space, tab, line ends,
//     no-break space) and in lower case. LOWER folds A to Z alike on both
//     engines; outside ASCII, where an address has hardly ever a letter, they
//     may differ for a few characters (the Turkish dotted I).
//   - Keys that are NULL or, for text, nothing but white space, are dropped.
//     Text keys are otherwise taken exactly as they are.
//   - Where several rows have one key, the order of inputs decides, then the
//     input's order_by, and at the very end all columns of the model: two rows
//     that still tie are the same row, so the outcome never depends on the order
//     in which rows are stored. JSON is ordered by its text, which the engines
//     write differently; it should not be all that tells two rows apart.
package modelsql
