//go:build cgo

package ci_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/ci"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

func rename(b *bench) func() {
	return func() { b.edit("tapestry.yaml", "LNAME: last_name}", "LNAME: first_name}") }
}

// planned opens a pull request over an applied pipeline and plans it.
func planned(t *testing.T) *bench {
	t.Helper()
	b := shop(t)
	b.open(1, nil)
	require.NoError(t, b.pullRequest("opened").err)
	b.merge()
	require.NoError(t, b.push().err)
	b.open(2, rename(b))
	require.NoError(t, b.pullRequest("opened").err)
	return b
}

func (b *bench) at(name string) string { return filepath.Join(b.dir, filepath.FromSlash(name)) }

func (b *bench) read(name string) string {
	b.t.Helper()
	data, err := os.ReadFile(b.at(name))
	require.NoError(b.t, err)
	return string(data)
}

func (b *bench) write(name, text string) {
	b.t.Helper()
	require.NoError(b.t, os.WriteFile(b.at(name), []byte(text), 0o644))
}

const outbox = ".tapestry/production/outbox/mailchimp/newsletter.ndjson"

// What was not reviewed is not applied by a merge. The reviewed plan stays as it
// is, so that running the job again approves nothing else.
func TestMergeIsRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		spoil  func(b *bench)
		why    string
		differ string
	}{
		{"the live state moved", func(b *bench) {
			members := b.read(outbox)
			b.write(outbox, members[strings.Index(members, "\n")+1:])
		}, "What is there now is not what was reviewed", "3 changed"},
		{"the data moved", func(b *bench) {
			b.write("samples/zoom/webinar_registrants.ndjson", b.read("samples/zoom/webinar_registrants.ndjson")+`{"id": "r-9", "email": "kurt@rainshield.example", "first_name": "Kurt", "last_name": "W"}`+"\n")
		}, "What is there now is not what was reviewed", "RAW_ZOOM.WEBINAR_REGISTRANTS"},
		{"the base moved", func(b *bench) {
			b.git("checkout", "-q", "main")
			b.edit("tapestry.yaml", "schedule: 6h", "schedule: 12h")
			b.commit("main", "beside it")
			b.again(2)
		}, "What is there now is not what was reviewed", "the pipeline file or what it is compiled to changed"},
		{"the head moved", func(b *bench) {
			b.open(2, func() { b.edit("tapestry.yaml", "tags: [newsletter]", "tags: [news]") })
		}, "Pull request 2 was planned at commit", ""},
		{"there is no plan", func(b *bench) {
			b.open(2, nil)
			b.open(3, func() { b.edit("tapestry.yaml", "tags: [newsletter]", "tags: [news]") })
		}, "Pull request 3 was merged without a plan", ""},
		{"the plan's comment is of another", func(b *bench) {
			body := b.only(2, comment.KindPlan).Body
			b.open(3, rename(b))
			b.gh.AddComment(3, "mallory", body)
		}, "Pull request 3 was merged without a plan", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := planned(t)
			b.work.env = ""
			c.spoil(b)
			b.merge()
			before := b.read(outbox)
			for range 2 { // running the job again changes nothing
				said := b.push()
				require.ErrorIs(t, said.err, ci.ErrTold)
				assert.Contains(t, said.log, "::error")
				refused := b.only(b.pull.Number, comment.KindApply)
				assert.Contains(t, refused.Body, "⛔ Not applied")
				assert.Contains(t, refused.Body, c.why)
				assert.Contains(t, refused.Body, c.differ)
				assert.Contains(t, refused.Body, "The new plan is [here](")
				assert.Contains(t, said.summary, c.why)
				assert.Contains(t, b.only(b.pull.Number, "fresh").Body, "🧵 Plan")
				assert.NotContains(t, b.only(b.pull.Number, "fresh").Body, "To apply")
			}
			assert.Equal(t, before, b.read(outbox), "nothing was applied")
			assert.Len(t, b.gh.Deployments(), 1, "that of the first merge")
		})
	}
}

// A commit that came without a pull request is not applied where it would change
// anything.
func TestPushWithoutAPullRequest(t *testing.T) {
	b := planned(t)
	b.git("checkout", "-q", "main")
	b.commit("main", "a word in the documentation")
	said := b.push()
	require.NoError(t, said.err, said.log)
	assert.Contains(t, said.log, "nothing to apply")
	b.edit("tapestry.yaml", "tags: [newsletter]", "tags: [news]")
	b.commit("main", "straight to main")
	said = b.push()
	require.ErrorIs(t, said.err, ci.ErrTold)
	assert.Contains(t, said.summary, "came without a pull request")
	assert.Contains(t, said.log, "came without a pull request")
	digest := said.outputs["plan-digest"]
	require.NotEmpty(t, digest)

	// By hand, with the digest of the plan that was looked at, and with no other.
	said = b.dispatch("apply", "sha256:"+strings.Repeat("0", 64))
	require.ErrorIs(t, said.err, ci.ErrTold)
	said = b.dispatch("apply", "")
	require.ErrorIs(t, said.err, ci.ErrTold)
	said = b.dispatch("plan", "")
	require.NoError(t, said.err)
	assert.Equal(t, digest, said.outputs["plan-digest"])
	said = b.dispatch("apply", digest)
	require.NoError(t, said.err, said.log)
	assert.Contains(t, said.summary, "✅ Applied")
}

