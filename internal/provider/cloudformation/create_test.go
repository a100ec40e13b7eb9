package cloudformation_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/cloudformation"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/dbt"
)

func TestFirstApply(t *testing.T) {
	for name, want := range map[string][]string{
		rainShield: {"create cloudformation:stack:foundation", "create cloudformation:stack:ingestion", "create cloudformation:stack:sync"},
		support:    {"create cloudformation:stack:foundation", "create cloudformation:stack:ingestion", "create cloudformation:stack:sync"},
		bigCompany: {"create cloudformation:stack:foundation", "create cloudformation:template:ingestion", "create cloudformation:stack:ingestion",
			"create cloudformation:template:sync", "create cloudformation:stack:sync"},
	} {
		t.Run(name, func(t *testing.T) {
			s := account(t)
			all := example(t, name)
			p := provider(s.Config())
			in := deploy.Input{Artifacts: all, Outputs: known()}
			first := plan(t, provider(s.PlanConfig()), in)
			assert.Equal(t, want, ids(first.Changes))
			var said []string
			require.NoError(t, apply(p, first.Changes, in, func(m string) { said = append(said, m) }))
			assert.Contains(t, said, "Key CREATE_COMPLETE")
			assert.NotEmpty(t, in.Outputs["output.foundation.KeyArn"])
			executed := len(s.Requests("ExecuteChangeSet"))
			require.NoError(t, apply(p, first.Changes, in, nil), "once more, as if the ledger had lost it")
			assert.Len(t, s.Requests("ExecuteChangeSet"), executed)

			again := plan(t, p, deploy.Input{Artifacts: all, Outputs: known(), Live: true})
			for _, c := range again.Changes {
				t.Logf("%s %+v", c.ID, c.Fields)
			}
			assert.Empty(t, ids(again.Changes))
		})
	}
}

// The machine image is found once, and kept: another would replace the machine.
func TestTheMachineImage(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	out := plan(t, provider(s.PlanConfig()), deploy.Input{Artifacts: all, Outputs: known()})
	assert.Contains(t, field(change(t, out, "cloudformation:stack:ingestion"), "Parameters.AmiId").After, "the newest of Amazon's at the time of the apply")
	up(t, s, all)
	asked := len(s.Requests("GetParameter"))
	assert.Equal(t, 1, asked)
	nothing(t, s, all)
	assert.Len(t, s.Requests("GetParameter"), asked)

	other := cloudformation.New(cloudformation.Config{AWS: s.PlanConfig(), Lookup: func(name string) (string, bool) {
		return map[string]string{"TAPESTRY_AMI_ID": "ami-0000000000000000f"}[name], true
	}})
	c := change(t, plan(t, other, deploy.Input{Artifacts: all, Outputs: known()}), "cloudformation:stack:ingestion")
	assert.Equal(t, deploy.FieldChange{Path: "Parameters.AmiId", Before: "ami-0c2023a1b2c3d4e5f", After: "ami-0000000000000000f"}, field(c, "Parameters.AmiId"))
	assert.Contains(t, paths(c), "Instance (AWS::EC2::Instance)", "it is made anew")
}

// The engine finds the order in what changes need and provide.
func TestOrder(t *testing.T) {
	s := account(t)
	all := example(t, bigCompany)
	p := provider(s.Config())
	built, err := deploy.Build(t.Context(), []deploy.Provider{p}, deploy.Input{Artifacts: all, Outputs: known()}, deploy.Meta{})
	require.NoError(t, err)
	assert.Equal(t, []string{"cloudformation:stack:foundation", "cloudformation:template:ingestion"}, built.Change("cloudformation:stack:ingestion").DependsOn)
	assert.Equal(t, []string{"cloudformation:stack:foundation", "cloudformation:template:sync"}, built.Change("cloudformation:stack:sync").DependsOn)
	needs := built.Change("cloudformation:stack:sync").Needs
	for _, word := range []string{"image:grouparoo", "image:dbt", "view:UMBRELLA_WORKS_SYNCS."} {
		assert.True(t, slices.ContainsFunc(needs, func(n string) bool { return strings.HasPrefix(n, word) }), word)
	}

	up(t, s, all)
	down, err := deploy.Build(t.Context(), []deploy.Provider{p}, deploy.Input{Artifacts: all, Outputs: known(), Destroy: true}, deploy.Meta{})
	require.NoError(t, err)
	assert.Equal(t, []string{"cloudformation:quiesce:sync"}, down.Change("cloudformation:stack:sync").DependsOn)
	assert.Equal(t, []string{"cloudformation:stack:sync"}, down.Change("cloudformation:quiesce:ingestion").DependsOn)
	assert.Equal(t, []string{"cloudformation:quiesce:ingestion", "cloudformation:stack:sync"}, down.Change("cloudformation:stack:ingestion").DependsOn)
	assert.Equal(t, []string{"cloudformation:stack:ingestion", "cloudformation:stack:sync"}, down.Change("cloudformation:stack:foundation").DependsOn)
}

// nothingBuilt is a bucket without a record of a build.
type nothingBuilt struct{}

func (nothingBuilt) Get(context.Context, string) ([]byte, bool, error) { return nil, false, nil }
func (nothingBuilt) Put(context.Context, string, []byte) error         { return nil }

// Workers and schedule come last, after dbt's build, which waits for first syncs.
func TestTheSyncStackComesLast(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	built, err := deploy.Build(t.Context(), []deploy.Provider{provider(s.Config()), dbt.New(dbt.Config{Store: nothingBuilt{}})},
		deploy.Input{Artifacts: all, Outputs: known()}, deploy.Meta{})
	require.NoError(t, err)
	assert.Equal(t, []string{"cloudformation:stack:foundation", "dbt:build:rain-shield"}, built.Change("cloudformation:stack:sync").DependsOn)
	assert.NotContains(t, built.Change("cloudformation:stack:ingestion").DependsOn, "dbt:build:rain-shield")
}

// Where the job may not make resources itself, CloudFormation has a role that may.
func TestTheStacksRole(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	role := "arn:aws:iam::123456789012:role/rain-shield-cloudformation"
	p := cloudformation.New(cloudformation.Config{AWS: s.Config(), Poll: time.Millisecond, Lookup: func(name string) (string, bool) {
		v, ok := map[string]string{"TAPESTRY_AWS_STACK_ROLE": role, "TAPESTRY_ABCTL_SHA256": sha}[name]
		return v, ok
	}})
	in := deploy.Input{Artifacts: all, Outputs: known()}
	out := plan(t, p, in)
	require.NoError(t, apply(p, out.Changes[:1], in, nil))
	in.Destroy = true
	require.NoError(t, apply(p, plan(t, p, in).Changes, in, nil))
	for _, call := range s.Requests("CreateChangeSet", "DeleteStack") {
		assert.Contains(t, string(call.Body), "RoleARN="+url.QueryEscape(role), call.Operation)
	}
	assert.NotContains(t, out.State+out.Changes[0].Content, role)
}
