// Package spec is tapestry.yaml as typed values, each with its place in the
// file. The struct tags are the language: its keys, its documentation and its
// JSON Schema are read from them.
//
// In: a source tree and the values for ${env.X}. Out: *File and diagnostics
// about the form of the file. What the words refer to is not looked at here:
// that is package resolve. It imports source, diag and decode.
package spec
