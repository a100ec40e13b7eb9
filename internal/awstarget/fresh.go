package awstarget

import (
	"fmt"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Notes are what there is to say of a plan as a whole. A pipeline is found by its
// name, its environment and its region: with another one of them a second one
// begins, and nobody can see the first from there.
func (t *Target) Notes(plan *deploy.Plan) []string {
	fresh := !plan.Destroy
	for _, s := range t.Settings.Stacks {
		c := plan.Change("cloudformation:stack:" + s.Name)
		fresh = fresh && c != nil && c.Action == deploy.Create
	}
	if !fresh || !slices.ContainsFunc(plan.Changes, func(c deploy.Change) bool { return c.Provider == "cloudformation" }) {
		return nil
	}
	return []string{fmt.Sprintf("This is a new pipeline: there is no stack of %s (%s) in region %s, whose names begin with %s. If you changed the name, the environment or the region, "+
		"the former pipeline stays and goes on sending: put the file back as it was and take that one down first, with tapestry-ci destroy --target aws.",
		t.Settings.Pipeline, t.Settings.Environment, t.Settings.Region, t.Settings.Prefix)}
}
