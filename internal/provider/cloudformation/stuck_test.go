package cloudformation_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakeaws "github.com/tapestry-ci/tapestry-ci/internal/fake/aws"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/cloudformation"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/cloudformation/stackdiff"
)

const bucket = "rain-shield-artifacts-123456789012-us-east-1"

func put(t *testing.T, s *fakeaws.Server, key string) {
	t.Helper()
	putInto(t, s, bucket, key)
}

func putInto(t *testing.T, s *fakeaws.Server, bucket, key string) {
	t.Helper()
	_, err := buckets(s).PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("x")})
	require.NoError(t, err)
}

// A create that fails says which resource was the first, leaves no bucket behind,
// and is made anew by the next apply.
func TestFailedCreate(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	broken := edited(t, all, foundationPath, "NatAddress.AllocationId\n      SubnetId: !Ref PublicSubnetA", "NatAddress.AllocationId\n      SubnetId: subnet-0123456789abcdef0")
	p := provider(s.Config())
	in := deploy.Input{Artifacts: broken, Outputs: known()}
	out := plan(t, p, in)
	err := apply(p, out.Changes[:1], in, nil)
	require.ErrorContains(t, err, "stack rain-shield-foundation is ROLLBACK_COMPLETE: Nat")
	assert.ErrorContains(t, err, "failed first")

	in.Artifacts = all
	c := change(t, plan(t, p, in), "cloudformation:stack:foundation")
	assert.Equal(t, deploy.Replace, c.Action)
	assert.Equal(t, deploy.Disruptive, c.Risk)
	assert.Contains(t, c.Reason, "it is ROLLBACK_COMPLETE and can only be deleted and made anew")
	require.NoError(t, apply(p, []deploy.Change{c}, in, nil))
	assert.Equal(t, types.StackStatusCreateComplete, live(t, s, foundation).StackStatus)
}

// What CloudFormation finds out before it makes anything is in no event of the
// resource. The reason is given all the same, with the place in the template.
func TestFailedBeforeAnythingIsMade(t *testing.T) {
	s := account(t)
	_, err := buckets(s).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("taken-123456789012-us-east-1")})
	require.NoError(t, err)
	broken := edited(t, example(t, rainShield), foundationPath, "rain-shield-artifacts-${AWS::AccountId}", "taken-${AWS::AccountId}")
	in := deploy.Input{Artifacts: broken, Outputs: known()}
	p := provider(s.Config())
	err = apply(p, plan(t, p, in).Changes[:1], in, nil)
	require.ErrorContains(t, err, "stack rain-shield-foundation is ROLLBACK_COMPLETE: ArtifactBucket (AWS::S3::Bucket) at cloudformation/foundation.yaml:")
	assert.ErrorContains(t, err, "already exists")
	assert.NotContains(t, err.Error(), "DescribeEvents")
}

// A bucket that was taken up keeps what it holds, also when the rest fails.
func TestTakenUpThenFailed(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	p, in := up(t, s, all)
	put(t, s, "data")
	in.Destroy = true
	require.NoError(t, apply(p, plan(t, p, in).Changes, in, nil))

	in = deploy.Input{Artifacts: edited(t, all, foundationPath, "NatAddress.AllocationId\n      SubnetId: !Ref PublicSubnetA", "NatAddress.AllocationId\n      SubnetId: subnet-0123456789abcdef0"), Outputs: known()}
	out := plan(t, p, in)
	require.ErrorContains(t, apply(p, out.Changes, in, nil), "stack rain-shield-foundation is UPDATE_ROLLBACK_COMPLETE: Nat")
	client := s3.NewFromConfig(s.Config(), func(o *s3.Options) { o.UsePathStyle = true })
	_, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String("data")})
	require.NoError(t, err)

	in.Artifacts = all
	out = plan(t, p, in)
	assert.Equal(t, deploy.Update, change(t, out, "cloudformation:stack:foundation").Action)
	require.NoError(t, apply(p, out.Changes, in, nil))
	_, err = client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String("data")})
	require.NoError(t, err)
	nothing(t, s, all)
}

