package fakeaws

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const keptBucket = `
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    Properties: {BucketName: kept}
  BucketPolicy:
    Type: AWS::S3::BucketPolicy
    DeletionPolicy: Retain
    Properties: {Bucket: kept, PolicyDocument: {Version: "2012-10-17", Statement: []}}
`

// What a stack left behind stops one that makes it again, and can be imported.
func TestImportBeginsAStack(t *testing.T) {
	s := fresh(t)
	cfn := cloudformation.NewFromConfig(s.Config())
	deploy(t, s, "x", keptBucket, types.ChangeSetTypeCreate)
	require.Empty(t, remove(t, s, "x"))
	again := deploy(t, s, "x", keptBucket, types.ChangeSetTypeCreate)
	assert.Equal(t, types.StackStatusRollbackComplete, again.StackStatus)
	require.Empty(t, remove(t, s, "x"))

	in := request("x", keptBucket)
	in.ChangeSetType = types.ChangeSetTypeImport
	in.ResourcesToImport = []types.ResourceToImport{
		{LogicalResourceId: aws.String("Bucket"), ResourceType: aws.String("AWS::S3::Bucket"), ResourceIdentifier: map[string]string{"BucketName": "kept"}},
		{LogicalResourceId: aws.String("BucketPolicy"), ResourceType: aws.String("AWS::S3::BucketPolicy"), ResourceIdentifier: map[string]string{"Bucket": "kept"}},
	}
	made, err := cfn.CreateChangeSet(t.Context(), in)
	require.NoError(t, err)
	change := ready(t, s, made.Id)
	require.Equal(t, types.ChangeSetStatusCreateComplete, change.Status, aws.ToString(change.StatusReason))
	_, err = cfn.ExecuteChangeSet(t.Context(), &cloudformation.ExecuteChangeSetInput{ChangeSetName: made.Id})
	require.NoError(t, err)
	assert.Equal(t, types.StackStatusImportComplete, settled(t, s, "x").StackStatus)
	drop(t, s, change)
	stack := deploy(t, s, "x", keptBucket+"  Topic: {Type: AWS::SNS::Topic}\n", types.ChangeSetTypeUpdate)
	assert.Equal(t, types.StackStatusUpdateComplete, stack.StackStatus, reasons(t, s, "x"))
}

func TestRevertDrift(t *testing.T) {
	s := fresh(t)
	cfn := cloudformation.NewFromConfig(s.Config())
	deploy(t, s, "x", small, types.ChangeSetTypeCreate)
	require.NoError(t, s.Drift("x", "Rule", "/Domain", "standard"))
	same := changeSet(t, s, "x", small, types.ChangeSetTypeUpdate)
	assert.Equal(t, types.ChangeSetStatusFailed, same.Status, "another mode sees no drift")
	drop(t, s, same)

	in := request("x", small)
	in.DeploymentMode = types.DeploymentModeRevertDrift
	made, err := cfn.CreateChangeSet(t.Context(), in)
	require.NoError(t, err)
	assert.Equal(t, map[string]types.Replacement{"Rule": types.ReplacementFalse}, replacements(ready(t, s, made.Id)))
	_, err = cfn.ExecuteChangeSet(t.Context(), &cloudformation.ExecuteChangeSetInput{ChangeSetName: made.Id})
	require.NoError(t, err)
	settled(t, s, "x")
	found, err := cfn.DetectStackDrift(t.Context(), &cloudformation.DetectStackDriftInput{StackName: aws.String("x")})
	require.NoError(t, err)
	status, err := cfn.DescribeStackDriftDetectionStatus(t.Context(), &cloudformation.DescribeStackDriftDetectionStatusInput{StackDriftDetectionId: found.StackDriftDetectionId})
	require.NoError(t, err)
	assert.NotEqual(t, types.StackDriftStatusDrifted, status.StackDriftStatus)
}
