// Package diag holds what the compiler has to say about a file: one typed
// Diagnostic and its views as text with a snippet, JSON, SARIF 2.1.0 and GitHub
// workflow annotations. Views read the typed value; nothing parses our text.
//
// It also holds the one list of codes with their documentation
// (`tapestry-ci explain CODE`, docs/diagnostics.md).
//
// It imports source and nothing else of this module.
package diag