func TestStuckStacks(t *testing.T) {
	for _, status := range []string{"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"} {
		t.Run(status, func(t *testing.T) {
			s := account(t)
			all := example(t, rainShield)
			p := provider(s.Config())
			in := deploy.Input{Artifacts: all, Outputs: known()}
			require.NoError(t, apply(p, plan(t, p, in).Changes[:1], in, nil))
			require.NoError(t, s.SetStackStatus(foundation, status, "because"))

			put(t, s, "data")
			c := change(t, plan(t, provider(s.PlanConfig()), in), "cloudformation:stack:foundation")
			assert.Equal(t, deploy.Blocked, c.Action)
			assert.Contains(t, c.Reason, "ArtifactBucket (AWS::S3::Bucket "+bucket+")")
			assert.Contains(t, c.Next, "aws cloudformation delete-stack --stack-name rain-shield-foundation")

			client := s3.NewFromConfig(s.Config(), func(o *s3.Options) { o.UsePathStyle = true })
			_, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(bucket), Key: aws.String("data")})
			require.NoError(t, err)
			c = change(t, plan(t, p, in), "cloudformation:stack:foundation")
			require.Equal(t, deploy.Replace, c.Action)
			assert.Contains(t, c.Fields, deploy.FieldChange{Path: "ArtifactBucket (AWS::S3::Bucket)", Before: bucket + " is there from an earlier stack", After: "taken up with all that it holds"})
			put(t, s, "data")
			require.ErrorContains(t, apply(p, []deploy.Change{c}, in, nil), "it may hold data: ArtifactBucket", "it came after the plan")
			_, err = client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(bucket), Key: aws.String("data")})
			require.NoError(t, err)
			require.NoError(t, apply(p, []deploy.Change{c}, in, nil))
			assert.Equal(t, types.StackStatusUpdateComplete, live(t, s, foundation).StackStatus, "imported, then filled")
		})
	}
}

// A stack whose rollback got stuck works and holds data: it is never deleted.
func TestStuckRollback(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	p, in := up(t, s, all)
	require.NoError(t, s.SetStackStatus(ingestion, "UPDATE_ROLLBACK_FAILED", "the database was busy."))
	in.Artifacts = edited(t, all, ingestionPath, "InstanceType: t3.xlarge", "InstanceType: t3.large")
	out := plan(t, p, in)
	require.Equal(t, []string{"update cloudformation:rollback:ingestion", "update cloudformation:stack:ingestion"}, ids(out.Changes))
	assert.Contains(t, out.Changes[0].Reason, "it is UPDATE_ROLLBACK_FAILED (the database was busy)")
	assert.Contains(t, out.Changes[1].DependsOn, out.Changes[0].ID)
	require.NoError(t, apply(p, out.Changes, in, nil))
	assert.Empty(t, s.Requests("DeleteStack"))
	assert.Len(t, s.Requests("ContinueUpdateRollback"), 1)
	nothing(t, s, in.Artifacts)
}

func TestSomebodyElseIsAtIt(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	p, in := up(t, s, all)
	require.NoError(t, s.SetStackStatus(ingestion, "UPDATE_IN_PROGRESS", ""))
	out := plan(t, provider(s.PlanConfig()), deploy.Input{Artifacts: all, Outputs: known()})
	require.Equal(t, []string{"update cloudformation:stack:ingestion"}, ids(out.Changes))
	assert.Contains(t, out.Changes[0].Reason, "it is UPDATE_IN_PROGRESS: apply waits until that is done")
	require.Len(t, out.Notes, 1)
	assert.Contains(t, out.Notes[0], "stack rain-shield-ingestion is UPDATE_IN_PROGRESS since ")

	var said []string
	require.NoError(t, apply(p, out.Changes, in, func(m string) {
		said = append(said, m)
		if strings.Contains(m, "waiting until that is done") {
			require.NoError(t, s.SetStackStatus(ingestion, "UPDATE_COMPLETE", ""))
		}
	}))
	assert.Contains(t, said, "the stack is UPDATE_IN_PROGRESS: waiting until that is done")
	nothing(t, s, all)
}

