package cloudformation_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakeaws "github.com/tapestry-ci/tapestry-ci/internal/fake/aws"
)

const landed = "rain-shield-landing-123456789012-us-east-1"

func buckets(s *fakeaws.Server) *s3.Client {
	return s3.NewFromConfig(s.Config(), func(o *s3.Options) { o.UsePathStyle = true })
}

// keyOf is the key that a bucket's new objects are encrypted with.
func keyOf(t testing.TB, s *fakeaws.Server, bucket string) string {
	t.Helper()
	out, err := buckets(s).GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: &bucket})
	require.NoError(t, err)
	require.Len(t, out.ServerSideEncryptionConfiguration.Rules, 1)
	return aws.ToString(out.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.KMSMasterKeyID)
}

// A bucket left its stack, was kept, and comes back into the stack that is there.
func TestABucketComesBack(t *testing.T) {
	s := account(t)
	with, without := variant(t, "ingestion: {landing: s3}\n"), variant(t, "ingestion: {landing: direct}\n")
	p, _ := up(t, s, with)
	in := deploy.Input{Artifacts: without, Outputs: known(), Live: true}
	require.NoError(t, apply(p, plan(t, p, in).Changes, in, nil))
	nothing(t, s, without)
	putInto(t, s, landed, "data")

	in = deploy.Input{Artifacts: with, Outputs: known(), Live: true}
	out := plan(t, provider(s.PlanConfig()), in)
	c := change(t, out, "cloudformation:stack:ingestion")
	assert.Equal(t, deploy.Update, c.Action)
	assert.Contains(t, c.Fields, deploy.FieldChange{Path: "LandingBucket (AWS::S3::Bucket)", Before: landed + " is there from an earlier stack", After: "taken up with all that it holds"})
	require.NoError(t, apply(p, plan(t, p, in).Changes, in, nil))
	assert.Equal(t, types.StackStatusUpdateComplete, live(t, s, ingestion).StackStatus)
	_, err := buckets(s).HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(landed), Key: aws.String("data")})
	require.NoError(t, err)
	nothing(t, s, with)
}

// A bucket that is taken up by a new pipeline has the key of the former one. What is
// put into it from now on is encrypted with the new one's.
func TestATakenBucketGetsTheNewKey(t *testing.T) {
	s := account(t)
	all := variant(t, "ingestion: {landing: s3}\n")
	p, in := up(t, s, all)
	former := in.Outputs["output.foundation.KeyArn"]
	require.Equal(t, former, keyOf(t, s, landed))
	in.Destroy = true
	require.NoError(t, apply(p, plan(t, p, in).Changes, in, nil))

	in = deploy.Input{Artifacts: all, Outputs: known(), Live: true}
	require.NoError(t, apply(p, plan(t, p, in).Changes, in, nil))
	require.NotEqual(t, former, in.Outputs["output.foundation.KeyArn"])
	assert.Equal(t, in.Outputs["output.foundation.KeyArn"], keyOf(t, s, landed))
	nothing(t, s, all)
}
