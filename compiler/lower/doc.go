// Package lower turns a checked resolve.Program into an ir.Pipeline. It is the
// only place with defaults and with names: every name of every system is made
// here, within that system's limits, always the same for the same file.
//
// It expects a program without errors; it imports resolve, spec, catalog,
// schedule and ir.
package lower