// An apply was killed while its stack was made: the next one waits for it, under
// the approval of the first.
func TestKilledWhileAStackIsMade(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	p := provider(s.Config())
	in := deploy.Input{Artifacts: all, Outputs: known()}
	approved := plan(t, p, in).Changes[0]
	require.NoError(t, apply(p, []deploy.Change{approved}, in, nil))
	require.NoError(t, s.SetStackStatus(foundation, "CREATE_IN_PROGRESS", ""))
	c := change(t, plan(t, p, in), approved.ID)
	assert.Equal(t, deploy.Create, c.Action)
	assert.Equal(t, approved.Content, c.Content)
	assert.Contains(t, c.Reason, "it is CREATE_IN_PROGRESS: apply waits")
	for _, end := range []string{"CREATE_COMPLETE", "ROLLBACK_COMPLETE"} {
		require.NoError(t, s.SetStackStatus(foundation, "CREATE_IN_PROGRESS", ""))
		err := apply(p, []deploy.Change{c}, in, func(m string) {
			if strings.Contains(m, "waiting until that is done") {
				require.NoError(t, s.SetStackStatus(foundation, end, "a limit was reached"))
			}
		})
		if end == "CREATE_COMPLETE" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, "stack rain-shield-foundation is ROLLBACK_COMPLETE: a limit was reached")
		}
	}
}

func TestAStateThatNothingHereLeadsTo(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	p, in := up(t, s, all)
	require.NoError(t, s.SetStackStatus(ingestion, "UPDATE_FAILED", ""))
	c := change(t, plan(t, p, in), "cloudformation:stack:ingestion")
	assert.Equal(t, deploy.Blocked, c.Action)
	assert.Contains(t, c.Next, "rollback-stack")
}

func TestAbctlWithoutADigest(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	p := cloudformation.New(cloudformation.Config{AWS: s.PlanConfig()})
	c := change(t, plan(t, p, deploy.Input{Artifacts: all, Outputs: known()}), "cloudformation:stack:ingestion")
	assert.Equal(t, deploy.Blocked, c.Action)
	assert.Contains(t, c.Next, "export TAPESTRY_ABCTL_SHA256=$(curl -fsSL https://github.com/airbytehq/abctl/releases/download/v0.30.4/abctl-v0.30.4-linux-amd64.tar.gz | sha256sum")
	up(t, s, all)
	assert.Empty(t, plan(t, p, deploy.Input{Artifacts: all, Outputs: known()}).Changes, "the one that is in use stays")
}

func TestUnexpected(t *testing.T) {
	modify := func(r types.Replacement) types.Change {
		return types.Change{ResourceChange: &types.ResourceChange{Action: types.ChangeActionModify, LogicalResourceId: aws.String("X"), ResourceType: aws.String("T"), Replacement: r}}
	}
	drifted := modify(types.ReplacementFalse)
	drifted.ResourceChange.ResourceDriftStatus = types.StackResourceDriftStatusModified
	remove := types.Change{ResourceChange: &types.ResourceChange{Action: types.ChangeActionRemove, LogicalResourceId: aws.String("X"), ResourceType: aws.String("T")}}
	for _, c := range []struct {
		plan   deploy.Action
		is     types.Change
		want   string
		drifts []string
	}{
		{"", drifted, "", []string{"X"}},
		{deploy.Update, drifted, "", []string{"Y"}},
		{"", drifted, "X (T): CloudFormation: it would be put back to what the stack made it; the plan: nothing", []string{"Y"}},
		{deploy.Update, modify(types.ReplacementFalse), "", nil},
		{deploy.Update, modify(types.ReplacementConditional), "", nil},
		{deploy.Update, modify(types.ReplacementTrue), "X (T): CloudFormation: it would be made anew; the plan: update", nil},
		{"", modify(types.ReplacementTrue), "X (T): CloudFormation: it would be made anew; the plan: nothing", nil},
		{deploy.Replace, modify(types.ReplacementTrue), "", nil},
		{deploy.Delete, remove, "", nil},
		{deploy.Keep, remove, "", nil},
		{deploy.Update, remove, "X (T): CloudFormation: it would be removed; the plan: update", nil},
	} {
		var plan stackdiff.Result
		if c.plan != "" {
			plan.Resources = []stackdiff.Resource{{LogicalID: "X", Action: c.plan}}
		}
		assert.Equal(t, c.want, strings.Join(cloudformation.Unexpected(plan, c.drifts, []types.Change{c.is}), "\n"))
	}
}

