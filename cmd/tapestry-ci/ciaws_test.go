package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fakeaws "github.com/tapestry-ci/tapestry-ci/internal/fake/aws"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	fakegithub "github.com/tapestry-ci/tapestry-ci/internal/fake/github"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

// account is a repository whose jobs are led to the sandbox.
type account struct {
	*trial
	gh   *fakegithub.Server
	runs int
}

func newAccount(t *testing.T) *account {
	t.Helper()
	c := &account{trial: newTrial(t, "01-rain-shield"), gh: fakegithub.Start(t)}
	c.git("init", "-q", "-b", "main")
	c.git("config", "user.email", "ann@rainshield.example")
	c.git("config", "user.name", "Ann")
	c.git("config", "commit.gpgsign", "false")
	c.git("add", "-A")
	c.git("commit", "-q", "-m", "the pipeline")
	return c
}

func (c *account) git(args ...string) string {
	c.t.Helper()
	out, err := exec.Command("git", append([]string{"-C", c.dir}, args...)...).CombinedOutput()
	require.NoError(c.t, err, "git %v: %s", args, out)
	return strings.TrimSpace(string(out))
}

// planning is the environment of a job that only reads: the plan role, no secret.
func (c *account) planning() []string {
	env := []string{"AWS_ACCESS_KEY_ID=" + fakeaws.PlanKey}
	for _, pair := range c.env {
		name, value, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(value, "sandbox-") {
			env = append(env, name+"=")
		}
	}
	return env
}

