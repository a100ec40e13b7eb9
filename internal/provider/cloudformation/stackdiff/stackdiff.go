package stackdiff

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

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
	// Conditional says that the Action is so only in some cases that the
	// templates alone cannot tell: a property may replace the resource, or a
	// condition is decided at apply.
	Conditional bool
	Risk        deploy.Risk
	// Reason is one line: why that risk, what is lost, what restarts.
	Reason string
	// Lock is the property that keeps a resource which goes, or is made anew,
	// from being deleted. CloudFormation does not switch it off: it would end the
	// update as if all were well, and leave the resource behind.
	Lock string
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

// Compare says what would happen to a stack if before became after.
func Compare(before, after Side) (Result, error) {
	sides := [2]Side{before, after}
	templates, err := load(sides)
	if err != nil {
		return Result{}, err
	}
	var result Result
	var findings []*finding
	old, now := templates[0].resources, templates[1].resources
	for _, id := range union(ids(old), ids(now)) {
		a, b := old[id], now[id]
		switch {
		case !a.there() && !b.there():
		case !a.there():
			result.Resources = append(result.Resources, created(id, b))
		case !b.there(), b.exists.truth == maybe && a.exists != b.exists:
			result.Resources = append(result.Resources, removed(id, a, b))
		default:
			findings = append(findings, look(id, a, b))
		}
	}
	spread(findings)
	for _, f := range findings {
		if r, ok := f.outcome(); ok {
			slices.SortStableFunc(r.Fields, byPath)
			result.Resources = append(result.Resources, r)
		}
	}
	slices.SortFunc(result.Resources, byID)
	result.Rest = append(rest(templates, sides), renewed(templates, findings)...)
	slices.SortStableFunc(result.Rest, byPath)
	return result, nil
}
