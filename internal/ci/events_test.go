//go:build cgo

package ci_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/ci"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	fakegithub "github.com/tapestry-ci/tapestry-ci/internal/fake/github"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

func TestMistakesAreOnTheirLines(t *testing.T) {
	b := newBench(t)
	b.project("data")
	b.file = "data/tapestry.yaml"
	b.commit("main", "the pipeline")
	b.open(1, func() { b.edit("data/tapestry.yaml", "model: people", "model: poeple") })
	said := b.pullRequest("opened")
	require.ErrorIs(t, said.err, ci.ErrTold)
	assert.Contains(t, said.log, "::error file=data/tapestry.yaml,line=66,endLine=66,")
	body := b.only(1, comment.KindPlan).Body
	assert.Contains(t, body, "❌ No plan, 1 mistake")
	assert.Contains(t, body, "/data/tapestry.yaml#L66")
	require.Len(t, b.gh.CheckRuns(), 1)
	assert.Equal(t, "failure", b.gh.CheckRuns()[0].Conclusion)
	assert.Empty(t, b.gh.CheckRuns()[0].Annotations, "the runner shows it already")
	assert.Equal(t, "plan", said.outputs["what"])
	assert.Empty(t, said.outputs["plan-digest"])

	// More than the runner shows: the check run has the others.
	b.open(1, func() {
		more := ""
		for range 14 {
			more += "          - from: zoom.nosuch\n            columns: [email, first_name, last_name]\n            order_by: [id]\n"
		}
		b.edit("data/tapestry.yaml", "    unique_by: email\n", strings.ReplaceAll(more, "          - ", "      - ")+"    unique_by: email\n")
		b.edit("data/tapestry.yaml", "            columns: [email", "        columns: [email")
		text := strings.ReplaceAll(b.read("data/tapestry.yaml"), "            columns: [email", "        columns: [email")
		b.write("data/tapestry.yaml", strings.ReplaceAll(text, "            order_by: [id]", "        order_by: [id]"))
	})
	said = b.pullRequest("synchronize")
	require.ErrorIs(t, said.err, ci.ErrTold)
	runs := b.gh.CheckRuns()
	shown := strings.Count(said.log, "::error file=")
	assert.Equal(t, 9, shown)
	assert.Equal(t, 15, shown+len(runs[1].Annotations), "each once")
	assert.Equal(t, "data/tapestry.yaml", runs[1].Annotations[0].Path)
}

func TestMergeGroupAndValidate(t *testing.T) {
	b := planned(t)
	comments := len(b.gh.Comments(2))
	group := object{"action": "checks_requested", "merge_group": object{"head_sha": b.pull.MergeSHA, "base_ref": "refs/heads/main"}}
	said := b.job("merge_group", group)
	require.NoError(t, said.err, said.log)
	assert.Len(t, b.gh.Comments(2), comments)
	assert.Equal(t, "1", said.outputs["changes"])
	runs := b.gh.CheckRuns()
	assert.Equal(t, b.pull.MergeSHA, runs[len(runs)-1].HeadSHA)
	assert.NotContains(t, said.summary, "To apply")

	b.command = "validate"
	said = b.pullRequest("synchronize")
	require.NoError(t, said.err, said.log)
	assert.Equal(t, "validate", said.outputs["what"])
	assert.Contains(t, said.summary, "The pipeline file is valid")
	assert.Len(t, b.gh.Comments(2), comments)
	b.command = "apply"
	require.ErrorIs(t, b.pullRequest("synchronize").err, ci.ErrTold, "nothing makes a pull request apply")
	b.command, b.noComment = "", true
	b.open(4, nil)
	require.NoError(t, b.pullRequest("opened").err)
	assert.Empty(t, b.gh.Comments(4))
}

func TestDriftKeepsOneIssue(t *testing.T) {
	b := planned(t)
	b.git("checkout", "-q", "main")
	said := b.schedule()
	require.NoError(t, said.err, said.log)
	assert.Empty(t, b.gh.Issues())
	members := b.read(outbox)
	first := members[:strings.Index(members, "\n")+1]
	for _, left := range []string{members[len(first):], "", members[len(first):]} {
		b.write(outbox, left)
		said = b.schedule()
		require.NoError(t, said.err, said.log)
		require.Len(t, b.gh.Issues(), 1)
		issue := b.gh.Issues()[0]
		assert.Equal(t, "open", issue.State)
		assert.Equal(t, "Drift: rain-shield in production", issue.Title)
		assert.Contains(t, said.log, "see issue #")
	}
	b.write(outbox, members)
	require.NoError(t, b.schedule().err)
	assert.Equal(t, "closed", b.gh.Issues()[0].State)
	assert.Empty(t, b.kind(2, comment.KindDrift))
}

