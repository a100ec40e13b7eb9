//go:build cgo

package ci_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/ci"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
	fakegithub "github.com/tapestry-ci/tapestry-ci/internal/fake/github"
	"github.com/tapestry-ci/tapestry-ci/internal/graph"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/local"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

// work is a ci.Work over the real local target. The command's own one is tried in
// its package, with the real action.
type work struct {
	env   string
	allow []string
	// stopped, if it is set, ends an apply after so many changes.
	stopped int
	cancel  func()
	// secrets are variables that no output may hold.
	secrets map[string]string
	// fails is what planning ends with, if it is set.
	fails error
}

func (w *work) compile(file string) (*compiler.Result, string, error) {
	dir := filepath.Dir(file)
	env := map[string]string{}
	if data, err := os.ReadFile(filepath.Join(dir, ".env")); err == nil {
		if env, err = dotenv.Parse(data); err != nil {
			return nil, "", err
		}
	}
	for name, value := range w.secrets {
		env[name] = value
	}
	if _, err := os.Stat(file); err != nil {
		return nil, "", err
	}
	return compiler.Compile(os.DirFS(dir), filepath.Base(file), compiler.Options{Env: env, Environment: w.env, Local: true, Tool: "test"}), dir, nil
}

func (w *work) Check(_ context.Context, file string, _ bool) (*ci.Checked, error) {
	r, _, err := w.compile(file)
	if err != nil {
		return nil, err
	}
	out := &ci.Checked{Diagnostics: r.Diagnostics, Source: r.Source}
	if r.Pipeline != nil {
		out.Graph = &comment.Graph{}
		g := graph.New(r.Pipeline)
		for _, n := range g.Nodes {
			out.Graph.Nodes = append(out.Graph.Nodes, comment.Node{ID: n.ID, Kind: n.Kind, Name: n.Name, Group: n.Group})
		}
		for _, e := range g.Edges {
			out.Graph.Edges = append(out.Graph.Edges, comment.Edge{From: e.From, To: e.To})
		}
	}
	return out, nil
}

func (w *work) build(ctx context.Context, file string) (*deploy.Plan, []deploy.Provider, deploy.Input, string, error) {
	r, dir, err := w.compile(file)
	if err != nil || w.fails != nil {
		return nil, nil, deploy.Input{}, "", errors.Join(err, w.fails)
	}
	providers, in := local.New(local.Config{Dir: dir, Environment: r.Pipeline.Env}), deploy.Input{Artifacts: r.Artifacts}
	plan, err := deploy.Build(ctx, providers, in, deploy.Meta{Pipeline: r.Pipeline.Name, Environment: r.Pipeline.Env, Target: "local", Artifacts: r.Manifest.Digest})
	return plan, providers, in, filepath.Join(dir, ".tapestry", r.Pipeline.Env), err
}

func (w *work) Plan(ctx context.Context, file string) (*deploy.Plan, error) {
	plan, _, _, _, err := w.build(ctx, file)
	return plan, err
}

func (w *work) Preview(ctx context.Context, file string) (*deploy.Plan, error) {
	return w.Plan(ctx, file)
}

func (w *work) Apply(ctx context.Context, file string, approve func(ci.Fresh) (ci.Approval, error)) (*deploy.Result, error) {
	plan, providers, in, state, err := w.build(ctx, file)
	if err != nil {
		return nil, err
	}
	fresh, book := ci.Fresh{Plan: plan}, ledger.In(state)
	runs, err := book.Runs()
	if err != nil {
		return nil, err
	}
	if n := len(runs); n > 0 {
		fresh.Last = &runs[n-1]
		if data, err := os.ReadFile(filepath.Join(state, "kept.json")); err == nil {
			if err := json.Unmarshal(data, &fresh.Kept); err != nil {
				return nil, err
			}
		}
	}
	ok, err := approve(fresh)
	if err != nil || ok.Plan == nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if ok.Plan.Digest == ok.Digest {
		data, _ := json.Marshal(ok.Plan)
		if err := errors.Join(os.MkdirAll(state, 0o755), os.WriteFile(filepath.Join(state, "kept.json"), data, 0o644)); err != nil {
			return nil, err
		}
	}
	return deploy.Execute(ctx, ok.Plan, deploy.Execution{Providers: providers, Input: in, Ledger: book, Owner: "ci", Approved: ok.Digest, Parallel: 1,
		Allow: w.allow, Now: time.Now, Events: func(e deploy.Event) {
			if e.State == deploy.Done {
				if w.stopped--; w.stopped == 0 && w.cancel != nil {
					w.cancel()
				} else if w.stopped == 0 {
					cancel()
				}
			}
		}})
}

