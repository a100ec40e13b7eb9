// Package check holds the rules of the language that need more than the form of
// the file: that names lead somewhere, that connectors, streams, models and
// destinations fit together, and that every value is one that the systems
// behind it take.
//
// In: a resolve.Program. Out: diagnostics, sorted, all of one run. One rule is
// one file; what connectors can do is read from the catalogue, so no connector
// has a name here. A rule that would only repeat what another one has said
// keeps silent: a mistake gives one diagnostic.
//
// A program without errors is one that package lower can turn into a pipeline.
//
// It imports source, diag, decode, catalog, spec, resolve, schedule and ir.
package check
