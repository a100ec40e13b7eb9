package comment_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

func TestMarker(t *testing.T) {
	for _, s := range append(slices.Clone(hostile), "pipelines/a-b/tapestry.yaml", "👩‍💻", "ж") {
		m := comment.Marker{Kind: comment.KindPlan, Project: "p" + s, Environment: s, Commit: s, Digest: s}
		line := m.Encode()
		assert.NotContains(t, line, "\n")
		assert.Equal(t, 1, strings.Count(line, "-->"), "%q", s)
		assert.Equal(t, 2, strings.Count(line, "--"), "%q", s)
		for _, r := range line {
			assert.True(t, r >= 0x20 && r < 0x7f, "%q", s)
		}
		found, ok := comment.Find(line + "\n### text")
		assert.True(t, ok)
		assert.Equal(t, strings.ToValidUTF8(s, "\ufffd"), strings.ReplaceAll(found.Digest, "\ufffd\ufffd", "\ufffd"))
	}
}

func TestFind(t *testing.T) {
	m := comment.Marker{Kind: comment.KindPlan, Project: "tapestry.yaml", Environment: "staging"}
	line := m.Encode()
	for body, want := range map[string]bool{
		line:                              true,
		line + "\r\n### text\r\n":         true, // as GitHub gives what was edited by hand
		"\n" + line + "\n":                true,
		"\ufeff" + line:                   true,
		"### text\n" + line:               false, // what a user wrote can be anywhere but in the first line
		"> " + line:                       false,
		"```\n" + line + "\n```":          false,
		line + " and more":                false,
		"<!-- tapestry-ci: {} -->":        false,
		"<!-- tapestry-ci: {\"kind\" -->": false,
		"<!-- other: {} -->":              false,
		"":                                false,
	} {
		_, ok := comment.Find(body)
		assert.Equal(t, want, ok, "%q", body)
		assert.Equal(t, want, m.Own(body), "%q", body)
	}
	other := m
	other.Commit, other.Digest = "another", "another"
	assert.True(t, other.Own(line), "a later commit of the same place")
	for _, other := range []comment.Marker{{Kind: comment.KindApply, Project: "tapestry.yaml", Environment: "staging"},
		{Kind: comment.KindPlan, Project: "b/tapestry.yaml", Environment: "staging"}, {Kind: comment.KindPlan, Project: "tapestry.yaml", Environment: "production"}} {
		assert.False(t, other.Own(line))
	}
}

// Plans, applies and drift of one project do not overwrite each other.
func TestKinds(t *testing.T) {
	all := bodies(t)
	for name, want := range map[string]comment.Kind{"small-change": "plan", "nothing": "plan", "invalid": "plan", "no-plan": "plan",
		"failed-apply": "apply", "applied": "apply", "refused-stale": "apply", "drift": "drift", "no-drift": "drift"} {
		m, ok := comment.Find(all[name].Text)
		require.True(t, ok, name)
		assert.Equal(t, want, m.Kind, name)
		assert.Equal(t, all[name].Marker, m, name)
		assert.Equal(t, commit, m.Commit, name)
	}
	assert.Equal(t, smallChange(t).Digest, all["small-change"].Marker.Digest)
}

var serverLink = regexp.MustCompile(`^https://github\.com/rain-shield/data/[A-Za-z0-9/._#-]*$`)

// Every golden file is whole Markdown: what is opened is closed, and leads to
// GitHub alone.
func TestRendered(t *testing.T) {
	details := map[string]int{"first-deployment": 9, "small-change": 3, "destructive-change": 5, "500-changes": 7, "failed-apply": 2, "applied": 1, "nothing": 0, "invalid": 0}
	for name, b := range bodies(t) {
		for i, text := range []string{b.Text, b.Whole} {
			got := read(t, rendered(t, text))
			assert.Empty(t, balanced(got.shape), name)
			assert.Equal(t, 1, got.comments, name)
			for _, link := range got.links {
				assert.Regexp(t, serverLink, link, name)
			}
			for _, open := range got.open {
				assert.Empty(t, lively.FindString(open), name)
				assert.NotContains(t, open, "**", "%s: Markdown that was not understood", name)
				assert.NotContains(t, open, "`", name)
			}
			if want, ok := details[name]; ok && i == 1 {
				assert.Equal(t, want, got.details, name)
			}
		}
	}
}

// Whatever the limit, a body keeps to it and is whole; what is left out is said
// at the top, and goes by its rank.
func TestLimits(t *testing.T) {
	plan := many(t, 500, "")
	whole := comment.Plan(plan, where(), comment.Options{}).Whole
	for limit := 2_500; limit < len(whole)+10_000; limit = limit*5/4 + 7 {
		b := comment.Plan(plan, where(), comment.Options{Limit: limit})
		assert.LessOrEqual(t, len(b.Text), limit)
		assert.Equal(t, b.Cut, strings.Contains(b.Text, "Left out to fit"), "%d", limit)
		assert.Equal(t, b.Cut, strings.Contains(b.Text, "The whole is in the [summary of the run](https://github.com/rain-shield/data/actions/runs/981)"))
		assert.Empty(t, balanced(read(t, rendered(t, b.Text)).shape), "%d", limit)
		if strings.Contains(b.Text, "```sql") {
			assert.NotContains(t, b.Text, "more diff", "%d: statements go before differences", limit)
		}
		if strings.Contains(b.Text, "@@ schedule @@") {
			assert.NotRegexp(t, `more changes?\*`, b.Text, "%d: differences go before rows", limit)
		}
		apart(t, b.Text)
		assert.Contains(t, b.Text, "**100 to create, 400 to change**", "%d", limit)
		assert.Contains(t, b.Text, plan.Digest)
	}
}

