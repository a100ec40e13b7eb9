package github_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	fakegithub "github.com/tapestry-ci/tapestry-ci/internal/fake/github"
	"github.com/tapestry-ci/tapestry-ci/internal/github"
)

// mistakes are n errors and m warnings, each on its line.
func mistakes(errors, warnings int) diag.List {
	var list diag.List
	for i := range errors + warnings {
		d := diag.Diagnostic{Severity: diag.Error, Code: "TAP001", Message: fmt.Sprintf("mistake %d", i), Detail: "why\nwhat to do",
			Span: source.Span{File: "data/tapestry.yaml", Start: source.Pos{Line: i + 1, Col: 3}, End: source.Pos{Line: i + 1, Col: 9}}}
		if i >= errors {
			d.Severity = diag.Warning
		}
		list = append(list, d)
	}
	return list
}

func TestCheckRun(t *testing.T) {
	for _, lost := range []string{"", "before", "after", "drop"} {
		t.Run("lost "+lost, func(t *testing.T) {
			s, client, _ := start(t)
			switch lost {
			case "before", "after":
				s.Refuse(fakegithub.Refusal{Method: "POST", Status: 502, After: lost == "after"})
			case "drop":
				s.Fault.Add(fault.Rule{Operation: "POST /repos/acme/pipeline/check-runs", Do: fault.Drop})
			}
			k := github.Check{Name: "tapestry / plan", SHA: head, Key: "42-1/data", URL: "https://github.example/run"}
			id, err := client.StartCheck(t.Context(), k)
			require.NoError(t, err)
			require.NoError(t, client.CompleteCheck(t.Context(), k, id, github.CheckResult{
				Conclusion: github.Failure, Title: "1 mistake", Summary: strings.Repeat("line ä\n", 20000), Diagnostics: append(mistakes(101, 20), diag.Diagnostic{Message: "no place"})}))
			runs := s.CheckRuns()
			require.Len(t, runs, 1)
			assert.Equal(t, "failure", runs[0].Conclusion)
			assert.Len(t, runs[0].Annotations, 121)
			assert.Equal(t, fakegithub.Annotation{Path: "data/tapestry.yaml", StartLine: 1, Level: "failure", Message: "mistake 0\nwhy\nwhat to do"}, runs[0].Annotations[0])
			assert.Equal(t, "warning", runs[0].Annotations[120].Level)
			assert.LessOrEqual(t, len(runs[0].Summary), 65535)
			assert.Contains(t, runs[0].Summary, "The rest does not fit here")
		})
	}
}

func TestCheckRunWithoutAnnotations(t *testing.T) {
	s, client, _ := start(t)
	k := github.Check{Name: "tapestry", SHA: head, Key: "1"}
	id, err := client.StartCheck(t.Context(), k)
	require.NoError(t, err)
	require.NoError(t, client.CompleteCheck(t.Context(), k, id, github.CheckResult{Conclusion: github.Success}))
	assert.Equal(t, "completed", s.CheckRuns()[0].Status)
	another, err := client.StartCheck(t.Context(), github.Check{Name: "tapestry", SHA: head, Key: "2"})
	require.NoError(t, err)
	assert.NotEqual(t, id, another, "another run has its own")
}

func TestDeployment(t *testing.T) {
	for _, lost := range []string{"", "/deployments", "/statuses"} {
		t.Run("lost "+lost, func(t *testing.T) {
			s, client, _ := start(t)
			if lost != "" {
				s.Refuse(fakegithub.Refusal{Method: "POST", Suffix: lost, Status: 500, After: true})
			}
			id, err := client.StartDeployment(t.Context(), github.Deployment{SHA: merge, Environment: "data/production", Key: "42-1/data", Description: strings.Repeat("ä", 200)}, "https://github.example/run")
			require.NoError(t, err)
			require.NoError(t, client.SetDeployment(t.Context(), id, github.Failed, "step 4 of 9 failed", ""))
			list := s.Deployments()
			require.Len(t, list, 1)
			assert.Equal(t, "data/production", list[0].Environment)
			assert.Equal(t, map[string]any{"key": "42-1/data"}, list[0].Payload)
			var states []string
			for _, one := range list[0].Statuses {
				states = append(states, one.State)
			}
			assert.Equal(t, []string{"in_progress", "failure"}, states)
		})
	}
}

// Two runs may deploy one commit: each has its own deployment, even when the
// first try of the second is lost.
func TestDeploymentOfAnotherRun(t *testing.T) {
	s, client, _ := start(t)
	first, err := client.StartDeployment(t.Context(), github.Deployment{SHA: merge, Environment: "production", Key: "42-1"}, "")
	require.NoError(t, err)
	s.Refuse(fakegithub.Refusal{Method: "POST", Suffix: "/deployments", Status: 500})
	second, err := client.StartDeployment(t.Context(), github.Deployment{SHA: merge, Environment: "production", Key: "43-1"}, "")
	require.NoError(t, err)
	assert.NotEqual(t, first, second)
	assert.Len(t, s.Deployments(), 2)
}

func drift(body string) github.Issue {
	return github.Issue{Title: "Drift", Body: mark + body, Label: "tapestry-drift", Own: own}
}