// What people write into the file and its files is text: the runner obeys none of
// it, and no comment is broken by it.
func TestTextOfUsersIsNoCommand(t *testing.T) {
	hostile := "::error::pwned\\n::set-output name=changes::0\\n##[error]pwned\\n</details>\\n<!-- @ann -->\\e[31m"
	b := shop(t)
	b.gh.SetPerson("ann", "write")
	b.open(1, func() {
		b.edit("tapestry.yaml", "description: One row per person, whichever tool knows them.", `description: "`+hostile+`"`)
		b.edit("tapestry.yaml", "        on_removed: archive\n", "        on_removed: archive\n        where: last_name <> '\n          ::error::pwned'\n")
	})
	said := b.pullRequest("opened")
	for _, line := range commands(said.log) {
		assert.True(t, strings.HasPrefix(line, "::error file=") || strings.HasPrefix(line, "::warning"), line)
	}
	require.NoError(t, said.err, said.log)
	assert.NotContains(t, b.only(1, comment.KindPlan).Body, "<!-- @ann")

	b.open(2, func() { b.edit("tapestry.yaml", "model: people", `model: "`+hostile+`"`) })
	said = b.pullRequest("opened")
	require.ErrorIs(t, said.err, ci.ErrTold)
	require.Len(t, commands(said.log), 1, said.log)
	assert.True(t, strings.HasPrefix(commands(said.log)[0], "::error file=tapestry.yaml,line=66,"))
}

// Two environments are two steps of a job, and their files do not overwrite each
// other.
func TestStepsSideBySide(t *testing.T) {
	b := shop(t)
	b.open(1, nil)
	temp := t.TempDir()
	b.more = []string{"RUNNER_TEMP=" + temp}
	files := map[string]bool{}
	for _, env := range []string{"", "staging", "staging"} {
		b.env = env
		said := b.pullRequest("opened")
		require.NoError(t, said.err, said.log)
		files[said.outputs["plan-file"]], files[said.outputs["summary"]] = true, true
	}
	assert.Len(t, files, 6)
	assert.Contains(t, files, filepath.Join(temp, "plan.json"))
}