// bench is a repository on the stand-in, checked out on this machine.
type bench struct {
	t     *testing.T
	gh    *fakegithub.Server
	dir   string
	work  *work
	token string
	runs  int
	// file, env and command are inputs of the action.
	file, env, command string
	noComment          bool
	more               []string // variables
	// cancelled cancels the whole job where work.stopped would end the apply.
	cancelled bool
	pull      fakegithub.Pull
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, gh: fakegithub.Start(t, fakegithub.Options{Owner: "rain-shield", Repo: "data"}), dir: t.TempDir(), work: &work{}, file: "tapestry.yaml"}
	b.token = b.gh.NewToken("pull-requests", "issues", "checks", "deployments")
	b.git("init", "-q", "-b", "main")
	b.git("config", "user.email", "ann@rainshield.example")
	b.git("config", "user.name", "Ann")
	b.git("config", "commit.gpgsign", "false")
	return b
}

// shop is the Rain Shield example on its main branch.
func shop(t *testing.T) *bench {
	b := newBench(t)
	b.project(".")
	b.commit("main", "the pipeline")
	return b
}

// project puts the example into a folder.
func (b *bench) project(dir string) {
	b.t.Helper()
	to := filepath.Join(b.dir, filepath.FromSlash(dir))
	example := filepath.Join("..", "..", "examples", "01-rain-shield")
	require.NoError(b.t, os.MkdirAll(to, 0o755))
	require.NoError(b.t, os.CopyFS(filepath.Join(to, "samples"), os.DirFS(filepath.Join(example, "samples"))))
	for _, name := range []string{"tapestry.yaml", ".env"} {
		data, err := os.ReadFile(filepath.Join(example, name))
		require.NoError(b.t, err)
		require.NoError(b.t, os.WriteFile(filepath.Join(to, name), data, 0o644))
	}
}

func (b *bench) git(args ...string) string {
	b.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = b.dir
	out, err := cmd.CombinedOutput()
	require.NoError(b.t, err, "git %v: %s", args, out)
	return strings.TrimSpace(string(out))
}

// commit commits everything to a branch, and tells the stand-in where main is.
func (b *bench) commit(branch, message string) string {
	b.t.Helper()
	b.git("add", "-A", "--", ".", ":!.tapestry")
	b.git("commit", "-q", "--allow-empty", "-m", message)
	sha := b.git("rev-parse", "HEAD")
	b.gh.SetBranch(branch, sha)
	return sha
}

func (b *bench) edit(file, old, now string) {
	b.t.Helper()
	path := filepath.Join(b.dir, filepath.FromSlash(file))
	data, err := os.ReadFile(path)
	require.NoError(b.t, err)
	require.Contains(b.t, string(data), old)
	require.NoError(b.t, os.WriteFile(path, []byte(strings.Replace(string(data), old, now, 1)), 0o644))
}

// open opens a pull request with a change, or changes it: its trial merge is
// checked out afterwards.
func (b *bench) open(number int, change func()) {
	b.t.Helper()
	branch := fmt.Sprintf("change-%d", number)
	if b.pull.Number == number && !b.pull.Merged {
		b.git("checkout", "-q", branch)
	} else {
		b.git("checkout", "-q", "-B", branch, "main")
	}
	if change != nil {
		change()
	}
	b.commit(branch, "change")
	b.again(number)
}

// again merges the pull request into what main is now, for trial.
func (b *bench) again(number int) {
	b.t.Helper()
	branch := fmt.Sprintf("change-%d", number)
	head := b.git("rev-parse", branch)
	b.git("checkout", "-q", "--detach", "main")
	base := b.git("rev-parse", "HEAD")
	b.git("merge", "-q", "--no-ff", "-m", fmt.Sprintf("merge %d", b.runs), branch)
	b.pull = fakegithub.Pull{Number: number, HeadRef: branch, HeadSHA: head, BaseRef: "main", BaseSHA: base, MergeSHA: b.git("rev-parse", "HEAD"), Author: "ann"}
	b.gh.SetPull(b.pull)
}

// merge merges the pull request: main is its trial merge.
func (b *bench) merge() {
	b.t.Helper()
	b.git("checkout", "-q", "-B", "main", b.pull.MergeSHA)
	b.gh.SetBranch("main", b.pull.MergeSHA)
	b.pull.Merged = true
	b.gh.SetPull(b.pull)
}

// told is what a run of the job left for the runner.
type told struct {
	err     error
	log     string
	summary string
	outputs map[string]string
}

type object = map[string]any

