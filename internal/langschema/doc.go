// Package langschema makes the JSON Schema of tapestry.yaml (draft 2020-12)
// from the language (package spec) and the catalogue, so that editors complete
// and explain keys, connectors and their configuration. The result is
// schema/tapestry.schema.json.
//
// It is wider than the compiler where a schema cannot say a thing: references,
// types of columns, what a mode needs. It is never narrower.
package langschema
