package cloudformation_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakeaws "github.com/tapestry-ci/tapestry-ci/internal/fake/aws"
)

const (
	foundationPath = "cloudformation/foundation.yaml"
	ingestionPath  = "cloudformation/ingestion.yaml"
	syncPath       = "cloudformation/sync.yaml"
	foundation     = "rain-shield-foundation"
	ingestion      = "rain-shield-ingestion"
	syncStack      = "rain-shield-sync"
)

// paths are what a change says of properties.
func paths(c deploy.Change) []string {
	var all []string
	for _, f := range c.Fields {
		all = append(all, f.Path)
	}
	return all
}

func field(c deploy.Change, path string) deploy.FieldChange {
	for _, f := range c.Fields {
		if f.Path == path {
			return f
		}
	}
	return deploy.FieldChange{}
}

func change(t testing.TB, out deploy.Outcome, id string) deploy.Change {
	t.Helper()
	for _, c := range out.Changes {
		if c.ID == id {
			return c
		}
	}
	require.Fail(t, "no change "+id, "%v", ids(out.Changes))
	return deploy.Change{}
}

func client(s *fakeaws.Server) *cfn.Client { return cfn.NewFromConfig(s.Config()) }

func live(t testing.TB, s *fakeaws.Server, stack string) types.Stack {
	t.Helper()
	out, err := client(s).DescribeStacks(t.Context(), &cfn.DescribeStacksInput{StackName: &stack})
	require.NoError(t, err)
	return out.Stacks[0]
}

// nothing plans as an apply would, and finds nothing to do.
func nothing(t testing.TB, s *fakeaws.Server, all []emit.Artifact) {
	t.Helper()
	out := plan(t, provider(s.Config()), deploy.Input{Artifacts: all, Outputs: known(), Live: true})
	assert.Empty(t, ids(out.Changes))
	for _, c := range out.Changes {
		t.Logf("%s: %s\n%v", c.ID, c.Reason, c.Fields)
	}
}

func TestAnEdit(t *testing.T) {
	s := account(t)
	before := example(t, rainShield)
	p, _ := up(t, s, before)
	after := edited(t, before, ingestionPath, "InstanceType: t3.xlarge", "InstanceType: t3.large")
	after = edited(t, after, syncPath, "Default: 4", "Default: 8")
	in := deploy.Input{Artifacts: after, Outputs: known()}
	out := plan(t, provider(s.PlanConfig()), in)
	assert.Equal(t, []string{"update cloudformation:stack:ingestion", "update cloudformation:stack:sync"}, ids(out.Changes))
	machine := change(t, out, "cloudformation:stack:ingestion")
	assert.Equal(t, deploy.FieldChange{Path: "Instance (AWS::EC2::Instance).Properties.InstanceType", Before: "t3.xlarge", After: "t3.large"},
		field(machine, "Instance (AWS::EC2::Instance).Properties.InstanceType"))
	assert.NotEqual(t, deploy.Safe, machine.Risk)
	require.NoError(t, apply(p, plan(t, p, in).Changes, in, nil))
	nothing(t, s, after)
}

// Another image is known before it is pushed, or is not; either way the plan says so.
func TestAnotherImage(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	p, in := up(t, s, all)
	without := known()
	delete(without, "image.grouparoo")
	c := change(t, plan(t, p, deploy.Input{Artifacts: all, Outputs: without}), "cloudformation:stack:sync")
	assert.Equal(t, []string{"Parameters.GrouparooImage"}, paths(c))
	assert.Equal(t, "known when image grouparoo is pushed", c.Fields[0].After)
	_, err := p.Apply(t.Context(), c, deploy.Input{Artifacts: all, Outputs: without}, func(string) {})
	require.ErrorContains(t, err, "parameter GrouparooImage has no value yet")

	in.Outputs["image.grouparoo"] = strings.Replace(in.Outputs["image.grouparoo"], "sha256:ab", "sha256:cd", 1)
	seen := change(t, plan(t, p, in), "cloudformation:stack:sync")
	assert.Equal(t, c.Content, seen.Content, "the value is no part of what is approved")
	assert.Contains(t, paths(seen), "WorkerTask (AWS::ECS::TaskDefinition)")
	// What a provider is certain of is told to Plan alone.
	_, err = p.Apply(t.Context(), seen, deploy.Input{Artifacts: all, Outputs: deploy.Outputs{}}, func(string) {})
	require.NoError(t, err)
	assert.Empty(t, plan(t, p, in).Changes)
}

