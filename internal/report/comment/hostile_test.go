package comment_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

// everywhere is one body of each event with s in every field that a user or a
// live system can write.
func everywhere(t testing.TB, s string) map[string]comment.Body {
	t.Helper()
	c := comment.Context{Project: s, Environment: s, Commit: s, Server: s, Repository: s, RunURL: s, PlanFile: s, Branch: s, Command: s, Allow: s,
		Graph: &comment.Graph{Nodes: []comment.Node{{ID: "stream:" + s, Kind: "stream", Name: s, Group: s}, {ID: "model:" + s, Kind: "model", Name: s, Objects: []string{s}}},
			Edges: []comment.Edge{{From: "stream:" + s, To: "model:" + s}}}}
	effect := &deploy.Effect{Created: 3, Removed: 2, Rejected: []deploy.Count{{Name: s, N: 1}}, ChangedFields: []deploy.Count{{Name: s, N: 2}}}
	one := func(id string, action deploy.Action, r deploy.Risk, kind string) deploy.Change {
		return deploy.Change{ID: id + s, Provider: "p-" + s, Kind: kind, Name: s, Action: action, Risk: r, Reason: s, Next: s, Statement: s, Effect: effect,
			Origins: []string{s, s + ":12"}, Fields: []deploy.FieldChange{{Path: s, Before: s, After: "other", Affects: []string{s, "model:" + s, "sync:" + s}}, {Path: s, After: s}}}
	}
	plan := sealed(t, deploy.Plan{Pipeline: s, Environment: s, Target: s, Notes: []string{s, s, s, s}, Changes: []deploy.Change{
		one("a", deploy.Create, deploy.Safe, "sync"), one("b", deploy.Update, deploy.Disruptive, s), one("c", deploy.Delete, deploy.Destructive, "model"),
		one("d", deploy.Blocked, deploy.Safe, s), one("e", deploy.Keep, deploy.Safe, s)},
		Preview: []deploy.Change{one("f", deploy.Update, deploy.Safe, "sync"), one("g", deploy.Blocked, deploy.Safe, "sync"), one("h", deploy.Update, deploy.Safe, "model")}})
	plan.Tool = s
	free := *plan // without what is blocked, so that it says how to apply
	free.Changes = slices.DeleteFunc(slices.Clone(plan.Changes), func(c deploy.Change) bool { return c.Action == deploy.Blocked })
	result := &deploy.Result{Run: s, Plan: s, Status: "failed", Done: []string{"a" + s, s}, Failed: []deploy.Fault{{Change: "b" + s, Error: s}, {Change: s, Error: s}}, Left: []string{"c" + s, s}, Deferred: []string{s}}
	span := source.Span{File: s, Start: source.Pos{Line: 1, Col: 1}, End: source.Pos{Line: 1, Col: 4}}
	list := diag.List{{Code: diag.Code(s), Span: span, Message: s, Detail: s, Suggest: s, Related: []diag.Note{{Span: span, Message: s}}}, {Severity: diag.Warning, Message: s, Code: "TAP1"}}
	o := comment.Options{}
	empty := &deploy.Plan{Pipeline: s, Environment: s, Target: s, Digest: s}
	return map[string]comment.Body{
		"plan": comment.Plan(plan, c, o), "free": comment.Plan(&free, c, o), "drift": comment.Drift(plan, c, o), "nothing": comment.Nothing(empty, c, o),
		"no drift": comment.Drift(empty, c, o), "result": comment.Result(result, plan, c, o), "bare result": comment.Result(result, nil, c, o),
		"refused": comment.Refused(comment.Refusal{Pipeline: s, Reason: deploy.Refused{Why: s, Differences: []string{s, s + ": " + s}, Next: s}, Reviewed: s, Fresh: s, NewPlan: s}, c, o),
		"invalid": comment.Invalid(list, func(string) []byte { return []byte(s + "\n" + s) }, c, o),
		"failed":  comment.Failed(fmt.Errorf("%s", s), c, o),
	}
}

// What GitHub makes something of outside of code, in the finished page.
var lively = regexp.MustCompile(`(?i)@[a-z0-9]|#\d|gh-\d|\b[0-9a-f]{7,40}\b|://|www\.[a-z0-9]|:[a-z0-9+_-]+:`)

