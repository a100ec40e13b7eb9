package github_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/github"
)

// The commits of the event files.
const (
	head  = "ec26c3e57ca3a959ca5aad62de7213c562f8c821"
	base  = "f95f852bd8fca8fcc58a9a2d6c842781e32a215e"
	merge = "5c2a1f0e7b0d4c3f8f2f6a9d1e4b7c8a9d0e1f2a"
)

// event reads an event file as a job of GitHub would be given it.
func event(t *testing.T, name, file string) github.Event {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "events", file+".json"))
	require.NoError(t, err)
	ref := "refs/heads/main"
	if name == "pull_request" {
		ref = "refs/pull/7/merge"
	}
	if file == "dispatch_apply_branch" {
		ref = "refs/heads/feature"
	}
	e, err := github.ReadEvent(environment(map[string]string{
		"GITHUB_EVENT_NAME": name, "GITHUB_REPOSITORY": "rain-shield/data", "GITHUB_SHA": merge, "GITHUB_REF": ref, "GITHUB_ACTOR": "whoever",
		"GITHUB_RUN_ID": "42", "GITHUB_RUN_ATTEMPT": "2", "GITHUB_SERVER_URL": "https://github.example"}), content)
	require.NoError(t, err)
	return e
}

func environment(pairs map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := pairs[name]; return v, ok }
}

func TestReadEvent(t *testing.T) {
	e := event(t, "pull_request", "pull_request_fork")
	assert.Equal(t, github.Event{Kind: github.KindPullRequest, Name: "pull_request", Action: "opened", Repository: "rain-shield/data", Default: "main",
		Actor: "mallory", Commit: merge, Ref: "refs/pull/7/merge", RunID: "42", RunURL: "https://github.example/rain-shield/data/actions/runs/42", Key: "42-2",
		Number: 7, Head: head, BaseRef: "main", Fork: true, Untrusted: true}, e)

	e = event(t, "issue_comment", "comment_apply_project")
	assert.Equal(t, "apply", e.Command)
	assert.Equal(t, []string{"rain-shield", "production"}, e.Arguments)
	assert.Equal(t, "jona", e.Actor)

	e = event(t, "merge_group", "merge_group")
	assert.Equal(t, "main", e.BaseRef)
}

func TestReadEventOutsideOfActions(t *testing.T) {
	_, err := github.ReadEvent(environment(nil), nil)
	require.ErrorContains(t, err, "job of GitHub Actions")
	_, err = github.ReadEvent(environment(map[string]string{"GITHUB_EVENT_NAME": "push"}), []byte("{"))
	require.ErrorContains(t, err, "GITHUB_EVENT_PATH")
}

