// Package settings is the form of target.json: the names and places that
// whoever applies a pipeline has to know and that no other artefact says, such
// as the names of the stacks, where secrets are stored and what they are called.
//
// In: Settings, or the bytes of a file. Out: the other one. It imports nothing
// of the compiler but jsonfile and must not: the applying side may know no
// Pipeline.
package settings
