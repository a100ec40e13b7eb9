package main

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// allowance is what a person said may lose data.
type allowance struct {
	given []string
	// standing says that it stands in a workflow, where it was written for one plan
	// and is read with every other, too: what it names and a plan has not is passed
	// over.
	standing bool
}

// ids are those of a plan's changes. A name of a change stands for its id, where
// only one has that name: the text of a plan shows names. The digest of the plan, or
// of the one that was approved, stands for all that can lose data in it.
func (a allowance) ids(plan *deploy.Plan, approved string) []string {
	var out []string
	for _, word := range a.given {
		found := []string{word}
		switch {
		case word == plan.Digest || word == approved && approved != "":
			found = found[:0]
			for _, c := range plan.Destructive() {
				found = append(found, c.ID)
			}
		case strings.HasPrefix(word, "sha256:") && a.standing:
			found = nil
		case plan.Change(word) == nil:
			if named := named(plan, word); len(named) == 1 {
				found = named
			} else if a.standing {
				found = nil
			}
		}
		out = append(out, found...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func named(plan *deploy.Plan, name string) []string {
	var out []string
	for _, c := range plan.Changes {
		if c.Name == name {
			out = append(out, c.ID)
		}
	}
	return out
}