// Decisions by event. Commits are those of the event files.
func TestDecide(t *testing.T) {
	plan := github.Decision{What: github.Plan, Live: true, Comment: true, PR: 7, Commit: merge, Head: head}
	stranger := github.Decision{What: github.Plan, Commit: merge, Head: head, PR: 7}
	for _, c := range []struct {
		name, file string
		want       github.Decision
		reason     string
	}{
		{"pull_request", "pull_request_opened", plan, ""},
		{"pull_request", "pull_request_synchronize", plan, ""},
		{"pull_request", "pull_request_draft", plan, ""},
		{"pull_request", "pull_request_edited_base", plan, ""},
		{"pull_request", "pull_request_edited_title", github.Decision{What: github.Nothing}, "edited"},
		{"pull_request", "pull_request_labeled", github.Decision{What: github.Nothing}, "labeled"},
		{"pull_request", "pull_request_closed", github.Decision{What: github.Nothing}, "closed"},
		{"pull_request", "pull_request_fork", stranger, "from a fork"},
		{"pull_request", "pull_request_fork_gone", stranger, "from a fork"},
		{"pull_request", "pull_request_dependabot", stranger, "dependabot[bot]"},
		{"push", "push_main", github.Decision{What: github.Apply, Live: true, Comment: true, Commit: merge, Ask: true}, ""},
		{"push", "push_branch", github.Decision{What: github.Nothing}, "refs/heads/feature"},
		{"push", "push_tag", github.Decision{What: github.Nothing}, "refs/tags/main"},
		{"push", "push_deleted", github.Decision{What: github.Nothing}, "deleted"},
		{"merge_group", "merge_group", github.Decision{What: github.Plan, Live: true, Commit: merge}, ""},
		{"merge_group", "merge_group_destroyed", github.Decision{What: github.Nothing}, "destroyed"},
		{"workflow_dispatch", "dispatch", github.Decision{What: github.Plan, Live: true, Commit: merge}, ""},
		{"workflow_dispatch", "dispatch_drift", github.Decision{What: github.Drift, Live: true, Commit: merge}, ""},
		{"workflow_dispatch", "dispatch_apply", github.Decision{What: github.Apply, Live: true, Commit: merge, Approved: "sha256:aa"}, ""},
		{"workflow_dispatch", "dispatch_apply_branch", github.Decision{What: github.Nothing, Refused: true, Commit: merge}, "only main is applied"},
		{"workflow_dispatch", "dispatch_apply_no_digest", github.Decision{What: github.Nothing, Refused: true, Commit: merge}, "needs the digest"},
		{"workflow_dispatch", "dispatch_unknown", github.Decision{What: github.Nothing, Refused: true, Commit: merge}, `"destroy"`},
		{"schedule", "schedule", github.Decision{What: github.Drift, Live: true, Commit: merge}, ""},
		{"issue_comment", "comment_plan", github.Decision{What: github.Plan, Live: true, Comment: true, PR: 7, Ask: true}, ""},
		{"issue_comment", "comment_apply", github.Decision{What: github.Apply, Live: true, Comment: true, PR: 7, Ask: true}, ""},
		{"issue_comment", "comment_apply_project", github.Decision{What: github.Apply, Live: true, Comment: true, PR: 7, Ask: true}, ""},
		{"issue_comment", "comment_second_line", github.Decision{What: github.Nothing}, "no command"},
		{"issue_comment", "comment_quoted", github.Decision{What: github.Nothing}, "no command"},
		{"issue_comment", "comment_indented", github.Decision{What: github.Nothing}, "no command"},
		{"issue_comment", "comment_hostile", github.Decision{What: github.Nothing}, "no command"},
		{"issue_comment", "comment_glued", github.Decision{What: github.Nothing}, "no command"},
		{"issue_comment", "comment_unknown", github.Decision{What: github.Nothing}, `"destroy"`},
		{"issue_comment", "comment_edited", github.Decision{What: github.Nothing}, "edited"},
		{"issue_comment", "comment_issue", github.Decision{What: github.Nothing}, "no command"},
		{"issue_comment", "comment_bot", github.Decision{What: github.Nothing}, "no command"},
		{"pull_request_target", "pull_request_opened", github.Decision{What: github.Nothing, Refused: true}, "use pull_request"},
		{"release", "push_main", github.Decision{What: github.Nothing, Refused: true}, "release"},
	} {
		t.Run(c.file, func(t *testing.T) {
			got := github.Decide(event(t, c.name, c.file), github.Inputs{})
			assert.Contains(t, got.Reason, c.reason)
			assert.Equal(t, c.reason == "", got.Reason == "")
			got.Reason = ""
			assert.Equal(t, c.want, got)
		})
	}
}