// Commands in comments.
func TestCommands(t *testing.T) {
	b := planned(t)
	for _, p := range [][2]string{{"ann", "write"}, {"mallory", "read"}} {
		b.gh.SetPerson(p[0], p[1])
	}
	apply := b.only(1, comment.KindApply).Body
	b.command = "decide"
	said := b.says("mallory", "/tapestry apply")
	require.NoError(t, said.err, "a stranger's comment makes no job fail")
	assert.Equal(t, "nothing", said.outputs["what"])
	assert.Contains(t, b.only(2, "answer").Body, "may not write to this repository")
	assert.Equal(t, apply, b.only(1, comment.KindApply).Body)
	b.command = ""
	said = b.says("mallory", "/tapestry apply")
	require.ErrorIs(t, said.err, ci.ErrTold)
	b.only(2, "answer")

	said = b.says("ann", "thanks!")
	require.NoError(t, said.err)
	assert.Equal(t, "nothing", said.outputs["what"])

	// The head moved since.
	b.open(2, func() { b.edit("tapestry.yaml", "tags: [newsletter]", "tags: [news]") })
	b.command = "decide"
	said = b.says("ann", "/tapestry apply")
	assert.Equal(t, "nothing", said.outputs["what"])
	assert.Contains(t, b.only(2, "answer").Body, "look at the new plan first")
	said = b.says("ann", "/tapestry plan")
	assert.Equal(t, "plan", said.outputs["what"])
	assert.Equal(t, b.pull.MergeSHA, said.outputs["commit"])
	b.command = ""
	require.NoError(t, b.says("ann", "/tapestry plan").err)

	// The live state moved since: a new plan, and the old one is still the reviewed.
	members := b.read(outbox)
	b.write(outbox, members[strings.Index(members, "\n")+1:])
	said = b.says("ann", "/tapestry apply")
	require.ErrorIs(t, said.err, ci.ErrTold)
	assert.Contains(t, b.only(2, comment.KindApply).Body, "What is there now is not what was reviewed")
	b.only(2, "fresh")
	b.write(outbox, members)
	said = b.says("ann", "/tapestry apply")
	require.NoError(t, said.err, said.log)
	assert.Equal(t, b.pull.MergeSHA, said.outputs["commit"])
	assert.Contains(t, b.only(2, comment.KindApply).Body, "✅ Applied")

	// It is merged afterwards: there is nothing left to do.
	b.merge()
	said = b.push()
	require.NoError(t, said.err, said.log)
	assert.Contains(t, b.only(2, comment.KindApply).Body, "✅ Applied")
}

// What is checked out must be what was decided on.
func TestCheckout(t *testing.T) {
	b := planned(t)
	b.gh.SetPerson("ann", "write")
	b.git("checkout", "-q", "main")
	said := b.says("ann", "/tapestry apply")
	require.ErrorIs(t, said.err, ci.ErrTold)
	assert.Contains(t, said.log, "is checked out, and this is about "+b.pull.MergeSHA)
	assert.Empty(t, b.kind(2, comment.KindApply))

	b.git("checkout", "-q", "--detach", b.pull.MergeSHA)
	b.pull.HeadSHA = strings.Repeat("a", 40)
	said = b.pullRequest("synchronize")
	require.ErrorIs(t, said.err, ci.ErrTold)
	assert.Contains(t, said.log, "is the merge of")
}

// An apply that stopped in the middle is gone on with by the same job, though what
// is left is not what was reviewed.
func TestInterruptedApply(t *testing.T) {
	b := shop(t)
	b.open(1, nil)
	require.NoError(t, b.pullRequest("opened").err)
	b.merge()
	b.work.stopped = 2
	said := b.push()
	require.ErrorIs(t, said.err, ci.ErrTold)
	assert.Contains(t, b.only(1, comment.KindApply).Body, "⏸️ Stopped")
	assert.Equal(t, []string{"in_progress", "failure"}, states(b.gh.Deployments()[0]))
	b.work.stopped = 0
	said = b.push()
	require.NoError(t, said.err, said.log)
	assert.Contains(t, b.only(1, comment.KindApply).Body, "✅ Applied")
	assert.Equal(t, 4, strings.Count(b.read(outbox), "\n"))
	said = b.push()
	require.NoError(t, said.err, said.log)
	assert.Contains(t, said.log, "nothing to apply")
}

