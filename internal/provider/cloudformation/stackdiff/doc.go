// Package stackdiff compares two CloudFormation templates by logical id and
// property, and says what the difference would do: whether a resource is
// replaced, whether something restarts, whether data can be lost.
//
// In: the bytes of both templates with the values of their parameters. Out:
// Resources, sorted. It is pure, and imports the YAML reader and deploy's words;
// it must not import an AWS SDK.
//
// # The way of a comparison
//
//	template, parameter, condition, read   a template → values, with everything put in
//	                                       that is known: one normal form of short tags
//	                                       and long forms, YAML and JSON
//	fields                                 values → the smallest parts that differ
//	compare, kinds                         what CloudFormation does with them: kinds.yaml
//	                                       has a line for every type and property we emit
//	spread                                 who refers to a replaced resource changes too
//	outcome, rest, show                    actions, risks and reasons, in words
//
// What is not known stays a reference on both sides, so that it is a change only
// where the template around it changed. Values of NoEcho parameters are compared
// and never shown, not even as a digest.
//
// # What it does not see
//
//   - another stack: !ImportValue x is the same as itself, though the export may
//     change. CloudFormation refuses to change an export that is in use
//   - defaults of services: a property that is left out is not the same as one
//     that says what it would be anyway
//   - attributes that change while a resource stays. A change set lists readers of
//     such attributes, in case; here they do not change
//   - stack tags, which CloudFormation passes on to resources: they are told among
//     the rest
//   - macros and loops: Fn::Transform is compared as it is written, Fn::ForEach in
//     Resources is an error
//
// Some of what is told CloudFormation does not take for an update where nothing
// else changes: descriptions, DependsOn, DeletionPolicy, UpdateReplacePolicy.
package stackdiff