// The input of the action asks for less than the event would give, never more.
func TestDecideWithACommand(t *testing.T) {
	for _, c := range []struct {
		name, file, command string
		want                github.Decision
		reason              string
	}{
		{"pull_request", "pull_request_opened", "plan", github.Decision{What: github.Plan, Live: true, Comment: true, PR: 7, Commit: merge, Head: head}, ""},
		{"pull_request", "pull_request_opened", "validate", github.Decision{What: github.Validate, PR: 7, Commit: merge, Head: head}, ""},
		{"pull_request", "pull_request_opened", "apply", github.Decision{What: github.Nothing, Refused: true, Comment: true, PR: 7, Commit: merge, Head: head}, "never applied"},
		{"pull_request", "pull_request_fork", "apply", github.Decision{What: github.Nothing, Refused: true, PR: 7, Commit: merge, Head: head}, "never applied"},
		{"pull_request", "pull_request_fork", "drift", github.Decision{What: github.Nothing, Refused: true, PR: 7, Commit: merge, Head: head}, "live state"},
		{"pull_request", "pull_request_closed", "apply", github.Decision{What: github.Nothing}, "closed"},
		{"push", "push_main", "plan", github.Decision{What: github.Plan, Live: true, Commit: merge}, ""},
		{"push", "push_branch", "apply", github.Decision{What: github.Nothing}, "only a push to main"},
		{"push", "push_main", "apply", github.Decision{What: github.Apply, Live: true, Comment: true, Commit: merge, Ask: true}, ""},
		{"schedule", "schedule", "apply", github.Decision{What: github.Nothing, Refused: true, Commit: merge}, "never applied"},
		{"schedule", "schedule", "nonsense", github.Decision{What: github.Nothing, Refused: true, Commit: merge}, "nonsense"},
		{"merge_group", "merge_group", "apply", github.Decision{What: github.Nothing, Refused: true, Commit: merge}, "never applied"},
		{"issue_comment", "comment_apply", "plan", github.Decision{What: github.Nothing, Refused: true, Comment: true, PR: 7}, "no more than plan"},
		{"issue_comment", "comment_apply", "nonsense", github.Decision{What: github.Nothing, Refused: true, Comment: true, PR: 7}, "nonsense"},
		{"issue_comment", "comment_plan", "apply", github.Decision{What: github.Plan, Live: true, Comment: true, PR: 7, Ask: true}, ""},
	} {
		t.Run(c.file+" "+c.command, func(t *testing.T) {
			got := github.Decide(event(t, c.name, c.file), github.Inputs{Command: c.command})
			assert.Contains(t, got.Reason, c.reason)
			got.Reason = ""
			assert.Equal(t, c.want, got)
		})
	}
	assert.False(t, github.Decide(event(t, "pull_request", "pull_request_opened"), github.Inputs{NoComment: true}).Comment)
}

// Whatever the event and the inputs: no apply without someone to ask or a digest
// that a person gave, and no right and no comment for strangers.
func TestNoDecisionGivesTooMuch(t *testing.T) {
	files, err := filepath.Glob("testdata/events/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		file = filepath.Base(file[:len(file)-len(".json")])
		for _, name := range []string{"pull_request", "pull_request_target", "push", "merge_group", "workflow_dispatch", "schedule", "issue_comment", "workflow_run"} {
			for _, command := range []string{"", "auto", "plan", "apply", "drift", "validate", "destroy"} {
				e := event(t, name, file)
				d := github.Decide(e, github.Inputs{Command: command})
				if d.What == github.Apply {
					assert.True(t, d.Ask || name == "workflow_dispatch" && d.Approved != "", "%s %s %s", name, file, command)
				}
				if e.Untrusted {
					assert.False(t, d.Live || d.Comment || d.What == github.Apply, "%s %s %s", name, file, command)
				}
			}
		}
	}
}

