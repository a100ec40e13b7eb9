package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

func TestFolded(t *testing.T) {
	tag := func(id string) deploy.FieldChange {
		return deploy.FieldChange{Path: id + " (AWS::T).Properties.Tags[team]", Before: "growth", After: "data"}
	}
	other := deploy.FieldChange{Path: "D (AWS::T).Properties.Tags[team]", Before: "own", After: "data"}
	class := deploy.FieldChange{Path: "A (AWS::T).Properties.Class", Before: "growth", After: "data"}
	read := tag("E")
	read.Affects = []string{"model x"}
	stack := deploy.FieldChange{Path: "Tags.team", Before: "growth", After: "data"}
	anew := deploy.FieldChange{Path: "A (AWS::T)", Before: "there", After: "made anew"}

	require.Equal(t, []deploy.FieldChange{anew, class,
		{Path: "Properties.Tags[team] of 5 resources: A, B, C and 2 more", Before: "growth", After: "data"}, other, read, stack, stack, stack},
		Folded([]deploy.FieldChange{anew, class, tag("A"), tag("B"), other, tag("C"), read, tag("F"), tag("G"), stack, stack, stack}))
	two := []deploy.FieldChange{tag("A"), tag("B"), anew, stack}
	require.Equal(t, two, Folded(two), "two are two lines")
	require.Equal(t, "Properties.Tags[team] of 3 resources: A, B, C", Folded([]deploy.FieldChange{tag("A"), tag("B"), tag("C")})[0].Path)
	require.Empty(t, Folded(nil))
}

// All stays in the plan; the text is what is short.
func TestATagOfEveryResourceIsOneLine(t *testing.T) {
	c := deploy.Change{ID: "cloudformation:stack:sync", Provider: "cloudformation", Kind: "stack", Name: "x-sync", Action: deploy.Update, Risk: deploy.Safe}
	for _, id := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
		c.Fields = append(c.Fields, deploy.FieldChange{Path: id + " (AWS::T).Properties.Tags[team]", Before: "growth", After: "data"})
	}
	var b strings.Builder
	require.NoError(t, WritePlan(&b, &deploy.Plan{Changes: []deploy.Change{c}}, Options{}))
	require.Contains(t, b.String(), "      Properties.Tags[team] of 26 resources: a, b, c and 23 more: growth → data\n")
	require.Equal(t, 1, strings.Count(b.String(), "growth"))
	require.Len(t, c.Fields, 26)
}