func TestDriftIsShownInItsPlace(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	p, in := up(t, s, all)

	t.Run("parameter", func(t *testing.T) {
		stack := live(t, s, syncStack)
		var given []types.Parameter
		for _, v := range stack.Parameters {
			if aws.ToString(v.ParameterKey) == "WorkerMaximum" {
				v.ParameterValue = aws.String("9")
			}
			given = append(given, types.Parameter{ParameterKey: v.ParameterKey, ParameterValue: v.ParameterValue})
		}
		_, err := client(s).UpdateStack(t.Context(), &cfn.UpdateStackInput{StackName: aws.String(syncStack), UsePreviousTemplate: aws.Bool(true), Parameters: given,
			Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam}})
		require.NoError(t, err)
		require.Eventually(t, func() bool { return live(t, s, syncStack).StackStatus == types.StackStatusUpdateComplete }, patient, tick)
		out := plan(t, p, deploy.Input{Artifacts: all, Outputs: known()})
		require.Equal(t, []string{"update cloudformation:stack:sync"}, ids(out.Changes))
		assert.Contains(t, out.Changes[0].Fields, deploy.FieldChange{Path: "Parameters.WorkerMaximum", Before: "9", After: "4"})
		require.NoError(t, apply(p, out.Changes, in, nil))
		nothing(t, s, all)
	})
	t.Run("tag", func(t *testing.T) {
		stack := live(t, s, syncStack)
		_, err := client(s).UpdateStack(t.Context(), &cfn.UpdateStackInput{StackName: aws.String(syncStack), UsePreviousTemplate: aws.Bool(true), Parameters: stack.Parameters,
			Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam}, Tags: append(stack.Tags, types.Tag{Key: aws.String("by"), Value: aws.String("hand")})})
		require.NoError(t, err)
		require.Eventually(t, func() bool { return len(live(t, s, syncStack).Tags) > len(stack.Tags) }, patient, tick)
		out := plan(t, p, deploy.Input{Artifacts: all, Outputs: known()})
		require.Equal(t, []string{"update cloudformation:stack:sync"}, ids(out.Changes))
		assert.Equal(t, []deploy.FieldChange{{Path: "Tags.by", Before: "hand"}}, out.Changes[0].Fields)
		require.NoError(t, apply(p, out.Changes, in, nil))
		nothing(t, s, all)
	})
	t.Run("property", func(t *testing.T) {
		require.NoError(t, s.Drift(foundation, "Vpc", "/EnableDnsSupport", "false"))
		assert.Empty(t, plan(t, p, deploy.Input{Artifacts: all, Outputs: known()}).Changes, "a plan that does not look cannot see it")
		out := plan(t, p, in)
		require.Equal(t, []string{"update cloudformation:drift:foundation"}, ids(out.Changes))
		assert.True(t, out.Changes[0].Aside, "whoever approved a plan that could not see it")
		assert.Equal(t, plan(t, p, deploy.Input{Artifacts: all, Outputs: known()}).State, out.State)
		assert.Equal(t, []deploy.FieldChange{{Path: "Vpc (AWS::EC2::VPC).Properties.EnableDnsSupport", Before: "false (changed outside)", After: "true"}}, out.Changes[0].Fields)
		assert.Equal(t, deploy.Disruptive, out.Changes[0].Risk)
		require.NoError(t, apply(p, out.Changes, in, nil))
		nothing(t, s, all)
	})
	t.Run("protection", func(t *testing.T) {
		assert.True(t, aws.ToBool(live(t, s, foundation).EnableTerminationProtection))
		_, err := client(s).UpdateTerminationProtection(t.Context(), &cfn.UpdateTerminationProtectionInput{StackName: aws.String(foundation), EnableTerminationProtection: aws.Bool(false)})
		require.NoError(t, err)
		out := plan(t, p, deploy.Input{Artifacts: all, Outputs: known()})
		require.Equal(t, []string{"update cloudformation:stack:foundation"}, ids(out.Changes))
		assert.Equal(t, []deploy.FieldChange{{Path: "TerminationProtection", Before: "off", After: "on"}}, out.Changes[0].Fields)
		require.NoError(t, apply(p, out.Changes, in, nil))
		nothing(t, s, all)
	})
}

