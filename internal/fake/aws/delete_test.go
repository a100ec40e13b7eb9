package fakeaws

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// remove deletes a stack and gives what is left: an empty status where nothing is.
func remove(t *testing.T, s *Server, stack string) string {
	t.Helper()
	cfn := cloudformation.NewFromConfig(s.Config())
	_, err := cfn.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{StackName: &stack})
	require.NoError(t, err)
	status := ""
	require.Eventually(t, func() bool {
		out, err := cfn.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: &stack})
		if err != nil {
			status = ""
			return true
		}
		status = string(out.Stacks[0].StackStatus)
		return status == "DELETE_FAILED"
	}, patient, tick)
	return status
}

func TestFullBucketStopsDeletion(t *testing.T) {
	s := fresh(t)
	deploy(t, s, "x", "Resources: {Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: full-bucket}}}", types.ChangeSetTypeCreate)
	_, err := s3Client(s).PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("full-bucket"), Key: aws.String("k"), Body: strings.NewReader("v")})
	require.NoError(t, err)
	assert.Equal(t, "DELETE_FAILED", remove(t, s, "x"))
	assert.Contains(t, reasons(t, s, "x"), "BucketNotEmpty")
	_, err = s3Client(s).DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("full-bucket"), Key: aws.String("k")})
	require.NoError(t, err)
	assert.Empty(t, remove(t, s, "x"))
}

func TestRepositoryWithImagesStopsDeletion(t *testing.T) {
	s := fresh(t)
	repository := "Resources: {R: {Type: AWS::ECR::Repository, Properties: {RepositoryName: full, EmptyOnDelete: false}}}"
	deploy(t, s, "x", repository, types.ChangeSetTypeCreate)
	_, err := ecr.NewFromConfig(s.Config()).PutImage(t.Context(), &ecr.PutImageInput{RepositoryName: aws.String("full"), ImageTag: aws.String("a"),
		ImageManifest: aws.String(`{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {}, "layers": []}`)})
	require.NoError(t, err)
	assert.Equal(t, "DELETE_FAILED", remove(t, s, "x"))
}

func TestEmptiedRepositoryIsDeleted(t *testing.T) {
	s := fresh(t)
	deploy(t, s, "x", "Resources: {R: {Type: AWS::ECR::Repository, Properties: {RepositoryName: full, EmptyOnDelete: true}}}", types.ChangeSetTypeCreate)
	_, err := ecr.NewFromConfig(s.Config()).PutImage(t.Context(), &ecr.PutImageInput{RepositoryName: aws.String("full"), ImageTag: aws.String("a"),
		ImageManifest: aws.String(`{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {}, "layers": []}`)})
	require.NoError(t, err)
	assert.Empty(t, remove(t, s, "x"))
}

const protected = `
Resources:
  Database:
    Type: AWS::RDS::DBInstance
    DeletionPolicy: Delete
    Properties:
      DBInstanceIdentifier: protected
      DBInstanceClass: db.t4g.micro
      Engine: postgres
      AllocatedStorage: "20"
      MasterUsername: u
      MasterUserPassword: long-enough-password
      DeletionProtection: true
`

func TestDeletionProtection(t *testing.T) {
	s := fresh(t)
	stack := deploy(t, s, "x", protected, types.ChangeSetTypeCreate)
	require.Equal(t, types.StackStatusCreateComplete, stack.StackStatus, reasons(t, s, "x"))
	assert.Equal(t, "DELETE_FAILED", remove(t, s, "x"))
	assert.Contains(t, reasons(t, s, "x"), "deletion protection")

	deploy(t, s, "y", strings.ReplaceAll(protected, "protected", "other"), types.ChangeSetTypeCreate)
	off := deploy(t, s, "y", strings.Replace(strings.ReplaceAll(protected, "protected", "other"), "Protection: true", "Protection: false", 1), types.ChangeSetTypeUpdate)
	require.Equal(t, types.StackStatusUpdateComplete, off.StackStatus, reasons(t, s, "y"))
	assert.Empty(t, remove(t, s, "y"), "once the protection is off")
}

func TestBalancersDeletionProtection(t *testing.T) {
	s := fresh(t)
	require.NoError(t, s.Network(Region, "vpc-1", "subnet-1", "subnet-2"))
	balancer := `
Resources:
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties:
      Name: b
      Subnets: [subnet-1, subnet-2]
      LoadBalancerAttributes: [{Key: deletion_protection.enabled, Value: "true"}]
`
	stack := deploy(t, s, "x", balancer, types.ChangeSetTypeCreate)
	require.Equal(t, types.StackStatusCreateComplete, stack.StackStatus, reasons(t, s, "x"))
	assert.Equal(t, "DELETE_FAILED", remove(t, s, "x"))
	deploy(t, s, "y", strings.Replace(strings.Replace(balancer, `"true"`, `"false"`, 1), "Name: b", "Name: c", 1), types.ChangeSetTypeCreate)
	assert.Empty(t, remove(t, s, "y"))
}

func TestRetainedAddressStays(t *testing.T) {
	s := fresh(t)
	deploy(t, s, "x", small, types.ChangeSetTypeCreate)
	id := aws.ToString(settled(t, s, "x").StackId)
	assert.Empty(t, remove(t, s, "x"))
	out, err := cloudformation.NewFromConfig(s.Config()).DescribeStackEvents(t.Context(), &cloudformation.DescribeStackEventsInput{StackName: &id})
	require.NoError(t, err)
	skipped := map[string]types.ResourceStatus{}
	for _, e := range out.StackEvents {
		if e.ResourceStatus == types.ResourceStatusDeleteSkipped || e.ResourceStatus == types.ResourceStatusDeleteComplete {
			skipped[aws.ToString(e.LogicalResourceId)] = e.ResourceStatus
		}
	}
	assert.Equal(t, types.ResourceStatusDeleteSkipped, skipped["Rule"])
	assert.Equal(t, types.ResourceStatusDeleteComplete, skipped["Topic"])
}

func TestTerminationProtectionAndImports(t *testing.T) {
	s := fresh(t)
	cfn := cloudformation.NewFromConfig(s.Config())
	deploy(t, s, "base", `
Resources: {Topic: {Type: AWS::SNS::Topic}}
Outputs: {Arn: {Value: !Ref Topic, Export: {Name: base-Arn}}}
`, types.ChangeSetTypeCreate)
	deploy(t, s, "user", `
Resources: {P: {Type: AWS::SSM::Parameter, Properties: {Name: /x/p, Type: String, Value: !ImportValue base-Arn}}}
`, types.ChangeSetTypeCreate)
	_, err := cfn.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{StackName: aws.String("base")})
	refused(t, err, "ValidationError", "in use by")
	_, err = cfn.UpdateTerminationProtection(t.Context(), &cloudformation.UpdateTerminationProtectionInput{StackName: aws.String("user"), EnableTerminationProtection: aws.Bool(true)})
	require.NoError(t, err)
	_, err = cfn.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{StackName: aws.String("user")})
	refused(t, err, "ValidationError", "TerminationProtection is enabled")
}
