package report

import (
	"fmt"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// alike is how many of the same are put on one line, and named how many of them
// it names.
const alike, named = 3, 3

// Folded is fields for people to read: what changes alike in several parts of one
// object, as a tag does in every resource of a stack, is one line. The parts are in
// the path, as in "Vpc (AWS::EC2::VPC).Properties.Tags[team]".
func Folded(fields []deploy.FieldChange) []deploy.FieldChange {
	type kind struct{ property, before, after string }
	kindOf := func(f deploy.FieldChange) kind {
		_, property := parts(f.Path)
		return kind{property, f.Before, f.After}
	}
	owners := map[kind][]string{}
	for _, f := range fields {
		if owner, _ := parts(f.Path); owner != "" && len(f.Affects) == 0 {
			owners[kindOf(f)] = append(owners[kindOf(f)], owner)
		}
	}
	var out []deploy.FieldChange
	done := map[kind]bool{}
	for _, f := range fields {
		owner, property := parts(f.Path)
		all := owners[kindOf(f)]
		if owner == "" || len(f.Affects) > 0 || len(all) < alike {
			out = append(out, f)
			continue
		}
		if !done[kindOf(f)] {
			done[kindOf(f)] = true
			out = append(out, deploy.FieldChange{Path: property + " of " + listed(all), Before: f.Before, After: f.After})
		}
	}
	return out
}

// parts takes a path apart; the owner is empty where it has none.
func parts(path string) (owner, property string) {
	head, property, ok := strings.Cut(path, ").")
	owner, _, typed := strings.Cut(head, " (")
	if !ok || !typed {
		return "", path
	}
	return owner, property
}

func listed(owners []string) string {
	text := fmt.Sprintf("%d resources: %s", len(owners), strings.Join(owners[:named], ", "))
	if more := len(owners) - named; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
