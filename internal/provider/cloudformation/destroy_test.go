package cloudformation_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// The stacks go in the order in which nothing stands on what is gone; what holds
// data stays, and the next pipeline of that name takes it up.
func TestDestroyAndComeBack(t *testing.T) {
	for _, name := range []string{rainShield, bigCompany} {
		t.Run(name, func(t *testing.T) {
			s := account(t)
			all := example(t, name)
			p, in := up(t, s, all)
			names := settingsOf(t, all).Stacks
			if name == rainShield {
				put(t, s, "data")
			}
			down := deploy.Input{Artifacts: all, Outputs: in.Outputs, Destroy: true}
			out := plan(t, provider(s.PlanConfig()), down)
			var doing []string
			for _, c := range out.Changes {
				if !c.Empty() {
					doing = append(doing, c.ID)
				}
			}
			assert.Equal(t, []string{"cloudformation:quiesce:sync", "cloudformation:stack:sync", "cloudformation:quiesce:ingestion", "cloudformation:stack:ingestion",
				"cloudformation:stack:foundation"}, doing)
			assert.Contains(t, ids(out.Changes), "keep cloudformation:kept:foundation.ArtifactBucket")
			assert.Contains(t, ids(out.Changes), "keep cloudformation:kept:sync.Database")
			assert.Equal(t, []string{"gone:workers"}, change(t, out, "cloudformation:quiesce:sync").Provides)
			assert.Equal(t, []string{"gone:stack:sync", "gone:airbyte", "gone:snowflake", "gone:secrets"}, change(t, out, "cloudformation:stack:ingestion").Needs)

			require.NoError(t, apply(p, out.Changes, down, nil))
			assert.Empty(t, plan(t, p, down).Changes)
			require.NoError(t, apply(p, out.Changes, down, nil), "once more, as if the ledger had lost it")
			for _, n := range names {
				_, err := client(s).DescribeStacks(t.Context(), describe(n.Stack))
				assert.ErrorContains(t, err, "does not exist")
			}

			in = deploy.Input{Artifacts: all, Outputs: known()}
			again := plan(t, p, in)
			c := change(t, again, "cloudformation:stack:foundation")
			assert.Equal(t, deploy.Create, c.Action)
			assert.True(t, slices.ContainsFunc(c.Fields, func(f deploy.FieldChange) bool { return strings.HasSuffix(f.Before, "is there from an earlier stack") }))
			require.NoError(t, apply(p, again.Changes, in, nil))
			stack := names[0].Stack
			if name == rainShield {
				assert.Equal(t, types.StackStatusUpdateComplete, live(t, s, stack).StackStatus)
			}
			assert.Empty(t, plan(t, p, in).Changes)
		})
	}
}

// What cannot be deleted says so, and is tried again.
func TestDeletionThatFails(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	p, in := up(t, s, all)
	in.Destroy = true
	out := plan(t, p, in)
	// Without the change before it the database is protected.
	_, err := p.Apply(t.Context(), change(t, out, "cloudformation:stack:sync"), in, func(string) {})
	require.ErrorContains(t, err, "stack rain-shield-sync is DELETE_FAILED: Database (AWS::RDS::DBInstance) at cloudformation/sync.yaml:")
	assert.ErrorContains(t, err, "deletion protection")
	again := plan(t, p, in)
	assert.Equal(t, deploy.Delete, change(t, again, "cloudformation:stack:sync").Action)
}
