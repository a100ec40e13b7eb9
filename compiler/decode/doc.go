// Package decode fills Go structs from a source.Node and reports every mistake
// that it meets, each at its place. The struct is the one description of a
// format: its tags say which keys there are, which are required, what a value
// may be and what it means; the same tags give the JSON Schema of the format.
//
// Tags: `key:"name,required"` (or "-", or ",inline"), `doc:"…"`,
// `enum:"a|b"`, `pattern:"regexp"`, `hint:"the pattern in words"`,
// `min:"1"`, `max:"10"`, `example:"…"`, `default:"…"`.
//
// It imports source and diag.
package decode
