package containers_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/awstarget"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/sandbox"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/containers"
)

// whole is a pipeline with all its systems.
type whole struct {
	t    *testing.T
	s    *sandbox.Sandbox
	r    *compiler.Result
	env  map[string]string
	live bool
}

// process plans, and applies where it is told to, as one run of the program.
func (w *whole) process(apply bool) *deploy.Plan {
	w.t.Helper()
	cfg := w.s.AWS.Config()
	if !w.live && !apply {
		cfg = w.s.AWS.PlanConfig()
	}
	cfg.Region = w.env["AWS_REGION"]
	target, err := awstarget.Open(w.t.Context(), awstarget.Config{Artifacts: w.r.Artifacts, AWS: &cfg, Tool: "test", Live: w.live || apply, Applying: apply, Poll: 5 * time.Millisecond, Dbt: "none",
		Lookup: func(name string) (string, bool) { v, ok := w.env[name]; return v, ok }})
	require.NoError(w.t, err)
	defer target.Close()
	if !slices.ContainsFunc(target.Providers, func(p deploy.Provider) bool { return p.Name() == containers.Name }) {
		target.Providers = append(target.Providers, containers.New(containers.Config{AWS: cfg, Poll: 5 * time.Millisecond}))
	}
	if apply {
		require.NoError(w.t, target.Prepare(w.t.Context()))
	}
	in, err := target.Input(w.t.Context())
	require.NoError(w.t, err)
	plan, err := deploy.Build(w.t.Context(), target.Providers, in, deploy.Meta{Pipeline: "rain-shield", Environment: "production", Target: "aws"})
	require.NoError(w.t, err)
	if !apply || plan.Empty() {
		return plan
	}
	result, err := deploy.Execute(w.t.Context(), plan, deploy.Execution{Providers: target.Providers, Input: in, Ledger: target.Ledger, Owner: "test", Now: time.Now})
	require.NoError(w.t, err)
	require.Empty(w.t, result.Failed)
	in.Outputs = result.Outputs
	require.NoError(w.t, target.Publish(w.t.Context(), in))
	return plan
}

// A first apply restarts nothing; a rotated secret of a destination does, in the
// same apply, after which there is nothing to do for anybody.
func TestARotationInTheWholeTarget(t *testing.T) {
	folder := "../../../examples/01-rain-shield"
	data, err := os.ReadFile(filepath.Join(folder, ".env"))
	require.NoError(t, err)
	values, err := dotenv.Parse(data)
	require.NoError(t, err)
	w := &whole{t: t, r: compiler.Compile(os.DirFS(folder), "tapestry.yaml", compiler.Options{Env: values}), env: map[string]string{}}
	w.s = sandbox.Start(t, w.r.Artifacts)
	for _, pair := range w.s.Env() {
		name, value, _ := strings.Cut(pair, "=")
		w.env[name] = value
		if strings.HasPrefix(name, "DOCKER_") { // read by a library of the registry
			t.Setenv(name, value)
		}
	}
	require.Nil(t, w.process(true).Change(restartID), "there is nothing yet that could run")
	for _, w.live = range []bool{true, false} {
		require.True(t, w.process(false).Empty(), ids(w.process(false)))
	}

	w.env["MAILCHIMP_API_KEY"] = "another-us1"
	plan := w.process(true)
	require.Equal(t, []string{"update secrets:parameter:MAILCHIMP_API_KEY", "update " + restartID}, ids(plan))
	require.Equal(t, []string{"secrets:parameter:MAILCHIMP_API_KEY"}, plan.Change(restartID).DependsOn)
	require.Len(t, w.s.AWS.Requests("UpdateService"), 2)
	for _, w.live = range []bool{true, false} {
		require.True(t, w.process(false).Empty(), ids(w.process(false)))
	}
}