// apart: no piece runs into the one before it.
func apart(t *testing.T, text string) {
	t.Helper()
	assert.NotRegexp(t, "(?m)^> .*\n[^>\n]", text, "what follows a quote would become part of it")
	assert.NotRegexp(t, "(?m)^[^\n]+\n(<details|\\*\\*|```[a-z]|> \\[!)", text, "a piece begins in the middle of a paragraph")
}

// Down to a body that has nothing left but its head and foot.
func TestSmallLimits(t *testing.T) {
	c := where()
	result := comment.Result(failed(firstDeployment(t)), firstDeployment(t), c, comment.Options{Limit: 1})
	for limit := 1; limit < 5_000; limit += 97 {
		o := comment.Options{Limit: limit}
		for _, b := range []comment.Body{comment.Plan(destructiveChange(t), c, o), comment.Plan(lossy(t), c, o), comment.Result(failed(firstDeployment(t)), firstDeployment(t), c, o),
			comment.Invalid(mistakes(), nil, c, o), comment.Refused(comment.Refusal{Reason: stale(t)}, c, o)} {
			apart(t, b.Text)
			assert.Empty(t, balanced(read(t, rendered(t, b.Text)).shape), "%d", limit)
		}
	}
	assert.Contains(t, result.Text, "Failed at step 10 of 22", "what matters most is never left out")
}

func TestTwoMegabytes(t *testing.T) {
	b := bodies(t)["2-megabytes"]
	assert.LessOrEqual(t, len(b.Text), comment.DefaultLimit)
	assert.True(t, b.Cut)
	assert.LessOrEqual(t, len(b.Whole), comment.SummaryLimit)
	assert.Greater(t, len(b.Whole), comment.SummaryLimit-10_000)
	assert.True(t, b.WholeCut)
	assert.Contains(t, b.Whole, "The whole is in the artefact `tapestry-plan` of this run.")
}

// A commit or a run without an address makes no link, and no word that is
// missing.
func TestWithoutAddresses(t *testing.T) {
	b := comment.Plan(many(t, 500, ""), comment.Context{}, comment.Options{})
	assert.NotContains(t, b.Text, "](")
	assert.NotContains(t, b.Text, "` `")
	assert.Contains(t, b.Text, "The whole is in the summary of the run.")
}

// The same in, the same out.
func TestSameness(t *testing.T) {
	once := bodies(t)
	for range 2 {
		require.Equal(t, once, bodies(t))
	}
}

// Of a large pipeline only what changes is drawn, with its neighbours.
func TestLargePicture(t *testing.T) {
	var g comment.Graph
	for i := range 300 {
		stream, model := fmt.Sprintf("stream:s.t%d", i), fmt.Sprintf("model:m%d", i)
		g.Nodes = append(g.Nodes, comment.Node{ID: stream, Kind: "stream", Name: stream[7:], Group: "s"}, comment.Node{ID: model, Kind: "model", Name: model[6:]})
		g.Edges = append(g.Edges, comment.Edge{From: stream, To: model})
	}
	c := where()
	c.Graph = &g
	plan := sealed(t, deploy.Plan{Changes: []deploy.Change{change(deploy.Update, "local", "model", "m7", "its rows change"),
		change(deploy.Blocked, "local", "table", "RAW_S.T9", "a guard")}})
	text := comment.Plan(plan, c, comment.Options{}).Text
	assert.Contains(t, text, "The pipeline (4 of 600 nodes)")
	for _, want := range []string{`["~ m7"]:::changed`, `[("t7")]:::same`, `[("! t9")]:::blocked`, `["m9"]:::reached`} {
		assert.Contains(t, text, want)
	}
	assert.Contains(t, text, "**Downstream:** what changes is read by model `m9`")
}

var (
	mermaidFence = regexp.MustCompile("(?s)```mermaid\n(.*?)\n```")
	// Inside its quotes a label has letters, digits and numbers of characters.
	mermaidLine = regexp.MustCompile(`^(flowchart LR|  (subgraph g\d+\["L"\]|end|style g\d+ [a-z0-9:,#-]+|n\d+(\[\("L"\)\]|\["L"\]|\(\["L"\]\)):::[a-z]+|n\d+ --> n\d+|classDef [a-z]+ [a-z0-9:,# -]+))$`)
	mermaidText = regexp.MustCompile(`"[+~!?−]? ?([A-Za-z0-9_. \x{80}-\x{10ffff}]|#\d+;)*"`)
)

// A name in the picture is text in quotes and nothing else.
func TestHostilePicture(t *testing.T) {
	for _, s := range hostile {
		fence := mermaidFence.FindStringSubmatch(everywhere(t, s)["plan"].Text)
		require.NotNil(t, fence, "%q", s)
		for line := range strings.SplitSeq(fence[1], "\n") {
			assert.Regexp(t, mermaidLine, mermaidText.ReplaceAllString(line, `"L"`), "%q: %s", s, line)
		}
	}
}
