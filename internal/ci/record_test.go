package ci

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/github"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

func planOf(n int) *deploy.Plan {
	p := &deploy.Plan{Pipeline: "rain-shield", Environment: "production", Target: "aws", Artifacts: "sha256:aa", State: []deploy.StateDigest{{Provider: "snowflake", Digest: "sha256:bb"}},
		Notes: []string{"a note"}}
	for i := range n {
		p.Changes = append(p.Changes, deploy.Change{ID: fmt.Sprintf("snowflake:table:RAW_%d.T%d", i%7, i*7919), Provider: "snowflake", Kind: "table", Action: deploy.Create, Risk: deploy.Safe,
			Content: fmt.Sprintf("sha256:%064d", i*104729), Effect: &deploy.Effect{Created: i * 31}, Statement: strings.Repeat("create ", 50)})
	}
	return p
}

func TestRecord(t *testing.T) {
	p := planOf(3)
	body := "<!-- first line -->\ntext\n" + newRecord("base", p).encode()
	assert.Equal(t, body, "<!-- first line -->\ntext\n"+newRecord("base", p).encode(), "the same plan gives the same text")
	r := findRecord(body + "\n")
	assert.Equal(t, "base", r.Base)
	assert.Empty(t, r.differences(p))

	now := planOf(3)
	now.Notes, now.Tool, now.Commit = nil, "other", "other"
	now.Changes[1].Origins = []string{"tapestry.yaml:1"}
	assert.Empty(t, r.differences(now), "what is no part of a digest makes no difference")
	now.Changes[0].Effect = &deploy.Effect{Created: 4}
	now.Changes[1].Statement = "drop"
	now.Changes[2].ID = "snowflake:table:OTHER"
	now.Artifacts, now.State[0].Digest = "sha256:cc", "sha256:dd"
	assert.Equal(t, []string{"the pipeline file or what it is compiled to changed", "the live state of snowflake moved",
		"snowflake:table:RAW_0.T0: the plan has no effect, now it is 4 created", "snowflake:table:RAW_1.T7919: its content changed",
		"snowflake:table:RAW_2.T15838: no longer there (the plan has: create)", "snowflake:table:OTHER: new (create)"}, r.differences(now))
}

// However large a plan is, its record and its comment fit.
func TestRecordFits(t *testing.T) {
	for _, n := range []int{0, 1, 500, 4_000} {
		p := planOf(n)
		require.NoError(t, p.Seal())
		line := newRecord("base", p).encode()
		assert.LessOrEqual(t, len(line), recordMost, n)
		assert.NotContains(t, line, "\n")
		r := findRecord(line)
		assert.Empty(t, r.differences(p), n)
		assert.Equal(t, n == 4_000, r.Short)
		p.State[0].Digest = "sha256:dd"
		assert.Equal(t, []string{"the live state of snowflake moved"}, r.differences(p), n)
		body := bodyOf(finding{plan: p, checked: &Checked{}}, comment.Context{Project: "tapestry.yaml", Commit: strings.Repeat("a", 40)}, "base")
		assert.LessOrEqual(t, len(body.Text), comment.DefaultLimit)
		assert.Equal(t, r.Plan.Pipeline, findRecord(body.Text).Plan.Pipeline)
		assert.True(t, body.Marker.Own(body.Text))
	}
}

// A comment is text of others, too.
func FuzzFindRecord(f *testing.F) {
	f.Add(newRecord("base", planOf(2)).encode())
	f.Add(recordOpen + "H4sIAAAAAAAA" + recordClose)
	f.Add(recordOpen + recordClose)
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		r := findRecord(text)
		r.differences(planOf(1))
	})
}

func TestApprove(t *testing.T) {
	p, empty := planOf(2), planOf(0)
	require.NoError(t, p.Seal())
	require.NoError(t, empty.Seal())
	for name, c := range map[string]struct {
		digest string
		fresh  Fresh
		plan   *deploy.Plan
		why    string
	}{
		"as reviewed":              {p.Digest, Fresh{Plan: p}, p, ""},
		"reviewed as nothing":      {empty.Digest, Fresh{Plan: empty}, nil, ""},
		"done already":             {p.Digest, Fresh{Plan: empty}, nil, ""},
		"another":                  {"sha256:00", Fresh{Plan: p}, nil, "not what was reviewed"},
		"no digest":                {"", Fresh{Plan: p}, nil, "not what was reviewed"},
		"a run of another plan":    {"sha256:00", Fresh{Plan: p, Last: &deploy.Run{Plan: p.Digest}, Kept: p}, nil, "not what was reviewed"},
		"a kept plan of other":     {"sha256:00", Fresh{Plan: p, Last: &deploy.Run{Plan: "sha256:00"}, Kept: p}, nil, "not what was reviewed"},
		"a kept plan that is none": {"sha256:00", Fresh{Plan: p, Last: &deploy.Run{Plan: "sha256:00"}, Kept: &deploy.Plan{Digest: "sha256:00"}}, nil, "was changed after it was made"},
	} {
		ok, err := approve(c.digest, c.fresh, newRecord("", p), false)
		assert.Equal(t, c.plan, ok.Plan, name)
		if c.why == "" {
			require.NoError(t, err, name)
		} else {
			require.ErrorContains(t, err, c.why, name)
		}
	}
}

// Destructive changes are allowed by the action's input, which the refusal names.
func TestRefusalNamesTheInput(t *testing.T) {
	p := planOf(1)
	p.Changes[0].Risk = deploy.Destructive
	why := refusedBy(&deploy.Refused{Why: "this plan can lose data", Next: "--allow x"}, p)
	assert.Contains(t, why.Next, "as allow")
	assert.Contains(t, why.Next, p.Changes[0].ID)
	held := refusedBy(&deploy.Held{}, nil)
	assert.Contains(t, held.Why, "nothing was applied: ")
}

func TestRepositoryPath(t *testing.T) {
	for _, c := range []struct{ root, dir, name, want string }{
		{"/r", "/r", "tapestry.yaml", "tapestry.yaml"},
		{"/r", "/r/data", "./tapestry.yaml", "data/tapestry.yaml"},
		{"/r", "/r/data", "../other/tapestry.yaml", "other/tapestry.yaml"},
		{"/r", "/elsewhere", "a/tapestry.yaml", "a/tapestry.yaml"},
	} {
		r := &run{Options: Options{Dir: c.dir}, root: c.root}
		assert.Equal(t, c.want, r.repositoryPath(c.name))
	}
}

func TestMeant(t *testing.T) {
	p := project{path: "pipelines/a/tapestry.yaml", env: "production"}
	for arguments, want := range map[string]bool{"": true, "a": true, "pipelines/a": true, "pipelines/a/tapestry.yaml": true, "a production": true,
		"a staging": false, "b": false, "pipelines": false} {
		assert.Equal(t, want, meant(p, strings.Fields(arguments)), arguments)
	}
}

func TestContextOfAPullRequest(t *testing.T) {
	r := &run{Options: Options{Lookup: func(string) (string, bool) { return "", false }}, event: github.Event{Kind: github.KindPullRequest, Default: "main", BaseRef: "release"}}
	c := r.context(github.Decision{What: github.Plan, PR: 7}, project{path: "tapestry.yaml"})
	assert.Empty(t, c.Branch, "a merge into another branch applies nothing")
	assert.Empty(t, c.Command, "and neither does a command")
	r.event.BaseRef = "main"
	c = r.context(github.Decision{What: github.Plan, PR: 7}, project{path: "tapestry.yaml"})
	assert.Equal(t, "main", c.Branch)
	assert.Equal(t, applyCommand, c.Command)
}
