package cloudformation

import (
	"context"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/cloudformation/stackdiff"
)

// protectionParameter is the parameter that protects a stack's databases and load balancers
// against deletion.
const protectionParameter = "DeletionProtection"

// locked are the resources that a change takes away or makes anew while they are
// protected. CloudFormation deletes the old ones after the update is done, and
// where that fails the update counts as done: they would be left to nobody.
func (s *stack) locked(diff stackdiff.Result) []stackdiff.Resource {
	if s.given()[protectionParameter] != "true" {
		return nil // nothing of this stack that we could switch off
	}
	return slices.DeleteFunc(slices.Clone(diff.Resources), func(r stackdiff.Resource) bool { return r.Lock == "" })
}

// lifted says in a plan what loses its protection before it goes.
func (s *stack) lifted(diff stackdiff.Result) []deploy.FieldChange {
	var out []deploy.FieldChange
	for _, r := range s.locked(diff) {
		out = append(out, deploy.FieldChange{Path: r.LogicalID + " (" + r.Type + ").Properties." + r.Lock, Before: "true", After: "switched off by this apply, right before the stack changes"})
	}
	return out
}

// lift switches the protection off. What stays in the stack, or comes anew, has it
// again by the change set after it. It reports whether there was anything to do.
func (w *work) lift(ctx context.Context, diff stackdiff.Result) (bool, error) {
	locked := w.stack.locked(diff)
	if len(locked) == 0 || moreThanShown(diff, w.change.Risk) != "" {
		return false, nil // what nobody approved is refused right after, with everything protected
	}
	var names []string
	for _, r := range locked {
		names = append(names, r.LogicalID)
	}
	w.say("protection against deletion is switched off first, since these go: " + strings.Join(names, ", "))
	return true, w.reparameter(ctx, map[string]string{protectionParameter: "false"})
}
