// Package cloudformation is the provider of a pipeline's three stacks:
// foundation, ingestion and sync.
//
// In: target.json and the templates that it names, the outputs of other
// providers, and AWS. Out: stacks, and their outputs as output.STACK.NAME. It sees
// artefacts alone and must not import the compiler's spec or ir.
package cloudformation
