//go:build cgo

package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	fakegithub "github.com/tapestry-ci/tapestry-ci/internal/fake/github"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

// actionCommit is the commit that the consumer pins.
const actionCommit = "0123456789abcdef0123456789abcdef01234567"

// consumer is a repository that uses the action, with its checkout. act runs the
// workflow that init wrote, on this machine; the target is the local one.
type consumer struct {
	t      *testing.T
	gh     *fakegithub.Server
	dir    string
	action string
	env    []string
	token  string
	pull   fakegithub.Pull
	n      int
}

// actProgram gives act. It is a Go program with a go.mod of its own, so that the
// module does not depend on it; the go command builds it once.
var actProgram = sync.OnceValues(func() (string, error) {
	cmd := exec.Command("go", "tool", "-modfile=../../tools/act/go.mod", "-n", "act")
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
})

func newConsumer(t *testing.T) *consumer {
	t.Helper()
	if testing.Short() {
		t.Skip("act takes a while to build")
	}
	c := &consumer{t: t, gh: fakegithub.Start(t, fakegithub.Options{Owner: "rain-shield", Repo: "data"}), dir: filepath.Join(t.TempDir(), "data")}
	c.token = c.gh.NewToken("pull-requests", "issues", "checks", "deployments")
	require.NoError(t, os.MkdirAll(c.dir, 0o755))
	c.git("init", "-q", "-b", "main")
	for _, pair := range [][2]string{{"user.email", "ann@rainshield.example"}, {"user.name", "Ann"}, {"commit.gpgsign", "false"}, {"remote.origin.url", "https://github.com/rain-shield/data"}} {
		c.git("config", pair[0], pair[1])
	}
	said := runs(t, "init", c.dir, "--repository", "rain-shield/data", "--action", actionCommit)
	require.Zero(t, said.code, said.err)
	workflow := filepath.Join(c.dir, ".github", "workflows", "tapestry.yml")
	put(t, workflow, strings.ReplaceAll(get(t, workflow), "target: aws", "target: local"))
	// act works on a copy: what is live is kept outside of it.
	require.NoError(t, os.Symlink(t.TempDir(), filepath.Join(c.dir, ".tapestry")))
	c.action = c.released()
	c.commit("main")
	return c
}

// released is a copy of the action for which there is a release: this program.
func (c *consumer) released() string {
	c.t.Helper()
	dir := c.t.TempDir()
	require.NoError(c.t, os.CopyFS(filepath.Join(dir, "action"), os.DirFS("../../action")))
	put(c.t, filepath.Join(dir, "action.yml"), get(c.t, "../../action.yml"))
	name := fmt.Sprintf("tapestry-ci_9.9.9_%s_%s.tar.gz", runtime.GOOS, runtime.GOARCH)
	file := filepath.Join(dir, name)
	put(c.t, filepath.Join(dir, "action", "checksums.txt"), fmt.Sprintf("%s  %s\n", archiveOf(c.t, file), name))
	server := httptest.NewServer(http.StripPrefix("/v9.9.9/", http.FileServer(http.Dir(dir))))
	c.t.Cleanup(server.Close)
	c.env = append(c.env, "TAPESTRY_RELEASES="+server.URL)
	return dir
}

// archiveOf packs what calls this test's program, which is tapestry-ci where it is
// called so, and gives the archive's SHA-256.
func archiveOf(t *testing.T, to string) string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	program := fmt.Sprintf("#!/usr/bin/env bash\nexec -a tapestry-ci %q \"$@\"\n", self)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "tapestry-ci", Mode: 0o755, Size: int64(len(program))}))
	_, err = io.WriteString(w, program)
	require.NoError(t, errors.Join(err, w.Close(), z.Close(), os.WriteFile(to, b.Bytes(), 0o644)))
	return fmt.Sprintf("%x", sha256.Sum256(b.Bytes()))
}

func (c *consumer) git(args ...string) string {
	c.t.Helper()
	out, err := exec.Command("git", append([]string{"-C", c.dir}, args...)...).CombinedOutput()
	require.NoError(c.t, err, "git %v: %s", args, out)
	return strings.TrimSpace(string(out))
}

func (c *consumer) commit(branch string) string {
	c.t.Helper()
	c.git("add", "-A", "--", ".", ":!.tapestry")
	c.git("commit", "-q", "--allow-empty", "-m", "change")
	sha := c.git("rev-parse", "HEAD")
	c.gh.SetBranch(branch, sha)
	return sha
}