func TestAuthorize(t *testing.T) {
	open := github.Pull{Number: 7, Open: true, Head: head, BaseRef: "main", BaseTip: base, Merge: merge, Parents: []string{base, head}}
	merged := github.Pull{Number: 7, Merged: true, Head: head, BaseRef: "main", Merge: merge}
	planned := github.Planned{Commit: head, Digest: "sha256:aa"}
	with := func(p github.Pull, change func(*github.Pull)) github.Pull { change(&p); return p }
	asked := time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC) // as the event file has it
	const other = "1111111111111111111111111111111111111111"
	for _, c := range []struct {
		name, file string
		permission string
		pull       *github.Pull
		planned    github.Planned
		refused    string // empty: let be
	}{
		{"may apply", "comment_apply", "write", &open, planned, ""},
		{"an administrator may", "comment_apply", "admin", &open, planned, ""},
		{"base as planned", "comment_apply", "write", &open, github.Planned{Commit: head, Base: base, Digest: "sha256:aa"}, ""},
		{"reads only", "comment_apply", "read", &open, planned, "jona may not write"},
		{"no one", "comment_apply", "none", &open, planned, "jona may not write"},
		{"nobody asked", "comment_apply", "", &open, planned, "jona may not write"},
		{"no plan", "comment_apply", "write", &open, github.Planned{}, "nothing was planned"},
		{"a commit after the plan", "comment_apply", "write", &open, github.Planned{Commit: other, Digest: "sha256:aa"}, "for commit 11111111"},
		{"the base moved", "comment_apply", "write", &open, github.Planned{Commit: head, Base: other, Digest: "sha256:aa"}, "on top of 11111111 of main"},
		{"the trial merge is of an older base", "comment_apply", "write", p(with(open, func(p *github.Pull) { p.BaseTip = other })), planned, "has moved"},
		{"the trial merge is of an older head", "comment_apply", "write", p(with(open, func(p *github.Pull) { p.Parents = []string{base, other} })), planned, "has moved"},
		{"conflict", "comment_apply", "write", p(with(open, func(p *github.Pull) { p.Conflict = true })), planned, "cannot be merged"},
		{"no trial merge", "comment_apply", "write", p(with(open, func(p *github.Pull) { p.Merge, p.Parents = "", nil })), planned, "cannot be merged"},
		{"draft", "comment_apply", "write", p(with(open, func(p *github.Pull) { p.Draft = true })), planned, "draft"},
		{"fork", "comment_apply", "admin", p(with(open, func(p *github.Pull) { p.Fork = true })), planned, "fork"},
		{"closed", "comment_apply", "write", p(with(open, func(p *github.Pull) { p.Open = false })), planned, "not open"},
		{"gone", "comment_apply", "write", nil, planned, "not found"},
		{"plan of a draft", "comment_plan", "write", p(with(open, func(p *github.Pull) { p.Draft = true })), github.Planned{}, ""},
		{"plan of a fork", "comment_plan", "write", p(with(open, func(p *github.Pull) { p.Fork = true })), github.Planned{}, "fork"},
		{"plan by a reader", "comment_plan", "read", &open, github.Planned{}, "jona may not write"},
		{"merged as planned", "push_main", "", &merged, planned, ""},
		{"merged without a plan", "push_main", "", &merged, github.Planned{}, "without a plan"},
		{"merged after another commit", "push_main", "", &merged, github.Planned{Commit: other, Digest: "sha256:aa"}, "planned at commit 11111111 and merged at ec26c3e5"},
		{"a plan after the command", "comment_apply", "write", &open, github.Planned{Commit: head, Digest: "sha256:aa", At: asked.Add(time.Second)}, "written after the command"},
		{"a plan before the command", "comment_apply", "write", &open, github.Planned{Commit: head, Digest: "sha256:aa", At: asked}, ""},
		{"a review is missing", "comment_apply", "write", p(with(open, func(p *github.Pull) { p.State = "blocked" })), planned, "a review or a check"},
		{"plan where a review is missing", "comment_plan", "write", p(with(open, func(p *github.Pull) { p.State = "blocked" })), planned, ""},
		{"planned after the merge", "push_main", "", p(with(merged, func(p *github.Pull) { p.MergedAt = asked })), github.Planned{Commit: head, Digest: "sha256:aa", At: asked.Add(time.Second)}, "only after it was merged"},
		{"planned before the merge", "push_main", "", p(with(merged, func(p *github.Pull) { p.MergedAt = asked })), github.Planned{Commit: head, Digest: "sha256:aa", At: asked}, ""},
		{"pushed without a pull request", "push_main", "", nil, planned, "without a pull request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			kind := "issue_comment"
			if c.file == "push_main" {
				kind = "push"
			}
			e := event(t, kind, c.file)
			before := github.Decide(e, github.Inputs{})
			got := github.Authorize(e, before, github.Asked{Permission: c.permission, Pull: c.pull}, c.planned)
			assert.False(t, got.Ask)
			if c.refused != "" {
				assert.Equal(t, github.Nothing, got.What)
				assert.True(t, got.Refused)
				assert.False(t, got.Live)
				assert.Empty(t, got.Approved)
				assert.Contains(t, got.Reason, c.refused)
				return
			}
			assert.Equal(t, before.What, got.What)
			assert.Empty(t, got.Reason)
			assert.Equal(t, merge, got.Commit)
			assert.Equal(t, head, got.Head)
			assert.Equal(t, 7, got.PR)
			assert.Equal(t, got.What == github.Apply, got.Approved == "sha256:aa")
		})
	}
}

func p(pull github.Pull) *github.Pull { return &pull }

func TestAuthorizeLeavesOthersAlone(t *testing.T) {
	e := event(t, "pull_request", "pull_request_opened")
	d := github.Decide(e, github.Inputs{})
	assert.Equal(t, d, github.Authorize(e, d, github.Asked{}, github.Planned{}))
}