// Several projects and environments side by side: each has comments of its own,
// and one that fails holds up no other.
func TestSeveralProjects(t *testing.T) {
	b := newBench(t)
	b.project("pipelines/a")
	b.project("pipelines/b")
	b.edit("pipelines/b/tapestry.yaml", "name: rain-shield", "name: sun-shade")
	b.file = "pipelines/*/tapestry.yaml"
	b.commit("main", "two pipelines")
	b.open(1, nil)
	said := b.pullRequest("opened")
	require.NoError(t, said.err, said.log)
	require.Len(t, b.kind(1, comment.KindPlan), 2)
	assert.Equal(t, "8", said.outputs["changes"])
	files := strings.Split(said.outputs["plan-file"], "\n")
	require.Len(t, files, 2)
	assert.FileExists(t, files[0])
	assert.FileExists(t, files[1])
	b.env = "staging"
	require.NoError(t, b.pullRequest("opened").err)
	require.Len(t, b.kind(1, comment.KindPlan), 4)
	b.env = ""

	b.merge()
	first := b.at("pipelines/a/samples/zoom/webinar_registrants.ndjson")
	was, err := os.ReadFile(first)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(first, was[:strings.Index(string(was), "\n")+1], 0o644))
	said = b.push()
	require.ErrorIs(t, said.err, ci.ErrTold)
	applied := b.kind(1, comment.KindApply)
	require.Len(t, applied, 2)
	assert.Contains(t, applied[0].Body, "⛔ Not applied")
	assert.Contains(t, applied[1].Body, "✅ Applied")
	assert.FileExists(t, b.at("pipelines/b/.tapestry/production/outbox/mailchimp/newsletter.ndjson"))
	assert.NoFileExists(t, b.at("pipelines/a/.tapestry/production/outbox/mailchimp/newsletter.ndjson"))

	// By hand, with one digest for both.
	said = b.dispatch("plan", "")
	require.NoError(t, said.err, said.log)
	assert.Contains(t, said.summary, said.outputs["plan-digest"])
	refused := b.dispatch("apply", "sha256:00")
	require.ErrorIs(t, refused.err, ci.ErrTold)
	said = b.dispatch("apply", said.outputs["plan-digest"])
	require.NoError(t, said.err, said.log)
	assert.FileExists(t, b.at("pipelines/a/.tapestry/production/outbox/mailchimp/newsletter.ndjson"))

	// One of them by name.
	b.gh.SetPerson("ann", "write")
	b.open(2, func() { b.edit("pipelines/a/tapestry.yaml", "LNAME: last_name}", "LNAME: first_name}") })
	require.NoError(t, b.pullRequest("opened").err)
	b.command = "decide"
	assert.Equal(t, "apply", b.says("ann", "/tapestry apply a").outputs["what"])
	assert.Equal(t, "nothing", b.says("ann", "/tapestry apply c").outputs["what"])
	b.command = ""
	said = b.says("ann", "/tapestry apply a")
	require.NoError(t, said.err, said.log)
	assert.Len(t, b.kind(2, comment.KindApply), 1)
	require.ErrorIs(t, b.says("ann", "/tapestry apply nosuch").err, ci.ErrTold)

	b.file = "nothing/*/tapestry.yaml"
	said = b.pullRequest("opened")
	require.ErrorIs(t, said.err, ci.ErrTold)
	assert.Contains(t, said.log, "no pipeline file fits")
	b.file = "nothing.yaml"
	require.ErrorIs(t, b.pullRequest("opened").err, ci.ErrTold)
}

// Whatever the API does, there is the right comment, once.
func TestFaultsOfTheAPI(t *testing.T) {
	for name, spoil := range map[string]func(*fakegithub.Server){
		"429": func(s *fakegithub.Server) {
			s.Refuse(fakegithub.Refusal{Status: 429, Header: map[string]string{"Retry-After": "7"}, Times: 2})
		},
		"a secondary limit": func(s *fakegithub.Server) { s.Refuse(fakegithub.SecondaryLimit("60"), fakegithub.SecondaryLimit("")) },
		"500 before":        func(s *fakegithub.Server) { s.Refuse(fakegithub.Refusal{Status: 500, Times: 3}) },
		"500 after each POST": func(s *fakegithub.Server) {
			s.Refuse(fakegithub.Refusal{Method: http.MethodPost, Status: 500, Times: 2, After: true})
		},
		"502 after the comment": func(s *fakegithub.Server) {
			s.Refuse(fakegithub.Refusal{Method: http.MethodPost, Suffix: "/comments", Status: 502, After: true})
		},
		"a lost reply": func(s *fakegithub.Server) {
			s.Fault.Add(fault.Rule{Operation: "POST /repos/rain-shield/data/issues/1/comments", Do: fault.Drop})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := shop(t)
			b.open(1, nil)
			spoil(b.gh)
			said := b.pullRequest("opened")
			require.NoError(t, said.err, said.log)
			b.only(1, comment.KindPlan)
			require.Len(t, b.gh.CheckRuns(), 1)
			assert.Equal(t, "success", b.gh.CheckRuns()[0].Conclusion)
			b.merge()
			spoil(b.gh)
			said = b.push()
			require.NoError(t, said.err, said.log)
			assert.Contains(t, b.only(1, comment.KindApply).Body, "✅ Applied")
			require.Len(t, b.gh.Deployments(), 1)
			assert.Equal(t, "success", b.gh.Deployments()[0].Statuses[len(b.gh.Deployments()[0].Statuses)-1].State)
			require.Len(t, b.gh.Comments(1), 2)
		})
	}
}

