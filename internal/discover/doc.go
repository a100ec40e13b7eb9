// Package discover says in the words of the language what a connector found at
// its source, and compares it with what a pipeline declares.
//
// In: the streams that internal/connector discovers, and a source of the
// pipeline. Out: Streams, their YAML for the pipeline file, and Findings.
//
// Types follow what Airbyte's destinations make of a JSON Schema. A text of
// which the name or the format says that it is an address has the type email.
// What might be personal is a guess by name, and is marked as one.
//
// A Finding breaks the file where an apply or the models would fail or silently
// lose values: a stream, column or way of reading that is gone, or a type that
// the declared one cannot be made of. What is new at the source breaks nothing.
//
// It imports compiler/ir, compiler/emit/yamltree and internal/connector.
package discover
