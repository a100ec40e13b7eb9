// Package stackdiff compares two CloudFormation templates by logical id and
// property, and says what the difference would do: whether a resource is
// replaced, whether something restarts, whether data can be lost.
//
// In: the bytes of both templates with the values of their parameters. Out:
// Resources, sorted. It is pure, and imports the YAML reader and deploy's words;
// it must not import an AWS SDK.
package stackdiff