func TestDriftIssue(t *testing.T) {
	s, client, _ := start(t)
	s.AddIssue("mallory", "Drift", mark+"forged", "tapestry-drift")
	s.AddIssue(fakegithub.Bot, "Drift of another project", "<!-- other -->", "tapestry-drift")

	outcome, err := client.CloseIssue(t.Context(), drift("gone"))
	require.NoError(t, err)
	assert.Equal(t, github.Unchanged, outcome, "there is none to close")

	number, outcome, err := client.UpsertIssue(t.Context(), drift("one"))
	require.NoError(t, err)
	assert.Equal(t, github.Created, outcome)
	for _, want := range []github.Outcome{github.Updated, github.Unchanged} {
		again, outcome, err := client.UpsertIssue(t.Context(), drift("two"))
		require.NoError(t, err)
		assert.Equal(t, number, again)
		assert.Equal(t, want, outcome)
	}
	outcome, err = client.CloseIssue(t.Context(), drift("gone"))
	require.NoError(t, err)
	assert.Equal(t, github.Updated, outcome)
	again, outcome, err := client.UpsertIssue(t.Context(), drift("again"))
	require.NoError(t, err)
	assert.Equal(t, number, again, "the closed one is opened again")
	assert.Equal(t, github.Updated, outcome)

	issues := s.Issues()
	require.Len(t, issues, 3)
	assert.Equal(t, mark+"forged", issues[0].Body)
	assert.Equal(t, "open", issues[2].State)
	assert.Equal(t, mark+"again", issues[2].Body)
	assert.Equal(t, 3, issues[2].Edits)
}

func TestDriftIssueIsNeverMadeTwice(t *testing.T) {
	s, client, _ := start(t)
	s.Refuse(fakegithub.Refusal{Method: "POST", Status: 500, After: true})
	_, _, err := client.UpsertIssue(t.Context(), drift("one"))
	require.NoError(t, err)
	assert.Len(t, s.Issues(), 1)
}

func TestAsk(t *testing.T) {
	s, client, clock := start(t)
	const head, base, merge = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "cccccccccccccccccccccccccccccccccccccccc"
	s.SetBranch("main", base)
	s.SetPerson("jona", "write")
	pull := fakegithub.Pull{Number: 7, HeadRef: "mapping", HeadSHA: head, BaseRef: "main", BaseSHA: base, MergeSHA: merge}
	s.SetPull(pull)
	command := github.Event{Kind: github.KindComment, Number: 7, Actor: "jona"}
	asked, err := client.Ask(t.Context(), command, github.Decision{Ask: true})
	require.NoError(t, err)
	want := github.Pull{Number: 7, Open: true, Head: head, HeadRef: "mapping", BaseRef: "main", BaseTip: base, Merge: merge, Parents: []string{base, head}, State: "clean"}
	assert.Equal(t, github.Asked{Permission: "write", Pull: &want}, asked)

	command.Actor = "mallory"
	pull.HeadRepo, pull.Conflict = "mallory/pipeline", true
	s.SetPull(pull)
	asked, err = client.Ask(t.Context(), command, github.Decision{Ask: true})
	require.NoError(t, err)
	want.Fork, want.Conflict, want.State = true, true, "dirty"
	assert.Equal(t, github.Asked{Permission: "none", Pull: &want}, asked)

	push := github.Event{Kind: github.KindPush, Default: "main"}
	asked, err = client.Ask(t.Context(), push, github.Decision{Ask: true, Commit: merge})
	require.NoError(t, err)
	assert.Nil(t, asked.Pull, "no merged pull request brought it")
	assert.Len(t, clock.slept, 3)
	s.SetPull(fakegithub.Pull{Number: 9, HeadRef: "mapping", HeadSHA: head, BaseRef: "next", BaseSHA: base, MergeSHA: merge, Merged: true}) // into another branch
	when := time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)
	s.Fault.Add(fault.Rule{Operation: "GET /repos/acme/pipeline/commits/" + merge + "/pulls", After: func(fault.Call) { // GitHub is late
		s.SetPull(fakegithub.Pull{Number: 8, HeadRef: "mapping", HeadSHA: head, BaseRef: "main", BaseSHA: base, MergeSHA: merge, Merged: true, MergedAt: when})
	}})
	asked, err = client.Ask(t.Context(), push, github.Decision{Ask: true, Commit: merge})
	require.NoError(t, err)
	assert.Equal(t, &github.Pull{Number: 8, Merged: true, MergedAt: when, Head: head, HeadRef: "mapping", BaseRef: "main", Merge: merge}, asked.Pull)
	assert.Len(t, clock.slept, 4)

	before := len(s.Fault.Calls())
	_, err = client.Ask(t.Context(), push, github.Decision{})
	require.NoError(t, err)
	assert.Len(t, s.Fault.Calls(), before, "nothing is asked where nothing has to be")
}

// The jobs of the scaffold may do no more than they have to; each of these calls
// is refused without its own permission.
func TestPermissions(t *testing.T) {
	s := fakegithub.Start(t)
	client, _ := clientOf(t, s, s.NewToken("pull-requests"))
	_, _, err := client.Upsert(t.Context(), 7, own, mark)
	require.NoError(t, err)
	_, err = client.StartCheck(t.Context(), github.Check{Name: "x", SHA: head, Key: "1"})
	require.ErrorContains(t, err, "permissions")
	_, err = client.StartDeployment(t.Context(), github.Deployment{SHA: head, Environment: "x", Key: "1"}, "")
	require.ErrorContains(t, err, "permissions")
	_, _, err = client.UpsertIssue(t.Context(), drift("x"))
	require.ErrorContains(t, err, "permissions")
	for _, call := range s.Fault.Calls() {
		assert.NotEqual(t, http.StatusInternalServerError, call.Status)
	}
}