// RDS keeps up the minor version by itself: that is no drift, and there is no way
// back.
func TestWhatAWSDoesByItself(t *testing.T) {
	drift := func(typ, path, want, is string) types.StackResourceDrift {
		return types.StackResourceDrift{ResourceType: &typ, StackResourceDriftStatus: types.StackResourceDriftStatusModified,
			PropertyDifferences: []types.PropertyDifference{{PropertyPath: &path, ExpectedValue: &want, ActualValue: &is}}}
	}
	assert.True(t, cloudformation.OwnDoing(drift("AWS::RDS::DBInstance", "/EngineVersion", "17.9", "17.11")))
	assert.True(t, cloudformation.OwnDoing(drift("AWS::ElastiCache::ReplicationGroup", "/EngineVersion", "7.1", "7.2")))
	assert.False(t, cloudformation.OwnDoing(drift("AWS::RDS::DBInstance", "/EngineVersion", "17.9", "18.1")))
	assert.False(t, cloudformation.OwnDoing(drift("AWS::RDS::DBInstance", "/BackupRetentionPeriod", "14", "1")))
	assert.False(t, cloudformation.OwnDoing(drift("AWS::EC2::VPC", "/EngineVersion", "1.1", "1.2")))
}

// An apply was killed right after it took buckets up: CloudFormation looks for no
// drift of a stack in that state, and the next plan goes on without.
func TestKilledAfterAnImport(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	up(t, s, all)
	for _, status := range []string{"IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"} {
		require.NoError(t, s.SetStackStatus(ingestion, status, ""))
		out := plan(t, provider(s.Config()), deploy.Input{Artifacts: all, Outputs: known(), Live: true})
		assert.Empty(t, ids(out.Changes), status)
	}
}

// AWS cannot be asked for a while: what waits outlasts that, and says so. What is
// refused for a reason is not tried again.
func TestAnOutageWhileAStackIsMade(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	cfg := s.Config()
	cfg.Retryer = func() aws.Retryer { // what is refused stays so; a connection of the stand-in may break
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.Retryables = []retry.IsErrorRetryable{retry.RetryableConnectionError{}}
		})
	}
	p := provider(cfg)
	in := deploy.Input{Artifacts: all, Outputs: known()}
	c := plan(t, p, in).Changes[0]
	s.Fault(fault.Rule{Operation: "DescribeChangeSet", Times: 3, Do: fault.Refuse})
	executed := after(s, "ExecuteChangeSet")
	for _, operation := range []string{"DescribeStackEvents", "DescribeStacks"} {
		s.Fault(fault.Rule{Operation: operation, Match: executed, Times: 3, Do: fault.Refuse})
	}
	var said []string
	require.NoError(t, apply(p, []deploy.Change{c}, in, func(m string) { said = append(said, m) }))
	assert.Equal(t, 9, strings.Count(strings.Join(said, "\n"), "AWS cannot be asked (Throttling"))

	in.Destroy = true
	down := change(t, plan(t, p, in), "cloudformation:stack:foundation")
	s.Fault(fault.Rule{Operation: "DescribeStackEvents", Match: after(s, "DeleteStack"), Do: fault.Refuse, Status: 403, Code: "AccessDenied", Message: "no"})
	require.ErrorContains(t, apply(p, []deploy.Change{down}, in, nil), "AccessDenied")
}

// after matches calls that come after another was made.
func after(s *fakeaws.Server, operation string) func(fault.Call) bool {
	var made atomic.Bool
	s.Fault(fault.Rule{Operation: operation, Do: fault.Pass, After: func(fault.Call) { made.Store(true) }})
	return func(fault.Call) bool { return made.Load() }
}