// Where a token may not write, a plan fails, since nobody could approve it; what was
// applied is applied.
func TestTokenThatMayNot(t *testing.T) {
	b := shop(t)
	b.open(1, nil)
	b.token = b.gh.NewToken("pull-requests")
	said := b.pullRequest("opened")
	require.NoError(t, said.err, said.log)
	assert.Contains(t, said.log, "::warning")
	b.only(1, comment.KindPlan)
	b.merge()
	all := b.token
	b.token = b.gh.NewToken()
	said = b.push()
	require.NoError(t, said.err, said.log)
	assert.Contains(t, said.log, "::warning")
	assert.Contains(t, said.summary, "✅ Applied")
	b.open(2, nil)
	said = b.pullRequest("opened")
	require.ErrorIs(t, said.err, ci.ErrTold)
	assert.Contains(t, said.log, "the token may not do this")
	b.token = all
	b.gh.Refuse(fakegithub.Refusal{Method: http.MethodGet, Status: 500, Times: 1000})
	require.ErrorIs(t, b.pullRequest("opened").err, ci.ErrTold)
}

const canary = "geheimnisvoller kanarienvogel/&=?"

// quiet looks for the canary in every form that it could have.
func quiet(t *testing.T, where, text string) {
	t.Helper()
	inJSON, err := json.Marshal(canary)
	require.NoError(t, err)
	for _, form := range []string{canary, url.QueryEscape(canary), url.PathEscape(canary), strings.Trim(string(inJSON), `"`), hex.EncodeToString([]byte(canary)), strings.ToUpper(canary)} {
		assert.NotContains(t, text, form, where)
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		for shift := range 3 { // whatever comes before it
			code := encoding.EncodeToString([]byte(strings.Repeat("x", shift) + canary + "xx"))
			assert.NotContains(t, text, code[4:len(code)-4], where)
		}
	}
}

// No event makes a secret appear anywhere.
func TestNoSecretIsSaid(t *testing.T) {
	b := shop(t)
	b.work.secrets = map[string]string{}
	for _, name := range []string{"ZOOM_CLIENT_SECRET", "SF_CLIENT_SECRET", "SF_REFRESH_TOKEN", "MAILCHIMP_API_KEY"} {
		b.work.secrets[name] = canary
	}
	b.gh.SetPerson("ann", "write")
	var all []told
	do := func(s told) told { all = append(all, s); return s }
	b.open(1, nil)
	do(b.pullRequest("opened"))
	do(b.job("merge_group", object{"action": "checks_requested", "merge_group": object{"head_sha": b.pull.MergeSHA, "base_ref": "refs/heads/main"}}))
	do(b.says("ann", "/tapestry plan"))
	do(b.says("ann", "/tapestry apply"))
	b.merge()
	do(b.push())
	do(b.schedule())
	members := b.read(outbox)
	b.write(outbox, "")
	do(b.schedule())
	b.write(outbox, members)
	do(b.dispatch("validate", ""))
	plan := do(b.dispatch("plan", ""))
	do(b.dispatch("apply", plan.outputs["plan-digest"]))
	b.open(2, func() { b.edit("tapestry.yaml", "model: people", "model: ${secret.MAILCHIMP_API_KEY}") })
	do(b.pullRequest("opened"))
	b.open(3, rename(b))
	do(b.pullRequest("opened"))
	b.write(outbox, members[strings.Index(members, "\n")+1:])
	b.merge()
	do(b.push())
	b.open(4, nil)
	b.pull.HeadRepo = "mallory/data"
	do(b.pullRequest("opened"))

	require.NotEmpty(t, b.gh.Issues())
	require.NotEmpty(t, b.gh.Deployments())
	for n := range 5 {
		for _, c := range b.gh.Comments(n) {
			quiet(t, "a comment", c.Body)
			assert.NotContains(t, c.Body, b.token)
		}
	}
	for where, what := range map[string]any{"issues": b.gh.Issues(), "check runs": b.gh.CheckRuns(), "deployments": b.gh.Deployments()} {
		data, err := json.Marshal(what)
		require.NoError(t, err)
		quiet(t, where, string(data))
	}
	for _, s := range all {
		quiet(t, "the log", s.log)
		quiet(t, "the summary", s.summary)
		assert.NotContains(t, s.log+s.summary, b.token)
		for name, value := range s.outputs {
			quiet(t, name, value)
			if file := filepath.Clean(value); name == "plan-file" && value != "" {
				data, err := os.ReadFile(file)
				require.NoError(t, err)
				quiet(t, name, string(data))
			}
		}
	}
}
