// Package archtest holds the code to the shape that docs/architecture.md
// describes: who may import whom, what the compiler may reach, how large a file
// may be.
//
// In: what `go list` says about the packages of the module, and the syntax trees
// of its files. Out: one line for each place that breaks a rule, which the
// package's test prints. A new package below compiler/ is entered in the table in
// layers.go, with what it may import.
//
// It imports no other package of this module.
package archtest