// job runs the job on an event.
func (b *bench) job(name string, payload object, more ...string) told {
	b.t.Helper()
	b.runs++
	temp := b.t.TempDir()
	payload["repository"] = object{"full_name": b.gh.Repository(), "default_branch": "main"}
	data, err := json.Marshal(payload)
	require.NoError(b.t, err)
	at := func(name string) string { return filepath.Join(temp, name) }
	require.NoError(b.t, os.WriteFile(at("event.json"), data, 0o644))
	env := map[string]string{"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": at("event.json"), "GITHUB_REPOSITORY": b.gh.Repository(), "GITHUB_SHA": b.git("rev-parse", "HEAD"),
		"GITHUB_REF": "refs/heads/main", "GITHUB_ACTOR": "ann", "GITHUB_RUN_ID": fmt.Sprint(b.runs), "GITHUB_RUN_ATTEMPT": "1", "GITHUB_SERVER_URL": "https://github.example",
		"GITHUB_API_URL": b.gh.URL(), "GITHUB_TOKEN": b.token, "GITHUB_WORKSPACE": b.dir, "RUNNER_TEMP": temp, "GITHUB_OUTPUT": at("output"), "GITHUB_STEP_SUMMARY": at("summary")}
	for _, pair := range append(more, b.more...) {
		key, value, _ := strings.Cut(pair, "=")
		env[key] = value
	}
	b.work.env = b.env
	var log bytes.Buffer
	ctx := b.t.Context()
	if b.cancelled {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		b.work.cancel = cancel
	}
	err = ci.Run(ctx, ci.Options{Command: b.command, File: b.file, Env: b.env, Dir: b.dir, NoComment: b.noComment, Work: b.work,
		Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok }, Log: &log, Random: rand.Reader,
		Sleep: func(context.Context, time.Duration) error { return nil }})
	summary, _ := os.ReadFile(at("summary")) // there may be none
	return told{err, log.String(), string(summary), outputs(b.t, at("output"))}
}

var output = regexp.MustCompile(`(?s)([a-z-]+)<<(tapestry_[0-9a-f]+)\n(.*?)\n(tapestry_[0-9a-f]+)\n`)

func outputs(t *testing.T, file string) map[string]string {
	data, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	require.NoError(t, err)
	out := map[string]string{}
	for _, m := range output.FindAllStringSubmatch(string(data), -1) {
		require.Equal(t, m[2], m[4])
		out[m[1]] = m[3]
	}
	return out
}

func (b *bench) pullRequest(action string) told {
	b.t.Helper()
	repo := b.pull.HeadRepo
	if repo == "" {
		repo = b.gh.Repository()
	}
	return b.job("pull_request", object{"action": action, "number": b.pull.Number, "sender": object{"login": b.pull.Author}, "pull_request": object{
		"head": object{"ref": b.pull.HeadRef, "sha": b.pull.HeadSHA, "repo": object{"full_name": repo}}, "draft": b.pull.Draft,
		"base": object{"ref": "main", "sha": b.pull.BaseSHA, "repo": object{"full_name": b.gh.Repository()}}}})
}

func (b *bench) push(more ...string) told {
	b.t.Helper()
	return b.job("push", object{"ref": "refs/heads/main", "after": b.git("rev-parse", "HEAD")}, more...)
}

func (b *bench) says(login, text string) told {
	b.t.Helper()
	return b.said(login, text, time.Now())
}

// said is a command that was written some time ago.
func (b *bench) said(login, text string, when time.Time) told {
	b.t.Helper()
	return b.job("issue_comment", object{"action": "created", "issue": object{"number": b.pull.Number, "pull_request": object{}},
		"comment": object{"body": text, "created_at": when.UTC().Format(time.RFC3339), "user": object{"login": login, "type": "User"}}}, "GITHUB_SHA="+b.pull.BaseSHA)
}

func (b *bench) dispatch(command, digest string) told {
	b.t.Helper()
	return b.job("workflow_dispatch", object{"inputs": object{"command": command, "plan-digest": digest}, "ref": "refs/heads/main"})
}

func (b *bench) schedule() told {
	b.t.Helper()
	return b.job("schedule", object{"schedule": "17 3 * * *"})
}

// kind gives the comments of a pull request of one kind.
func (b *bench) kind(number int, kind comment.Kind) []fakegithub.Comment {
	var out []fakegithub.Comment
	for _, c := range b.gh.Comments(number) {
		if m, ok := comment.Find(c.Body); ok && m.Kind == kind && c.Login == fakegithub.Bot {
			out = append(out, c)
		}
	}
	return out
}

// only is the one comment of a kind.
func (b *bench) only(number int, kind comment.Kind) fakegithub.Comment {
	b.t.Helper()
	list := b.kind(number, kind)
	require.Len(b.t, list, 1, string(kind))
	return list[0]
}

// visible is a comment without what is hidden in it.
func visible(body string) string {
	return strings.TrimSpace(regexp.MustCompile(`(?m)^<!--.*-->$`).ReplaceAllString(body, ""))
}

// commands are the lines of a log that the runner obeys.
func commands(log string) []string {
	var out []string
	stopped := ""
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		word, isStop := strings.CutPrefix(line, "::stop-commands::")
		switch {
		case stopped != "" && line == "::"+stopped+"::":
			stopped = ""
		case stopped == "" && isStop:
			stopped = word
		case stopped == "" && (strings.HasPrefix(line, "::") || strings.Contains(line, "##[")):
			out = append(out, line)
		}
	}
	return out
}

// states are those of a deployment, oldest first.
func states(d fakegithub.Deployment) []string {
	var out []string
	for _, s := range d.Statuses {
		out = append(out, s.State)
	}

	return out
}
