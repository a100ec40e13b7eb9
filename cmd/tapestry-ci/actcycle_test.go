//go:build cgo

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

// The workflow that init wrote, run by act with the action as it is: from the
// first pull request to the one that changes nothing.
func TestActFromTheFirstPullRequestToTheLast(t *testing.T) {
	c := newConsumer(t)
	c.open(1, "tags: [newsletter]", "tags: [news]")
	r := c.pullRequest("opened")
	require.Zero(t, r.code, r.log)
	first := c.kind(comment.KindPlan)
	assert.Contains(t, first.Body, "| `mailchimp.newsletter` | 4 |  |  |  |", "created")
	assert.Equal(t, map[string]string{"plan": "success"}, r.jobs)
	assert.Contains(t, r.summary, "**4 to create**")
	assert.Contains(t, r.log, "uploaded plan", "the step after it found the plan file")
	assert.Equal(t, "plan", r.outputs["what"])
	assert.Equal(t, "4", r.outputs["changes"])
	assert.Equal(t, c.pull.MergeSHA, r.outputs["commit"])
	m, _ := comment.Find(first.Body)
	assert.Equal(t, m.Digest, r.outputs["plan-digest"])
	assert.Empty(t, r.problems)

	// Pushed again, with a mistake, and once more without it: the same comment.
	c.open(1, "model: people", "model: poeple")
	r = c.pullRequest("synchronize")
	assert.Equal(t, 1, r.code)
	require.Len(t, r.problems, 1, r.problems)
	assert.True(t, strings.HasPrefix(r.problems[0], "error tapestry.yaml:66 "), r.problems[0])
	assert.Contains(t, r.problems[0], "poeple")
	assert.Contains(t, c.kind(comment.KindPlan).Body, "❌ No plan, 1 mistake")
	c.open(1, "model: poeple", "model: people")
	r = c.pullRequest("synchronize")
	require.Zero(t, r.code, r.log)
	assert.Equal(t, first.ID, c.kind(comment.KindPlan).ID)

	c.merge()
	r = c.pushed()
	require.Zero(t, r.code, r.log)
	assert.Equal(t, map[string]string{"apply": "success"}, r.jobs)
	assert.Contains(t, c.kind(comment.KindApply).Body, "✅ Applied")
	assert.Contains(t, r.summary, "✅ Applied")
	require.Len(t, c.gh.Deployments(), 1)
	assert.Equal(t, "success", c.gh.Deployments()[0].Statuses[1].State)

	c.open(2, "LNAME: last_name}", "LNAME: first_name}")
	r = c.pullRequest("opened")
	require.Zero(t, r.code, r.log)
	assert.Contains(t, c.kind(comment.KindPlan).Body, "| `mailchimp.newsletter` |  | 4 |  |  |", "changed")
	c.merge()
	r = c.pushed()
	require.Zero(t, r.code, r.log)
	assert.Contains(t, c.kind(comment.KindApply).Body, "4 changed")

	c.open(3, "# Rain Shield sells umbrellas.", "# Rain Shield sells umbrellas, and nothing else.")
	r = c.pullRequest("opened")
	require.Zero(t, r.code, r.log)
	text := shown(c.kind(comment.KindPlan).Body)
	assert.Contains(t, text, "✅ No changes")
	assert.NotContains(t, text, "\n", "one line")
	assert.Equal(t, "0", r.outputs["changes"])
}

// Who may what: a fork, the merge queue, commands, and the nightly look.
func TestActTrustsNobodyTooMuch(t *testing.T) {
	c := newConsumer(t)
	writes := c.token
	c.open(1, "tags: [newsletter]", "tags: [news]")

	// From a fork: a token that only reads, a preview in the summary, no comment.
	c.pull.HeadRepo, c.pull.Author = "mallory/data", "mallory"
	c.gh.SetPull(c.pull)
	c.token = c.gh.NewToken()
	r := c.pullRequest("opened")
	require.Zero(t, r.code, r.log)
	assert.Empty(t, c.gh.Comments(1))
	assert.Empty(t, c.gh.CheckRuns())
	assert.Contains(t, r.summary, "comes from a fork")
	assert.Contains(t, r.summary, "| `mailchimp.newsletter` | 4 |  |  |  |")
	c.pull.HeadRepo, c.pull.Author = "", "ann"
	c.gh.SetPull(c.pull)
	c.token = writes

	r = c.event("merge_group", fields{"action": "checks_requested", "merge_group": fields{"head_sha": c.git("rev-parse", "HEAD"), "base_ref": "refs/heads/main"}})
	require.Zero(t, r.code, r.log)
	assert.Empty(t, c.gh.Comments(1))
	assert.Equal(t, "4", r.outputs["changes"])

	// A command: not of a stranger, and not before there is a plan.
	c.gh.SetPerson("mallory", "read")
	c.gh.SetPerson("ann", "write")
	r = c.says("mallory", "/tapestry apply")
	require.Zero(t, r.code, r.log)
	assert.Equal(t, "success", r.jobs["command"])
	assert.NotEqual(t, "success", r.jobs["command-apply"])
	assert.Contains(t, c.kind("answer").Body, "may not write to this repository")
	r = c.says("ann", "/tapestry apply")
	require.Zero(t, r.code, r.log)
	assert.Contains(t, c.kind("answer").Body, "Nothing was planned for this pull request yet")
	assert.NoFileExists(t, filepath.Join(c.dir, ".tapestry/production/ledger.ndjson"))

	r = c.says("ann", "/tapestry plan")
	require.Zero(t, r.code, r.log)
	assert.Equal(t, "success", r.jobs["command-plan"])
	assert.Contains(t, c.kind(comment.KindPlan).Body, "**4 to create**")
	r = c.says("ann", "/tapestry apply")
	require.Zero(t, r.code, r.log)
	assert.Equal(t, "success", r.jobs["command-apply"])
	assert.Contains(t, c.kind(comment.KindApply).Body, "✅ Applied")

	// Somebody takes a member out by hand; the night finds it, once.
	r = c.event("schedule", fields{"schedule": "17 3 * * *"})
	require.Zero(t, r.code, r.log)
	assert.Empty(t, c.gh.Issues(), "nothing moved")
	outbox := filepath.Join(c.dir, ".tapestry/production/outbox/mailchimp/newsletter.ndjson")
	members := get(t, outbox)
	put(t, outbox, members[strings.Index(members, "\n")+1:])
	for range 2 {
		r = c.event("schedule", fields{"schedule": "17 3 * * *"})
		require.Zero(t, r.code, r.log)
		require.Len(t, c.gh.Issues(), 1)
		assert.Equal(t, "open", c.gh.Issues()[0].State)
		assert.Contains(t, c.gh.Issues()[0].Body, "🌊 Drift")
	}
	put(t, outbox, members)
	r = c.event("schedule", fields{"schedule": "17 3 * * *"})
	require.Zero(t, r.code, r.log)
	assert.Equal(t, "closed", c.gh.Issues()[0].State)
	c.quiet(r)
}

// quiet looks for secrets in what is left everywhere.
func (c *consumer) quiet(last ran) {
	c.t.Helper()
	said := []any{c.gh.Comments(c.pull.Number), c.gh.CheckRuns(), c.gh.Deployments(), c.gh.Issues(), last}
	data, err := json.Marshal(said)
	require.NoError(c.t, err)
	quiet(c.t, "GitHub", string(data))
	_, err = os.Stat(filepath.Join(c.dir, ".tapestry"))
	require.NoError(c.t, err)
}
