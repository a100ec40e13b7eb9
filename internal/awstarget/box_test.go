package awstarget_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/internal/awstarget"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/sandbox"
)

// box is a pipeline with a sandbox to apply it to.
type box struct {
	t         testing.TB
	s         *sandbox.Sandbox
	artifacts []emit.Artifact
	meta      deploy.Meta
	env       map[string]string
	allow     []string
	events    func(deploy.Event)
}

// compiled compiles an example, changed by edit, in an environment.
func compiled(t testing.TB, example, environment string, edit func(string) string) ([]emit.Artifact, deploy.Meta) {
	t.Helper()
	dir := filepath.Join("..", "..", "examples", example)
	env := map[string]string{}
	if data, err := os.ReadFile(filepath.Join(dir, ".env")); err == nil {
		env, err = dotenv.Parse(data)
		require.NoError(t, err)
	}
	fsys := os.DirFS(dir)
	if edit != nil {
		text, err := os.ReadFile(filepath.Join(dir, "tapestry.yaml"))
		require.NoError(t, err)
		changed := edit(string(text))
		require.NotEqual(t, string(text), changed, "the edit changes nothing")
		copied := t.TempDir()
		require.NoError(t, os.CopyFS(copied, fsys))
		require.NoError(t, os.WriteFile(filepath.Join(copied, "tapestry.yaml"), []byte(changed), 0o600))
		fsys = os.DirFS(copied)
	}
	r := compiler.Compile(fsys, "tapestry.yaml", compiler.Options{Env: env, Environment: environment})
	require.False(t, r.Diagnostics.HasErrors(), "%v", r.Diagnostics)
	return r.Artifacts, deploy.Meta{Pipeline: r.Pipeline.Name, Environment: r.Pipeline.Env, Target: "aws", Tool: "test", Artifacts: r.Manifest.Digest}
}

// open compiles an example and starts a sandbox for it.
func open(t testing.TB, example, environment string) *box {
	t.Helper()
	artifacts, meta := compiled(t, example, environment, nil)
	return boxOf(t, sandbox.Start(t, artifacts), artifacts, meta)
}

func boxOf(t testing.TB, s *sandbox.Sandbox, artifacts []emit.Artifact, meta deploy.Meta) *box {
	b := &box{t: t, s: s, artifacts: artifacts, meta: meta, env: map[string]string{}}
	t.Setenv("PATH", t.TempDir()) // where there is no dbt
	for _, pair := range s.Env() {
		name, value, _ := strings.Cut(pair, "=")
		b.env[name] = value
		if strings.HasPrefix(name, "DOCKER_") { // read by a library of the registry
			t.Setenv(name, value)
		}
	}
	return b
}

func (b *box) lookup(name string) (string, bool) { v, ok := b.env[name]; return v, ok }

// process is one run of the program. It ends with the test at the latest.
func (b *box) process(live, applying bool) (*awstarget.Target, error) {
	cfg := b.s.AWS.Config()
	if !live {
		cfg = b.s.AWS.PlanConfig()
	}
	cfg.Region = b.region()
	return awstarget.Open(b.t.Context(), awstarget.Config{Artifacts: b.artifacts, Lookup: b.lookup, AWS: &cfg, Tool: "test", Live: live, Applying: applying,
		Poll: 5 * time.Millisecond})
}

func (b *box) region() string { return b.env["AWS_REGION"] }

// planned is the plan of a process of its own.
func (b *box) planned(live, destroy bool) (*deploy.Plan, error) {
	target, err := b.process(live, false)
	if err != nil {
		return nil, err
	}
	defer target.Close()
	in, err := target.Input(b.t.Context())
	if err != nil {
		return nil, err
	}
	in.Destroy = destroy
	return deploy.Build(b.t.Context(), target.Providers, in, b.meta)
}

func (b *box) plan(live bool) *deploy.Plan {
	b.t.Helper()
	plan, err := b.planned(live, false)
	require.NoError(b.t, err)
	return plan
}

// run applies, or takes down, with a process of its own. It does what the command
// does: bucket, lock, plan, execute, publish.
func (b *box) run(destroy bool) (plan *deploy.Plan, result *deploy.Result, err error) {
	ctx := context.WithoutCancel(b.t.Context())
	target, err := b.process(true, !destroy)
	if err != nil {
		return nil, nil, err
	}
	defer target.Close()
	if err := target.Prepare(ctx); err != nil {
		return nil, nil, err
	}
	release, err := target.Lock.Acquire("test", time.Now())
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, release()) }()
	in, err := target.Input(ctx)
	if err != nil {
		return nil, nil, err
	}
	in.Destroy = destroy
	if plan, err = deploy.Build(ctx, target.Providers, in, b.meta); err != nil || plan.Empty() {
		return plan, nil, err
	}
	result, err = deploy.Execute(ctx, plan, deploy.Execution{Providers: target.Providers, Input: in, Ledger: target.Ledger, Owner: "test", Now: time.Now, Allow: b.allow, Events: b.events})
	if err != nil {
		return plan, result, err
	}
	in.Outputs = result.Outputs
	return plan, result, target.Publish(ctx, in)
}

func (b *box) apply() (*deploy.Plan, *deploy.Result) {
	b.t.Helper()
	plan, result, err := b.run(false)
	require.NoError(b.t, err)
	if result != nil {
		require.Empty(b.t, result.Failed)
		require.Equal(b.t, "done", result.Status, "left: %v", result.Left)
	}
	return plan, result
}

// waiting names the changes of a plan that would do something.
func waiting(p *deploy.Plan) []string {
	var out []string
	for _, c := range p.Changes {
		if !c.Empty() {
			out = append(out, string(c.Action)+" "+c.ID+": "+c.Reason)
		}
	}
	return out
}