// A change set that does more than was shown is not executed.
func TestMoreThanWasShown(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	p, _ := up(t, s, all)
	after := edited(t, all, syncPath, "DBName: grouparoo", "DBName: other")
	after = edited(t, after, syncPath, "UpdateReplacePolicy: Snapshot\n    Properties:\n      Engine: postgres", "UpdateReplacePolicy: Delete\n    Properties:\n      Engine: postgres")
	in := deploy.Input{Artifacts: after, Outputs: known()}
	c := change(t, plan(t, p, in), "cloudformation:stack:sync")
	require.Equal(t, deploy.Destructive, c.Risk)
	c.Risk = deploy.Safe // as a plan would say that was made before
	_, err := p.Apply(t.Context(), c, in, func(string) {})
	require.ErrorContains(t, err, "than the plan shows, so nothing was done")
	assert.ErrorContains(t, err, "Database: ")
	for _, v := range live(t, s, syncStack).Parameters {
		if aws.ToString(v.ParameterKey) == "DeletionProtection" {
			assert.Equal(t, "true", aws.ToString(v.ParameterValue), "nothing is unprotected for what is refused")
		}
	}
	sets, err := client(s).ListChangeSets(t.Context(), &cfn.ListChangeSetsInput{StackName: aws.String(syncStack)})
	require.NoError(t, err)
	for _, set := range sets.Summaries {
		assert.NotEqual(t, types.ExecutionStatusAvailable, set.ExecutionStatus)
	}
}

func TestTemplatesAtTheLimit(t *testing.T) {
	all := example(t, rainShield)
	for _, c := range []struct {
		bytes int
		want  []string
	}{
		{51200, []string{"create cloudformation:stack:foundation"}},
		{51201, []string{"create cloudformation:template:foundation", "create cloudformation:stack:foundation"}},
	} {
		s := account(t)
		padded := edited(t, all, foundationPath, "", "")
		for i := range padded {
			if padded[i].Path == foundationPath {
				fill := c.bytes - len(padded[i].Content)
				padded[i].Content = append([]byte("#"+strings.Repeat("ä", (fill-2)/2)+strings.Repeat("-", (fill-2)%2)+"\n"), padded[i].Content...)
				require.Len(t, padded[i].Content, c.bytes)
			}
		}
		p := provider(s.Config())
		in := deploy.Input{Artifacts: padded, Outputs: known()}
		out := plan(t, p, in)
		assert.Equal(t, c.want, ids(out.Changes)[:len(c.want)])
		require.NoError(t, apply(p, out.Changes[:len(c.want)], in, nil))
		assert.Len(t, s.Requests("PutObject"), 2*(len(c.want)-1), "once as its own step, once to be sure")
		assert.Equal(t, types.StackStatusCreateComplete, live(t, s, foundation).StackStatus)
	}
}

// An unchanged plan asks for each stack and its template, and for nothing else.
func TestCallsOfAnUnchangedPlan(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	up(t, s, all)
	p := provider(s.PlanConfig())
	from := len(s.Requests())
	outputs, err := p.Outputs(t.Context(), settingsOf(t, all))
	require.NoError(t, err)
	for k, v := range known() {
		outputs[k] = v
	}
	assert.Equal(t, known()["image.grouparoo"], outputs["running.image.grouparoo"])
	assert.Equal(t, known()["image.dbt"], outputs["running.image.dbt"])
	out := plan(t, p, deploy.Input{Artifacts: all, Outputs: outputs})
	assert.Empty(t, out.Changes)
	calls := len(s.Requests()) - from
	t.Logf("calls of an unchanged plan: %d", calls)
	assert.LessOrEqual(t, calls, 8)
	again := plan(t, p, deploy.Input{Artifacts: all, Outputs: outputs})
	assert.Equal(t, out.State, again.State)
	text, err := json.Marshal(out)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "known at apply")
}

// Only whoever is named by Snowflake may take the role that reads the bucket.
func TestTrust(t *testing.T) {
	s := account(t)
	all := example(t, bigCompany)
	in := deploy.Input{Artifacts: all, Outputs: known()}
	p := provider(s.Config())
	out := plan(t, p, in)
	require.NoError(t, apply(p, out.Changes, in, nil))
	assert.Empty(t, plan(t, p, in).Changes)

	in.Outputs["snowflake.integration.principal"] = "arn:aws:iam::999999999999:user/snow"
	assert.Empty(t, plan(t, p, in).Changes, "half of it is not enough")
	in.Outputs["snowflake.integration.external_id"] = "ORG_SFCRole=1"
	out = plan(t, p, in)
	require.Equal(t, []string{"update cloudformation:trust:ingestion"}, ids(out.Changes))
	assert.Equal(t, []string{"Parameters.SnowflakeExternalId", "Parameters.SnowflakePrincipal"}, paths(out.Changes[0]))
	require.NoError(t, apply(p, out.Changes, in, nil))
	assert.Empty(t, plan(t, p, in).Changes)
	assert.Empty(t, plan(t, p, deploy.Input{Artifacts: all, Outputs: known()}).Changes, "whoever cannot ask Snowflake leaves it as it is")
}
