// Package bigfile makes a valid tapestry.yaml of any size, for benchmarks.
//
// In: how many entities (sources, streams, models and syncs together). Out: the
// bytes of the file, the same on every call. The sources are Salesforce, Zoom and
// PostgreSQL in turn, each with three streams; each model is the union of streams
// of two sources and is sent to an audience of its own.
//
// It imports nothing of this module, and nothing but tests imports it.
package bigfile
