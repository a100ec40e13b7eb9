//go:build cgo

package ci_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/ci"
	fakegithub "github.com/tapestry-ci/tapestry-ci/internal/fake/github"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

// A command approves the plan that was there when it was written, and no later one:
// its job may wait for a long time, or be run again.
func TestCommandIsOlderThanThePlan(t *testing.T) {
	b := planned(t)
	b.gh.SetPerson("ann", "write")
	before := b.read(outbox)
	old := b.said("ann", "/tapestry apply", time.Now().Add(-time.Hour))
	require.ErrorIs(t, old.err, ci.ErrTold)
	assert.Contains(t, b.only(2, "answer").Body, "plan was written after the command was")
	assert.Equal(t, before, b.read(outbox))
	require.NoError(t, b.says("ann", "/tapestry apply").err)
	assert.NotEqual(t, before, b.read(outbox))
}

// What GitHub would not let be merged is not applied by a command either.
func TestReviewIsMissing(t *testing.T) {
	b := planned(t)
	b.gh.SetPerson("ann", "write")
	b.pull.State = "blocked"
	b.gh.SetPull(b.pull)
	require.ErrorIs(t, b.says("ann", "/tapestry apply").err, ci.ErrTold)
	assert.Contains(t, b.only(2, "answer").Body, "a review or a check that main asks for is missing")
}

// A plan job that ends after the merge, or is run again, says nothing that a merge
// could take for reviewed, and leaves a newer plan alone.
func TestLatePlanJobs(t *testing.T) {
	b := planned(t)
	b.open(3, func() { b.edit("tapestry.yaml", "tags: [newsletter]", "tags: [news]") })
	b.merge()
	require.ErrorIs(t, b.push().err, ci.ErrTold)
	late := b.pullRequest("opened")
	require.NoError(t, late.err, late.log)
	assert.Contains(t, late.log, "is closed or has other commits by now")
	assert.Empty(t, b.kind(3, comment.KindPlan))
	require.ErrorIs(t, b.push().err, ci.ErrTold, "running the job again approves nothing")

	// Somebody's comment is patched after the merge: the time says so.
	b = planned(t)
	b.merge()
	b.pull.MergedAt = time.Now().Add(-time.Hour)
	b.gh.SetPull(b.pull)
	said := b.push()
	require.ErrorIs(t, said.err, ci.ErrTold)
	assert.Contains(t, said.log, "only after it was merged")
}

// A plan that comes with a refusal approves nothing, so it names no way to apply it.
func TestFreshPlanNamesNoWay(t *testing.T) {
	b := planned(t)
	b.gh.SetPerson("ann", "write")
	members := b.read(outbox)
	b.write(outbox, members[strings.Index(members, "\n")+1:])
	require.ErrorIs(t, b.says("ann", "/tapestry apply").err, ci.ErrTold)
	assert.NotContains(t, b.only(2, "fresh").Body, "To apply")
}

// The input command gives less than a comment asks for, and never more.
func TestWorkflowThatOnlyPlans(t *testing.T) {
	b := planned(t)
	b.gh.SetPerson("ann", "write")
	before := b.read(outbox)
	for _, command := range []string{"plan", "validate", "drift", "nonsense"} {
		b.command = command
		said := b.says("ann", "/tapestry apply")
		require.ErrorIs(t, said.err, ci.ErrTold, command)
		assert.Equal(t, "nothing", orNothing(said), command)
	}
	assert.Equal(t, before, b.read(outbox))
}

func orNothing(s told) string {
	if s.outputs["what"] == "" {
		return "nothing"
	}
	return s.outputs["what"]
}

// A token of somebody else: the next run would not find what it wrote.
func TestTokenOfSomebodyElse(t *testing.T) {
	b := shop(t)
	b.open(1, nil)
	b.token = b.gh.TokenOf(fakegithub.Token{Login: "deploy-bot", Write: []string{"pull-requests", "issues", "checks", "deployments"}})
	said := b.pullRequest("opened")
	require.Error(t, said.err)
	assert.Contains(t, said.log, "the token writes as deploy-bot")
	assert.Empty(t, b.gh.Comments(1), "it is taken back")
}

// Main has moved on since an apply was interrupted: the old job does not go on.
func TestInterruptedApplyOfAnOldCommit(t *testing.T) {
	b := shop(t)
	b.open(1, nil)
	require.NoError(t, b.pullRequest("opened").err)
	b.merge()
	b.work.stopped = 2
	require.Error(t, b.push().err)
	b.work.stopped = 0
	b.gh.SetBranch("main", strings.Repeat("c", 40))
	said := b.push()
	require.ErrorIs(t, said.err, ci.ErrTold)
	assert.Contains(t, said.log, "the branch has moved on since")
	assert.NoFileExists(t, b.at(outbox))
}

// A step for each environment: a command for one of them is nothing to the other.
func TestCommandForOneEnvironment(t *testing.T) {
	b := newBench(t)
	b.project("pipelines/a")
	b.commit("main", "the pipeline")
	b.file = "pipelines/*" // folders will do
	b.gh.SetPerson("ann", "write")
	b.open(1, nil)
	for _, env := range []string{"", "staging"} {
		b.env = env
		require.NoError(t, b.pullRequest("opened").err)
	}
	b.command, b.env = "decide", ""
	said := b.says("ann", "/tapestry apply a staging")
	require.NoError(t, said.err, said.log)
	assert.Equal(t, "apply", said.outputs["what"])
	b.command = ""
	said = b.says("ann", "/tapestry apply a staging")
	require.NoError(t, said.err, said.log)
	assert.Contains(t, said.log, "for another environment than production")
	assert.NoFileExists(t, b.at("pipelines/a/.tapestry/production/ledger.ndjson"))
	b.env = "staging"
	said = b.says("ann", "/tapestry apply a staging")
	require.NoError(t, said.err, said.log)
	assert.FileExists(t, b.at("pipelines/a/.tapestry/staging/ledger.ndjson"))
}
