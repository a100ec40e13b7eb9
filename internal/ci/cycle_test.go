//go:build cgo

package ci_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

// From the first pull request to the one that changes nothing.
func TestCycle(t *testing.T) {
	b := shop(t)
	b.open(1, func() { b.edit("tapestry.yaml", "tags: [newsletter]", "tags: [news]") })
	said := b.pullRequest("opened")
	require.NoError(t, said.err, said.log)
	first := b.only(1, comment.KindPlan)
	m, _ := comment.Find(first.Body)
	assert.Equal(t, comment.Marker{Kind: comment.KindPlan, Project: "tapestry.yaml", Environment: "production", Commit: b.pull.HeadSHA, Digest: said.outputs["plan-digest"]}, m)
	assert.Contains(t, first.Body, "| `mailchimp.newsletter` | 4 |  |  |  |")
	assert.Contains(t, first.Body, "merge into `main`, or comment `/tapestry apply`")
	assert.Equal(t, "plan", said.outputs["what"])
	assert.Equal(t, b.pull.MergeSHA, said.outputs["commit"])
	assert.Equal(t, "4", said.outputs["changes"])
	assert.FileExists(t, said.outputs["plan-file"])
	assert.FileExists(t, said.outputs["summary"])
	assert.Contains(t, said.summary, "Plan")
	require.Len(t, b.gh.CheckRuns(), 1)
	assert.Equal(t, b.pull.HeadSHA, b.gh.CheckRuns()[0].HeadSHA)
	assert.Equal(t, "success", b.gh.CheckRuns()[0].Conclusion)

	// Pushed again: the same comment, about the new commit.
	b.open(1, func() { b.edit("tapestry.yaml", "LNAME: last_name}", "LNAME: first_name}") })
	said = b.pullRequest("synchronize")
	require.NoError(t, said.err, said.log)
	again := b.only(1, comment.KindPlan)
	assert.Equal(t, first.ID, again.ID)
	m, _ = comment.Find(again.Body)
	assert.Equal(t, b.pull.HeadSHA, m.Commit)

	b.merge()
	said = b.push()
	require.NoError(t, said.err, said.log)
	assert.Equal(t, "apply", said.outputs["what"])
	assert.Contains(t, b.only(1, comment.KindApply).Body, "✅ Applied")
	assert.Equal(t, again.Body, b.only(1, comment.KindPlan).Body, "the plan stays what was reviewed")
	require.Len(t, b.gh.Deployments(), 1)
	assert.Equal(t, "rain-shield/production", b.gh.Deployments()[0].Environment)
	assert.Equal(t, []string{"in_progress", "success"}, states(b.gh.Deployments()[0]))

	// A mapping: the counts are those of the samples.
	b.open(2, func() { b.edit("tapestry.yaml", "LNAME: first_name}", "LNAME: last_name}") })
	said = b.pullRequest("opened")
	require.NoError(t, said.err, said.log)
	assert.Contains(t, b.only(2, comment.KindPlan).Body, "| `mailchimp.newsletter` |  | 4 |  |  |")
	b.merge()
	said = b.push()
	require.NoError(t, said.err, said.log)
	assert.Contains(t, b.only(2, comment.KindApply).Body, "4 changed")

	// Nothing to do.
	b.open(3, nil)
	said = b.pullRequest("opened")
	require.NoError(t, said.err, said.log)
	text := visible(b.only(3, comment.KindPlan).Body)
	assert.Contains(t, text, "✅ No changes")
	assert.Zero(t, strings.Count(text, "\n"), text)
	assert.Equal(t, "0", said.outputs["changes"])
	b.merge()
	said = b.push()
	require.NoError(t, said.err, said.log)
	assert.Empty(t, b.kind(3, comment.KindApply), "nothing was done")
	assert.Len(t, b.gh.Deployments(), 2)
	assert.Contains(t, said.log, "nothing to apply")
}
