package images_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakeregistry "github.com/tapestry-ci/tapestry-ci/internal/fake/registry"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/images"
)

// stacks stands for the provider of the stacks: foundation makes the
// repositories, sync takes the images.
type stacks struct {
	registry *fakeregistry.Server
	made     bool
	took     deploy.Outputs
}

func (*stacks) Name() string { return "cloudformation" }

func (s *stacks) Plan(context.Context, deploy.Input) (deploy.Outcome, error) {
	var out deploy.Outcome
	if !s.made {
		out.Changes = append(out.Changes, deploy.Change{ID: "cloudformation:stack:foundation", Provider: "cloudformation", Kind: "stack", Name: "foundation",
			Action: deploy.Create, Risk: deploy.Safe, Provides: []string{"stack:foundation"}, Content: "1"})
	}
	if s.took == nil {
		out.Changes = append(out.Changes, deploy.Change{ID: "cloudformation:stack:sync", Provider: "cloudformation", Kind: "stack", Name: "sync",
			Action: deploy.Create, Risk: deploy.Safe, Needs: []string{"image:grouparoo", "image:dbt"}, Content: "1"})
	}
	return out, nil
}

func (s *stacks) Apply(_ context.Context, c deploy.Change, in deploy.Input, _ deploy.Progress) (deploy.Outputs, error) {
	if c.Name == "sync" {
		s.took = in.Outputs
		return nil, nil
	}
	s.registry.Create(repoGrou, repoDbt)
	s.made = true
	return outputs(), nil
}

// run plans, and applies unless approved is nil, in which case its plan is what
// is approved.
func run(t *testing.T, s *stacks, c images.Config, l *ledger.Files, approved *deploy.Plan) (*deploy.Plan, *deploy.Result) {
	t.Helper()
	providers := []deploy.Provider{s, images.New(c)}
	in := deploy.Input{Artifacts: rainShield(), Outputs: deploy.Outputs{}}
	if s.made {
		in.Outputs = outputs()
	}
	fresh, err := deploy.Build(context.Background(), providers, in, deploy.Meta{Pipeline: "rain-shield", Target: "aws", Artifacts: "1"})
	require.NoError(t, err)
	if approved == nil {
		approved = fresh
	}
	runs, err := l.Runs()
	require.NoError(t, err)
	var last *deploy.Run
	if len(runs) > 0 {
		last = &runs[len(runs)-1]
	}
	todo, err := deploy.Reapprove(approved, fresh, last)
	require.NoError(t, err)
	result, err := deploy.Execute(context.Background(), todo, deploy.Execution{Providers: providers, Input: in, Ledger: l, Owner: "test", Approved: approved.Digest, Now: time.Now})
	require.NoError(t, err)
	return approved, result
}

// The first apply on a fresh account goes through in one run where the
// dependency images are known; without them it stops before the images, says
// what to do, and the same approved plan goes on once that is done.
func TestFirstApplyOnAFreshAccount(t *testing.T) {
	t.Run("in one run", func(t *testing.T) {
		s := &stacks{registry: fakeregistry.Start(t)}
		_, c := elsewhere(t, s.registry)
		_, result := run(t, s, c, ledger.In(t.TempDir()), nil)
		require.Equal(t, "done", result.Status, "%v", result.Failed)
		assert.Equal(t, []string{"cloudformation:stack:foundation", "images:base:dbt", "images:image:dbt", "images:base:grouparoo", "images:image:grouparoo", "cloudformation:stack:sync"}, result.Done)
		assert.Regexp(t, `^`+uri+`dbt@sha256:`, s.took["image.dbt"])
		assert.Regexp(t, `^`+uri+`grouparoo@sha256:`, s.took["image.grouparoo"])
	})
	t.Run("in two", func(t *testing.T) {
		s := &stacks{registry: fakeregistry.Start(t)}
		l := ledger.In(t.TempDir())
		approved, result := run(t, s, config(s.registry), l, nil)
		require.Equal(t, "failed", result.Status)
		require.Len(t, result.Failed, 2)
		assert.Contains(t, result.Failed[0].Error, "dependencies.sh")
		assert.True(t, s.made)
		assert.Nil(t, s.took)
		for image, repository := range map[string]string{"grouparoo": repoGrou, "dbt": repoDbt} {
			_, err := s.registry.PushDependencies(repository, spec(t, image).Dependencies.Tag)
			require.NoError(t, err)
		}
		_, result = run(t, s, config(s.registry), l, approved)
		require.Equal(t, "done", result.Status, "%v", result.Failed)
		assert.Contains(t, s.took, "image.dbt")
	})
}
