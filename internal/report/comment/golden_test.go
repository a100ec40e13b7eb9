package comment_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

var update = flag.Bool("update", false, "write the golden files anew")

// bodies are one body for each event, by the name of its golden file.
func bodies(t testing.TB) map[string]comment.Body {
	t.Helper()
	c, o := where(), comment.Options{}
	first := firstDeployment(t)
	return map[string]comment.Body{
		"first-deployment":   comment.Plan(first, c, o),
		"small-change":       comment.Plan(smallChange(t), c, o),
		"destructive-change": comment.Plan(destructiveChange(t), c, o),
		"lossy-change":       comment.Plan(lossy(t), c, o),
		"500-changes":        comment.Plan(many(t, 500, ""), c, o),
		"2-megabytes":        comment.Plan(many(t, 1000, strings.Repeat("\n  -- a comment of the statement", 160)), c, o),
		"nothing":            comment.Plan(sealed(t, deploy.Plan{}), c, o),
		"nothing-but-kept":   comment.Plan(sealed(t, deploy.Plan{Changes: []deploy.Change{change(deploy.Keep, "snowflake", "schema", "RAW_OLD", "it holds data")}}), c, o),
		"refused-stale": comment.Refused(comment.Refusal{Pipeline: "rain-shield", Reason: stale(t), Reviewed: smallChange(t).Digest, Fresh: first.Digest,
			NewPlan: "https://github.com/rain-shield/data/pull/7#issuecomment-99"}, c, o),
		"failed-apply": comment.Result(failed(first), first, c, o),
		"applied":      comment.Result(done(first), first, c, o),
		"stopped":      comment.Result(&deploy.Result{Run: "0007-c2", Plan: first.Digest, Status: "stopped", Left: ids(first)}, first, c, o),
		"invalid":      comment.Invalid(mistakes(), func(string) []byte { return []byte(brokenFile) }, c, o),
		"no-plan":      comment.Failed(assert.AnError, c, o),
		"drift":        comment.Drift(smallChange(t), c, o),
		"no-drift":     comment.Drift(sealed(t, deploy.Plan{}), c, o),
	}
}

func stale(t testing.TB) deploy.Refused {
	t.Helper()
	_, err := deploy.Reapprove(smallChange(t), firstDeployment(t), nil)
	var refused *deploy.Refused
	require.ErrorAs(t, err, &refused)
	return *refused
}

func ids(p *deploy.Plan) []string {
	var out []string
	for _, c := range p.Changes {
		out = append(out, c.ID)
	}
	return out
}

func done(p *deploy.Plan) *deploy.Result {
	return &deploy.Result{Run: "0007-c2", Plan: p.Digest, Status: "done", Done: ids(p)}
}

// failed stops at the tenth change; the last two need it.
func failed(p *deploy.Plan) *deploy.Result {
	all, n := ids(p), len(p.Changes)
	p.Changes[n-2].DependsOn = []string{all[9]}
	p.Changes[n-1].DependsOn = []string{all[n-2]}
	return &deploy.Result{Run: "0007-c2", Plan: p.Digest, Status: "failed", Done: all[:9],
		Failed: []deploy.Fault{{Change: all[9], Error: "ResourceLimitExceeded: the account may have 5 addresses, and has 5\nAsk AWS for more, or release one: https://console.aws.amazon.com/ec2/home#Addresses:"}}, Left: all[10:]}
}

const brokenFile = `version: 1
name: rain-shield
sources:
  zoom:
    config: {client_secret: hunter2}
destinations:
  mailchip:
    syncs: {}
`

func mistakes() diag.List {
	span := func(line, col, end int) source.Span {
		return source.Span{File: "tapestry.yaml", Start: source.Pos{Line: line, Col: col}, End: source.Pos{Line: line, Col: end}}
	}
	return diag.List{
		{Code: "TAP201", Span: span(7, 3, 11), Message: `connector "mailchip" is not known`, Suggest: "mailchimp", Detail: "Known ones are listed by tapestry-ci catalog."},
		{Code: "TAP310", Span: span(5, 29, 36), Message: "a secret is typed into the file", Detail: "Write ${secret.ZOOM_CLIENT_SECRET} and store the value.",
			Hidden: []source.Span{span(5, 29, 36)}},
		{Severity: diag.Warning, Code: "TAP402", Span: span(4, 3, 7), Message: "the source has no schedule", Related: []diag.Note{{Span: span(3, 1, 8), Message: "sources begin here"}}},
	}
}

func TestGolden(t *testing.T) {
	for name, b := range bodies(t) {
		path := filepath.Join("testdata", name+".md")
		if *update {
			require.NoError(t, os.MkdirAll("testdata", 0o755))
			require.NoError(t, os.WriteFile(path, []byte(b.Text), 0o644))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, string(want), b.Text, name)
	}
}
