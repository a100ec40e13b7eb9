// Package compiler turns a tapestry.yaml into the artefacts of a whole data
// pipeline, or into a list of every mistake in it.
//
// It is a library of its own: it reads the files it is given through an fs.FS
// and touches neither network nor clock nor the environment of the process. The
// passes are packages below this one; see docs/architecture.md.
package compiler