// open opens a pull request with a change, or pushes to it, and leaves its trial
// merge checked out.
func (c *consumer) open(number int, old, now string) {
	c.t.Helper()
	branch := fmt.Sprintf("change-%d", number)
	if c.pull.Number == number {
		c.git("checkout", "-q", branch)
	} else {
		c.git("checkout", "-q", "-B", branch, "main")
	}
	path := filepath.Join(c.dir, "tapestry.yaml")
	text := get(c.t, path)
	require.Contains(c.t, text, old)
	put(c.t, path, strings.Replace(text, old, now, 1))
	head := c.commit(branch)
	c.git("checkout", "-q", "--detach", "main")
	base := c.git("rev-parse", "HEAD")
	c.n++
	c.git("merge", "-q", "--no-ff", "-m", fmt.Sprintf("merge %d", c.n), branch)
	c.pull = fakegithub.Pull{Number: number, HeadRef: branch, HeadSHA: head, BaseRef: "main", BaseSHA: base, MergeSHA: c.git("rev-parse", "HEAD"), Author: "ann"}
	c.gh.SetPull(c.pull)
}

func (c *consumer) merge() {
	c.t.Helper()
	c.git("checkout", "-q", "-B", "main", c.pull.MergeSHA)
	c.gh.SetBranch("main", c.pull.MergeSHA)
	c.pull.Merged = true
	c.gh.SetPull(c.pull)
}

// ran is what act said of a run.
type ran struct {
	code     int
	log      string
	problems []string // annotations: level file:line message
	summary  string
	outputs  map[string]string
	jobs     map[string]string // by id, what came of it
}

type fields = map[string]any

// event has act run the workflow.
func (c *consumer) event(name string, payload fields) ran {
	c.t.Helper()
	act, err := actProgram()
	if err != nil {
		c.t.Fatalf("act is not there: %v", err)
	}
	payload["repository"] = fields{"full_name": "rain-shield/data", "default_branch": "main", "name": "data", "owner": fields{"login": "rain-shield"}}
	data, err := json.Marshal(payload)
	require.NoError(c.t, err)
	event := filepath.Join(c.t.TempDir(), "event.json")
	put(c.t, event, string(data))
	args := []string{name, "-C", c.dir, "--use-gitignore=false", "-P", "ubuntu-24.04=-self-hosted", "-e", event, "-s", "GITHUB_TOKEN=" + c.token, "--env", "GITHUB_API_URL=" + c.gh.URL(),
		"--no-cache-server", "--action-offline-mode", "--json", "--action-cache-path", c.t.TempDir(), "--actor", "ann",
		"--local-repository", "tapestry-ci/tapestry-ci@" + actionCommit + "=" + c.action,
		"--env", "CONSUMER=" + c.dir, "--local-repository", c.pinned("actions/checkout") + "=" + c.checkout(),
		"--local-repository", c.pinned("actions/upload-artifact") + "=" + c.uploads()}
	for _, pair := range c.env {
		args = append(args, "--env", pair)
	}
	for _, secret := range []string{"ZOOM_CLIENT_SECRET", "SF_CLIENT_SECRET", "SF_REFRESH_TOKEN", "MAILCHIMP_API_KEY"} {
		args = append(args, "-s", secret+"="+secretValue)
	}
	cmd := exec.CommandContext(c.t.Context(), act, args...)
	cmd.Env = append(bare(), "XDG_CACHE_HOME="+c.t.TempDir(), "HOME="+c.t.TempDir())
	out, err := cmd.CombinedOutput()
	if failed := (*exec.ExitError)(nil); !errors.As(err, &failed) {
		require.NoError(c.t, err, "%s", out)
	}
	return c.read(cmd.ProcessState.ExitCode(), out)
}

// secretValue is what every secret of the repository is.
const secretValue = "geheimnisvoll"

// pinned is an action with the commit that the scaffold pins.
func (c *consumer) pinned(action string) string {
	c.t.Helper()
	found := regexp.MustCompile(regexp.QuoteMeta(action) + `@[0-9a-f]{40}`).FindString(get(c.t, filepath.Join(c.dir, ".github/workflows/tapestry.yml")))
	require.NotEmpty(c.t, found, action)
	return found
}

