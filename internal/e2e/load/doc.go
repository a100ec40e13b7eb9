// Package load writes the records of a source into Snowflake in the way that
// Airbyte's destination does, for tests in which no Airbyte runs.
//
// In: an emitted connection document, what the source says of its streams (the
// columns' types, and the keys and cursors that the document leaves to it), and
// the source's messages. Out: tables.
//
// # What it models
//
//   - Names of schema, table and columns in capitals; the columns _AIRBYTE_RAW_ID,
//     _AIRBYTE_EXTRACTED_AT, _AIRBYTE_META and _AIRBYTE_GENERATION_ID beside the
//     selected ones, typed by the stream's JSON schema.
//   - full_refresh_overwrite: a table in the internal schema, which takes the
//     place of the one before when all records are there. A read without a single
//     record leaves an empty table.
//   - full_refresh_append and incremental_append: rows are added.
//   - incremental_deduped_history, and full_refresh_overwrite_deduped: of each
//     key the row with the highest cursor, later ones winning among equals.
//   - A message that ends a read in failure leaves overwritten streams as they were.
//
// # What it does not
//
// Rows come by INSERT, where Airbyte stages files inside Snowflake and copies
// them. Columns that come later are not added. No state is kept.
//
// It imports the standard library alone: whoever calls it brings the driver.
package load