// job runs the command as the action does.
func (c *account) job(name string, payload fields, more ...string) (said string, code int) {
	c.t.Helper()
	c.runs++
	temp := c.t.TempDir()
	payload["repository"] = fields{"full_name": c.gh.Repository(), "default_branch": "main"}
	data, err := json.Marshal(payload)
	require.NoError(c.t, err)
	put(c.t, filepath.Join(temp, "event.json"), string(data))
	cmd := c.start("ci", "--target=aws")
	cmd.Env = append(append(cmd.Env, "PATH="+os.Getenv("PATH"), "GITHUB_EVENT_NAME="+name, "GITHUB_EVENT_PATH="+filepath.Join(temp, "event.json"), "GITHUB_REPOSITORY="+c.gh.Repository(),
		"GITHUB_SHA="+c.git("rev-parse", "HEAD"), "GITHUB_RUN_ID="+fmt.Sprint(c.runs), "GITHUB_API_URL="+c.gh.URL(), "GITHUB_WORKSPACE="+c.dir, "RUNNER_TEMP="+temp,
		"GITHUB_TOKEN="+c.gh.NewToken("pull-requests", "issues", "checks", "deployments"), "GITHUB_STEP_SUMMARY="+filepath.Join(temp, "summary"), "GITHUB_OUTPUT="+filepath.Join(temp, "output")), more...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run() // the code says it
	summary, _ := os.ReadFile(filepath.Join(temp, "summary"))
	return out.String() + string(summary), cmd.ProcessState.ExitCode()
}

// open opens a pull request and runs its job.
func (c *account) open(number int, change func()) (fakegithub.Pull, string, int) {
	c.t.Helper()
	return c.openAs(number, change, c.planning())
}

func (c *account) openAs(number int, change func(), env []string) (fakegithub.Pull, string, int) {
	c.t.Helper()
	branch := fmt.Sprintf("change-%d", number)
	c.git("checkout", "-q", "-B", branch, "main")
	change()
	c.git("commit", "-q", "-a", "--allow-empty", "-m", "change")
	p := fakegithub.Pull{Number: number, HeadRef: branch, HeadSHA: c.git("rev-parse", "HEAD"), BaseRef: "main", BaseSHA: c.git("rev-parse", "main")}
	c.git("checkout", "-q", "--detach", "main")
	c.git("merge", "-q", "--no-ff", "-m", "merge", branch)
	p.MergeSHA = c.git("rev-parse", "HEAD")
	c.gh.SetPull(p)
	said, code := c.job("pull_request", fields{"action": "opened", "number": number, "pull_request": fields{
		"head": fields{"ref": branch, "sha": p.HeadSHA, "repo": fields{"full_name": c.gh.Repository()}}, "base": fields{"ref": "main", "sha": p.BaseSHA}}}, env...)
	return p, said, code
}

// merge merges it and runs the job that applies.
func (c *account) merge(p fakegithub.Pull) (string, int) {
	c.t.Helper()
	return c.mergeAs(p, nil)
}

func (c *account) mergeAs(p fakegithub.Pull, env []string) (string, int) {
	c.t.Helper()
	c.git("checkout", "-q", "-B", "main", p.MergeSHA)
	p.Merged = true
	c.gh.SetBranch("main", c.git("rev-parse", "main"))
	c.gh.SetPull(p)
	return c.job("push", fields{"ref": "refs/heads/main", "after": p.MergeSHA}, env...)
}

func (c *account) comment(number int, kind comment.Kind) string {
	c.t.Helper()
	for _, one := range c.gh.Comments(number) {
		if m, ok := comment.Find(one.Body); ok && m.Kind == kind {
			return one.Body
		}
	}
	return ""
}

// On AWS, with the real command: a role without secrets plans, one with them
// applies what was reviewed, and what moved by hand is refused.
func TestPlanAndMergeOnAWS(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the stand-ins of every cloud")
	}
	c := newAccount(t)
	pull, said, code := c.open(1, func() {})
	require.Zero(t, code, said)
	plan := c.comment(1, comment.KindPlan)
	for _, system := range []string{"stack `rain-shield-foundation`", "Snowflake", "Airbyte"} {
		assert.Contains(t, plan, system)
	}
	assert.Contains(t, plan, "| `mailchimp.newsletter` | 4 |  |  |  |", "rows of the samples, against nothing")
	// The first apply breaks in the middle. What is left of it is not what was
	// reviewed, and the same job goes on with it all the same.
	var broken atomic.Bool
	broken.Store(true)
	c.box.AWS.Fault(fault.Rule{Operation: "PutParameter", Match: func(fault.Call) bool { return broken.Load() }, Do: fault.Refuse, Code: "ValidationException"})
	said, code = c.merge(pull)
	require.Equal(t, 1, code, said)
	assert.Contains(t, c.comment(1, comment.KindApply), "❌ Failed at step")
	broken.Store(false)
	said, code = c.merge(pull)
	require.Zero(t, code, said)
	assert.Contains(t, c.comment(1, comment.KindApply), "✅ Applied")
	require.Len(t, c.gh.Deployments(), 2)

	pull, said, code = c.open(2, func() {})
	require.Zero(t, code, said)
	assert.Contains(t, c.comment(2, comment.KindPlan), "✅ No changes")
	said, code = c.merge(pull)
	require.Zero(t, code, said)
	assert.Empty(t, c.comment(2, comment.KindApply))

	// A change, planned without a secret, is applied with them as it was planned.
	yaml := filepath.Join(c.dir, "tapestry.yaml")
	pull, said, code = c.open(3, func() { put(t, yaml, strings.Replace(get(t, yaml), "schedule: 6h", "schedule: 12h", 1)) })
	require.Zero(t, code, said)
	assert.Contains(t, c.comment(3, comment.KindPlan), "to change**")
	said, code = c.merge(pull)
	require.Zero(t, code, said)
	assert.Contains(t, c.comment(3, comment.KindApply), "✅ Applied")

	// A mapping changes: the preview counts against what was applied.
	_, said, code = c.open(4, func() { put(t, yaml, strings.Replace(get(t, yaml), "LNAME: last_name}", "LNAME: first_name}", 1)) })
	require.Zero(t, code, said)
	assert.Contains(t, c.comment(4, comment.KindPlan), "| `mailchimp.newsletter` |  | 4 |  |  |")
	assert.Contains(t, c.comment(4, comment.KindPlan), "LNAME` changes in 4")

	// A file that names a secret as an ordinary variable gets what .env says, also in
	// the job that holds the secret, and .env leads nobody elsewhere.
	pull, said, code = c.open(5, func() {
		put(t, yaml, strings.Replace(get(t, yaml), "tags: [newsletter]", `tags: ["x-${env.MAILCHIMP_API_KEY}"]`, 1))
		put(t, filepath.Join(c.dir, ".env"), get(t, filepath.Join(c.dir, ".env"))+"MAILCHIMP_API_KEY=placeholder\nTAPESTRY_AIRBYTE_URL=http://127.0.0.1:1\nSNOWFLAKE_HOST=evil.example\n")
	})
	require.Zero(t, code, said)
	assert.Contains(t, c.comment(5, comment.KindPlan), "x-placeholder")
	said, code = c.merge(pull)
	require.Zero(t, code, said)
	assert.Contains(t, c.comment(5, comment.KindApply), "✅ Applied")
	assert.NotContains(t, said, "sandbox-")
	said, code = c.job("schedule", fields{}, c.planning()...)
	require.Zero(t, code, said)
	assert.Empty(t, c.gh.Issues(), "no drift")

	for number := range 6 {
		for _, one := range c.gh.Comments(number) {
			assert.NotContains(t, one.Body, "sandbox-", "a secret")
		}
	}
}