// checkout stands for actions/checkout of a commit; act does that of the event by
// itself.
func (c *consumer) checkout() string {
	c.t.Helper()
	dir := c.t.TempDir()
	put(c.t, filepath.Join(dir, "action.yml"), "name: checkout\ndescription: stands for actions/checkout\ninputs: {ref: {}, persist-credentials: {}}\n"+
		"runs:\n  using: composite\n  steps:\n    - shell: bash\n      run: cp -a \"$CONSUMER/.\" . && git checkout -q --detach \"$REF\"\n      env: {REF: \"${{ inputs.ref }}\"}\n")
	return dir
}

// uploads stands for actions/upload-artifact: it wants the file to be there.
func (c *consumer) uploads() string {
	c.t.Helper()
	dir := c.t.TempDir()
	put(c.t, filepath.Join(dir, "action.yml"), "name: upload\ndescription: stands for actions/upload-artifact\ninputs: {name: {}, path: {}, retention-days: {}}\n"+
		"runs:\n  using: composite\n  steps:\n    - shell: bash\n      run: test -s \"$FILE\" && echo \"uploaded $NAME\"\n      env: {FILE: \"${{ inputs.path }}\", NAME: \"${{ inputs.name }}\"}\n")
	return dir
}

// messages are what act says, without all that is around it.
func messages(out []byte) string {
	var b strings.Builder
	for line := range bytes.Lines(out) {
		var said struct{ Msg string }
		if json.Unmarshal(line, &said) == nil && said.Msg != "" {
			line = []byte(strings.TrimRight(said.Msg, "\n") + "\n")
		}
		b.Write(line)
	}
	return b.String()
}

// read takes what act says of commands, outputs and jobs.
func (c *consumer) read(code int, out []byte) ran {
	r := ran{code: code, log: messages(out), outputs: map[string]string{}, jobs: map[string]string{}}
	scan := bufio.NewScanner(bytes.NewReader(out))
	scan.Buffer(nil, 16<<20)
	for scan.Scan() {
		var line struct {
			Command, Name, Arg, Content, Msg, JobID, JobResult string
			Raw                                                string            `json:"raw"`
			KvPairs                                            map[string]string `json:"kvPairs"`
		}
		if json.Unmarshal(scan.Bytes(), &line) != nil {
			continue
		}
		switch line.Command {
		case "summary":
			r.summary += line.Content
		case "set-output":
			r.outputs[line.Name] = line.Arg
		case "error", "warning":
			r.problems = append(r.problems, fmt.Sprintf("%s %s:%s %s", line.Command, line.KvPairs["file"], line.KvPairs["line"], line.Arg))
		}
		if line.JobResult != "" {
			r.jobs[line.JobID] = line.JobResult
		}
	}
	return r
}

func (c *consumer) pullRequest(action string) ran {
	c.t.Helper()
	repo := c.pull.HeadRepo
	if repo == "" {
		repo = "rain-shield/data"
	}
	return c.event("pull_request", fields{"action": action, "number": c.pull.Number, "sender": fields{"login": c.pull.Author}, "pull_request": fields{"number": c.pull.Number,
		"head": fields{"ref": c.pull.HeadRef, "sha": c.pull.HeadSHA, "repo": fields{"full_name": repo}},
		"base": fields{"ref": "main", "sha": c.pull.BaseSHA, "repo": fields{"full_name": "rain-shield/data"}}}})
}

// kind is the one comment of a kind on the pull request.
func (c *consumer) kind(kind comment.Kind) fakegithub.Comment {
	c.t.Helper()
	var found []fakegithub.Comment
	for _, one := range c.gh.Comments(c.pull.Number) {
		if m, ok := comment.Find(one.Body); ok && m.Kind == kind {
			found = append(found, one)
		}
	}
	require.Len(c.t, found, 1, string(kind))
	return found[0]
}

// says is a comment on the pull request.
func (c *consumer) says(login, text string) ran {
	c.t.Helper()
	return c.event("issue_comment", fields{"action": "created", "sender": fields{"login": login}, "issue": fields{"number": c.pull.Number, "pull_request": fields{}},
		"comment": fields{"body": text, "created_at": time.Now().UTC().Format(time.RFC3339), "user": fields{"login": login, "type": "User"}}})
}

func (c *consumer) pushed() ran {
	c.t.Helper()
	return c.event("push", fields{"ref": "refs/heads/main", "after": c.git("rev-parse", "HEAD")})
}

// shown is a comment as a reader sees it.
func shown(body string) string {
	var lines []string
	for line := range strings.Lines(body) {
		if !strings.HasPrefix(line, "<!--") {
			lines = append(lines, line)
		}
	}
	return strings.TrimSpace(strings.Join(lines, ""))
}
