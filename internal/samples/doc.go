// Package samples fills samples/ with rows of the real sources, without the
// people in them.
//
// In: a source of the pipeline, its connector, and the folder of the pipeline.
// Out: samples/SOURCE/STREAM.ndjson for each stream, in the form that the local
// target reads: one row a record where the stream is deduplicated, the declared
// columns in their order, NULL for what the source did not say, times as Airbyte
// would leave them. A file is written beside the old one and then takes its
// place, whole or not at all.
//
// Columns that are marked pii and columns of type email are masked (package
// mask) with the salt of the project, .tapestry/salt, which is made where there
// is none. Samples fit together where they were taken with one salt: the salt is
// not committed, so whoever takes one source anew elsewhere takes them all anew.
// Other columns are written as they are; where one of them holds addresses, a
// note says so, and never which.
//
// A stream that gave no row leaves its file as it is: an empty sample would tell
// the preview that everybody is gone.
//
// It imports compiler/ir, internal/connector and internal/mask.
package samples