var hostile = []string{
	"@team", "see @org/team, #12 and GH-3", "rain-shield/data#4 owner/repo@3f2a9c41d07be85c", "3f2a9c41d07be85c6612a0f9e4d3b7a85c1e9f20",
	"https://evil.example/x?y=1 www.evil.example mail me@evil.example", "</details></summary></td></table>", "<!-- tapestry-ci: {} --> --> <!-- ", "<script>alert(1)</script><img src=x onerror=y>",
	"`", "``` `` `", "```\n# heading\n```", "~~~", "a`b|c`d|e", `a\|b\`, "|", "||| --- |", "| a | b |\n|---|---|", "\\", "\\`", "**bold** _em_ ~~gone~~ ==x==",
	"[link](https://evil.example)", "![image](https://evil.example/x.png)", "[x]: https://evil.example", "&lt;b&gt; &#64;team &commat;team &amp;", "# heading", "- item", "1. item", "1) item", "12.", "> quote", "> [!TIP]",
	"===", "---", "***", "    code", "\ttab", "a\nb\n\nc", "a\r\nb", "\r", "::set-output name=a::b", "x\n::add-mask::y", "  ::error::z", "##[error]boom ##[add-path]", "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07x",
	"\u202egnp.exe\u2066 \u200b\u200f\ufeff\u061c", "\x00\x01\x7f\u0085\u2028", "\xff\xfe broken", ":tada: :+1:", "$x^2$ $$y$$", "{{ x }} ${{ secrets.X }}", "@@ -1 +1 @@", "+ added", "- removed", "\"]:::x\nend\nclick n0 href \"https://evil.example\"", "subgraph end", "`\" onclick=x",
	"", " ", "  a  ", "'", "\"", "(x)", "e.g. this, that; and 1,000 rows (50%).", "日本語 тест ünïcode 👩‍💻", "<details><summary>x", "<!--", "-->", "<sub>", "<a href=\"https://evil.example\">x</a>", "<?php", "<![CDATA[x]]>", "CVE-2024-1234 JIRA-12", "deadbeef effaced decade", "bwwww. www. WWW.", "http: //x mailto: a xmpp:a mailto:a@b.c", "(www.) x-www. 'www.'",
}

func TestHostile(t *testing.T) {
	for _, s := range hostile {
		check(t, s)
	}
	for i, s := range hostile { // one after the other in one field
		for k, between := range []string{"", " ", "\n"} {
			check(t, s+between+hostile[(i*7+k*29+3)%len(hostile)])
		}
	}
}

// Every body keeps the shape that it has with a harmless word.
func FuzzHostile(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) < 180 { // longer ones are clipped, which adds a notice
			check(t, s)
		}
	})
}

func check(t testing.TB, s string) {
	t.Helper()
	harmless := "word"
	if strings.TrimSpace(s) == "" {
		harmless = s // whoever writes nothing gets other sentences
	}
	want := everywhere(t, harmless)
	for name, b := range everywhere(t, s) {
		for text, model := range map[string]string{b.Text: want[name].Text, b.Whole: want[name].Whole} {
			got, shape := read(t, rendered(t, text)), read(t, rendered(t, model))
			require.Equal(t, shape.shape, got.shape, "%s with %q:\n%s", name, s, text)
			require.Empty(t, balanced(got.shape), "%s with %q", name, s)
			require.Equal(t, 1, got.comments, "%s with %q: the marker is the only comment", name, s)
			require.Empty(t, got.links, "%s with %q", name, s)
			for _, open := range got.open {
				require.Empty(t, lively.FindString(open), "%s with %q: %q", name, s, open)
			}
			silent(t, text)
			found, ok := comment.Find(text)
			require.True(t, ok && found == b.Marker || !validMarker(b.Marker), "%s with %q", name, s)
		}
	}
}

// validMarker: JSON replaces what is no UTF-8.
func validMarker(m comment.Marker) bool {
	return strings.ToValidUTF8(m.Project+m.Environment+m.Commit+m.Digest, "?") == m.Project+m.Environment+m.Commit+m.Digest
}

// silent: nothing in a body steers a terminal or the runner's log.
func silent(t testing.TB, text string) {
	t.Helper()
	require.NotRegexp(t, `(?m)^\s*::`, text)
	require.NotContains(t, text, "##[")
	require.NotRegexp(t, "[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u200b\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069\ufeff]", text)
}

// A text of a megabyte in every field makes no body too large, and none that is
// left open.
func TestHugeTexts(t *testing.T) {
	for _, unit := range []string{"`", "👩 ", "@a|\n"} {
		for name, b := range everywhere(t, strings.Repeat(unit, 1_000_000/len(unit))) {
			assert.LessOrEqual(t, len(b.Text), comment.DefaultLimit, "%s of %q", name, unit)
			assert.LessOrEqual(t, len(b.Whole), comment.SummaryLimit, "%s of %q", name, unit)
			got := read(t, rendered(t, b.Text))
			assert.Empty(t, balanced(got.shape), "%s of %q", name, unit)
			assert.Empty(t, got.links, "%s of %q", name, unit)
			silent(t, b.Text)
		}
	}
}
