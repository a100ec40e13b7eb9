package deploy_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// known is a provider whose answer is fixed.
type known struct {
	name    string
	follows []string
	outcome deploy.Outcome
	saw     deploy.Outputs
}

func (k *known) Name() string      { return k.name }
func (k *known) Follows() []string { return k.follows }
func (k *known) Plan(_ context.Context, in deploy.Input) (deploy.Outcome, error) {
	k.saw = in.Outputs
	return k.outcome, nil
}
func (*known) Apply(context.Context, deploy.Change, deploy.Input, deploy.Progress) (deploy.Outputs, error) {
	return nil, nil
}

func TestFollowersKnowWhatOthersFound(t *testing.T) {
	images := &known{name: "images", outcome: deploy.Outcome{Outputs: deploy.Outputs{"image.dbt": "r@sha256:1"},
		Changes: []deploy.Change{{ID: "images:image:dbt", Action: deploy.Update, Provides: []string{"image:dbt"}, Needs: []string{"stack:foundation"}}}}}
	stacks := &known{name: "stacks", follows: []string{"images", "nobody"}, outcome: deploy.Outcome{
		Changes: []deploy.Change{{ID: "stacks:stack:sync", Action: deploy.Update, Needs: []string{"image:dbt", "stack:foundation"}}}}}
	in := deploy.Input{Outputs: deploy.Outputs{"output.foundation.VpcId": "vpc-1"}}
	plan, err := deploy.Build(context.Background(), []deploy.Provider{stacks, images}, in, deploy.Meta{})
	require.NoError(t, err)
	assert.Equal(t, deploy.Outputs{"image.dbt": "r@sha256:1", "output.foundation.VpcId": "vpc-1"}, stacks.saw)
	assert.Len(t, in.Outputs, 1, "the caller's outputs are left alone")
	assert.Equal(t, []string{"images:image:dbt"}, plan.Change("stacks:stack:sync").DependsOn, "a need that nobody provides is there already")
	assert.Empty(t, plan.Change("images:image:dbt").DependsOn)
}

func TestWhoFollowsHimselfIsRefused(t *testing.T) {
	_, err := deploy.Build(context.Background(), []deploy.Provider{&known{name: "a", follows: []string{"b"}}, &known{name: "b", follows: []string{"a"}}}, deploy.Input{}, deploy.Meta{})
	require.ErrorContains(t, err, "follows itself")
}

func TestWhatIsAsideIsNoPartOfWhatIsReviewed(t *testing.T) {
	plan := func(more ...deploy.Change) *deploy.Plan {
		p := &deploy.Plan{Changes: append([]deploy.Change{{ID: "a:b:c", Action: deploy.Create}}, more...)}
		require.NoError(t, p.Seal())
		return p
	}
	rotated := deploy.Change{ID: "secrets:parameter:X", Action: deploy.Update, Aside: true}
	with, without := plan(rotated), plan()
	assert.Equal(t, with.Digest, without.Digest)
	got, err := deploy.Reapprove(without, with, nil)
	require.NoError(t, err)
	assert.Same(t, with, got, "what is aside is made all the same")
	assert.Empty(t, deploy.Compare(without, with))
}
