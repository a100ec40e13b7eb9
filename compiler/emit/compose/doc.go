// Package compose writes compose.yaml: Grouparoo's web page and worker with
// Postgres and Redis, as the sync stack runs them in AWS, for a laptop.
//
// In: *ir.Pipeline. Out: one artefact. The image is built from the folder
// grouparoo/ beside it. Every secret is a variable without which compose does
// not start, so no value is ever in the file.
//
// It imports ir, emit, emit/grouparoo (for the names of the variables) and
// emit/yamltree.
package compose
