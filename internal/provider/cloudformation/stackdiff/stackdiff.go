package stackdiff

import "github.com/tapestry-ci/tapestry-ci/internal/deploy"

// Side is one side of a comparison: a template and what goes into it.
type Side struct {
	// Template is YAML, with CloudFormation's short tags or without, or JSON.
	// Nil where there is no stack.
	Template []byte
	// Parameters are values by name; one that is missing has its Default. A
	// value that is not known yet is Unknown.
	Parameters map[string]string
	Tags       map[string]string
}

// Unknown stands for a parameter's value that only apply will know. Whatever
// refers to it counts as changed only where the template around it changed.
const Unknown = "\x00known at apply"

// Resource is what happens to one resource.
type Resource struct {
	LogicalID string
	Type      string // AWS::EC2::Instance
	// Action is Create, Update, Replace, Delete, or Keep for one that leaves the
	// template but has DeletionPolicy Retain.
	Action deploy.Action
	// Conditional says that Action is Replace only in some cases that the
	// templates alone cannot tell.
	Conditional bool
	Risk        deploy.Risk
	// Reason is one line: why that risk, what is lost, what restarts.
	Reason string
	// Fields are the changed properties: Properties.InstanceType, DeletionPolicy.
	Fields []deploy.FieldChange
}

// Result is a whole comparison.
type Result struct {
	Resources []Resource // by logical id
	// Rest are changes outside Resources: Parameters.X, Outputs.Y, Tags.z,
	// Description. They change no resource by themselves.
	Rest []deploy.FieldChange
}
