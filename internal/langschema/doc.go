// Package langschema makes the JSON Schema of tapestry.yaml (draft 2020-12)
// from the language (package spec) and the catalogue, so that editors complete
// and explain keys, connectors and their configuration. The result is
// schema/tapestry.schema.json.
//
// It is wider than the compiler where a schema cannot say a thing: references,
// types of columns, what a mode needs. It is never narrower, so that an editor
// marks nothing that compiles, but for what an overlay of production puts right:
// a wrong key that it removes, a connector that only it names.
//
// In: a catalogue. Out: JSON. It imports catalog, decode, source and spec, and
// nothing of resolve or check.
package langschema