// A job that is cancelled in the middle of an apply still says how far it came.
func TestCancelledApply(t *testing.T) {
	b := shop(t)
	b.open(1, nil)
	require.NoError(t, b.pullRequest("opened").err)
	b.merge()
	b.work.stopped, b.cancelled = 1, true
	said := b.push()
	require.ErrorIs(t, said.err, ci.ErrTold)
	assert.Contains(t, b.only(1, comment.KindApply).Body, "⏸️ Stopped")
	assert.Equal(t, []string{"in_progress", "failure"}, states(b.gh.Deployments()[0]))
	assert.Contains(t, said.summary, "⏸️ Stopped")
}

// What goes to another branch is planned, and not applied by a command either.
func TestAnotherBranch(t *testing.T) {
	b := planned(t)
	b.gh.SetPerson("ann", "write")
	b.gh.SetBranch("next", b.pull.BaseSHA)
	b.pull.BaseRef = "next"
	b.gh.SetPull(b.pull)
	require.NoError(t, b.says("ann", "/tapestry plan").err)
	before := b.read(outbox)
	said := b.says("ann", "/tapestry apply")
	require.ErrorIs(t, said.err, ci.ErrTold)
	assert.Contains(t, b.only(2, "answer").Body, "only what goes to main is applied")
	b.command = "decide"
	assert.Equal(t, "nothing", b.says("ann", "/tapestry apply").outputs["what"])
	assert.Equal(t, before, b.read(outbox))
}

// A plan that was kept but is no longer what is left helps nobody.
func TestInterruptedApplyThatMoved(t *testing.T) {
	b := shop(t)
	b.open(1, nil)
	require.NoError(t, b.pullRequest("opened").err)
	b.merge()
	b.work.stopped = 1
	require.Error(t, b.push().err)
	b.work.stopped = 0
	b.edit("tapestry.yaml", "tags: [newsletter]", "tags: [news]")
	said := b.push()
	require.ErrorIs(t, said.err, ci.ErrTold)
	assert.Contains(t, b.only(1, comment.KindApply).Body, "⛔ Not applied")
}

// An error of a system before anything was done leaves the reviewed plan alone.
func TestPlanFails(t *testing.T) {
	b := planned(t)
	reviewed := b.only(2, comment.KindPlan).Body
	b.merge()
	b.work.fails = errors.New("Snowflake does not answer\n::error::not a command")
	said := b.push()
	require.ErrorIs(t, said.err, ci.ErrTold)
	assert.Contains(t, b.only(2, comment.KindApply).Body, "Snowflake does not answer")
	assert.Equal(t, reviewed, b.only(2, comment.KindPlan).Body)
	obeyed := commands(said.log)
	require.Len(t, obeyed, 2, "a warning of the file, and why nothing was applied")
	assert.True(t, strings.HasPrefix(obeyed[0], "::warning file=tapestry.yaml,"), obeyed[0])
	assert.True(t, strings.HasPrefix(obeyed[1], "::error title="), obeyed[1])

	b.open(3, nil)
	said = b.pullRequest("opened")
	require.ErrorIs(t, said.err, ci.ErrTold)
	plan := b.only(3, comment.KindPlan)
	assert.Contains(t, plan.Body, "❌ No plan")
	m, _ := comment.Find(plan.Body)
	assert.Empty(t, m.Digest, "nobody can approve it")
	b.work.fails = nil
	require.NoError(t, b.pullRequest("synchronize").err)
	assert.Equal(t, plan.ID, b.only(3, comment.KindPlan).ID)
}

func TestForks(t *testing.T) {
	b := planned(t)
	made := len(b.gh.CheckRuns())
	b.open(3, func() { b.edit("tapestry.yaml", "tags: [newsletter]", "tags: [news]") })
	b.pull.HeadRepo, b.pull.Author = "mallory/data", "mallory"
	b.gh.SetPull(b.pull)
	b.token = b.gh.NewToken()
	said := b.pullRequest("opened")
	require.NoError(t, said.err, said.log)
	assert.Empty(t, b.gh.Comments(3))
	assert.Len(t, b.gh.CheckRuns(), made)
	assert.Contains(t, said.summary, "comes from a fork")
	assert.Contains(t, said.summary, "🧵 Plan")
	assert.NotContains(t, said.summary, "To apply")
	assert.FileExists(t, said.outputs["plan-file"])

	// There may be no preview; mistakes are found all the same.
	b.work.fails = errors.New("DuckDB cannot run it")
	said = b.pullRequest("synchronize")
	require.NoError(t, said.err, said.log)
	assert.Contains(t, said.log, "there is no preview without live state: DuckDB cannot run it")
	b.work.fails = nil
	b.open(3, func() { b.edit("tapestry.yaml", "model: people", "model: poeple") })
	b.pull.HeadRepo, b.pull.Author = "mallory/data", "mallory"
	said = b.pullRequest("synchronize")
	require.ErrorIs(t, said.err, ci.ErrTold)
	assert.Contains(t, said.log, "::error file=tapestry.yaml,line=66,")
	assert.Contains(t, said.summary, "❌ No plan, 1 mistake")
	b.token = ""
	require.ErrorIs(t, b.pullRequest("synchronize").err, ci.ErrTold)

	assert.Empty(t, b.gh.Comments(3))

}
