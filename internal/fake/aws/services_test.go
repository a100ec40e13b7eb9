package fakeaws

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const withKey = `
Resources:
  Key: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {Version: "2012-10-17", Statement: []}}}
  Alias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/rain-shield, TargetKeyId: !Ref Key}}
`

func secretInput(name, value string) *ssm.PutParameterInput {
	return &ssm.PutParameterInput{Name: &name, Value: &value, Type: types.ParameterTypeSecureString, KeyId: aws.String("alias/rain-shield")}
}

func TestParameters(t *testing.T) {
	s := fresh(t)
	client, ctx := ssm.NewFromConfig(s.Config()), t.Context()
	name := "/tapestry/rain-shield/production/A"
	_, err := client.PutParameter(ctx, secretInput(name, "v"))
	refused(t, err, "InvalidKeyId", "alias/rain-shield")
	deploy(t, s, "x", withKey, cfntypes.ChangeSetTypeCreate)
	_, err = client.PutParameter(ctx, secretInput(name, "v"))
	require.NoError(t, err)
	_, err = client.PutParameter(ctx, secretInput(name, "w"))
	refused(t, err, "ParameterAlreadyExists", "overwrite")
	over := secretInput(name, "w")
	over.Overwrite = aws.Bool(true)
	put, err := client.PutParameter(ctx, over)
	require.NoError(t, err)
	assert.Equal(t, int64(2), put.Version)

	got, err := client.GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	require.NoError(t, err)
	assert.NotEqual(t, "w", aws.ToString(got.Parameter.Value), "as it is stored")
	got, err = client.GetParameter(ctx, &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
	require.NoError(t, err)
	assert.Equal(t, "w", aws.ToString(got.Parameter.Value))

	for _, c := range []struct {
		size int
		tier types.ParameterTier
		want string
	}{
		{4096, types.ParameterTierStandard, ""}, {4096, "", ""},
		{4097, types.ParameterTierStandard, "4096 characters"}, {4097, "", "4096 characters"},
		{4097, types.ParameterTierAdvanced, ""}, {8192, types.ParameterTierAdvanced, ""}, {8193, types.ParameterTierAdvanced, "8192 characters"},
	} {
		in := secretInput("/tapestry/size/"+string(c.tier), strings.Repeat("x", c.size))
		in.Tier = c.tier
		_, err := client.PutParameter(ctx, in)
		if c.want == "" {
			require.NoError(t, err, c.size)
			_, err = client.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: in.Name})
			require.NoError(t, err)
		} else {
			refused(t, err, "ValidationException", c.want)
		}
	}

	image, err := client.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64")})
	require.NoError(t, err)
	assert.Regexp(t, "^ami-[0-9a-f]{17}$", aws.ToString(image.Parameter.Value))
}

func TestPutParameterFromOutside(t *testing.T) {
	s := fresh(t)
	require.NoError(t, s.PutParameter(t.Context(), "/x/CREDENTIALS", "from the machine"))
	require.NoError(t, s.PutParameter(t.Context(), "/x/CREDENTIALS", "again"))
	assert.Empty(t, s.Requests(), "it is nobody's call")
	got, err := ssm.NewFromConfig(s.Config()).GetParameter(t.Context(), &ssm.GetParameterInput{Name: aws.String("/x/CREDENTIALS"), WithDecryption: aws.Bool(true)})
	require.NoError(t, err)
	assert.Equal(t, "again", aws.ToString(got.Parameter.Value))
	assert.Equal(t, int64(2), got.Parameter.Version)
}

func TestConditionalWrites(t *testing.T) {
	s := fresh(t)
	client, ctx := s3Client(s), t.Context()
	bucket := aws.String("bucket")
	_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket})
	require.NoError(t, err)
	put := func(body string, match, noneMatch *string) (*s3.PutObjectOutput, error) {
		return client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("lock"), Body: strings.NewReader(body), IfMatch: match, IfNoneMatch: noneMatch})
	}
	first, err := put("a", nil, aws.String("*"))
	require.NoError(t, err)
	_, err = put("b", nil, aws.String("*"))
	refused(t, err, "PreconditionFailed", "")
	_, err = put("b", first.ETag, nil)
	require.NoError(t, err)
	_, err = put("c", first.ETag, nil)
	refused(t, err, "PreconditionFailed", "")
	assert.Len(t, s.Requests("PutObject"), 4)
}

func TestLifecycleOfABucketIsKept(t *testing.T) {
	s := fresh(t)
	deploy(t, s, "x", `
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: kept
      LifecycleConfiguration: {Rules: [{Id: Old, Status: Enabled, Prefix: logs/, ExpirationInDays: 90}]}
`, cfntypes.ChangeSetTypeCreate)
	out, err := s3Client(s).GetBucketLifecycleConfiguration(t.Context(), &s3.GetBucketLifecycleConfigurationInput{Bucket: aws.String("kept")})
	require.NoError(t, err)
	require.Len(t, out.Rules, 1)
	assert.Equal(t, "Old", aws.ToString(out.Rules[0].ID))
	assert.Equal(t, int32(90), aws.ToInt32(out.Rules[0].Expiration.Days))
}

func TestRegistryAndCaller(t *testing.T) {
	s := fresh(t)
	client := ecr.NewFromConfig(s.PlanConfig())
	out, err := client.GetAuthorizationToken(t.Context(), &ecr.GetAuthorizationTokenInput{})
	require.NoError(t, err)
	assert.Equal(t, "https://123456789012.dkr.ecr.us-east-1.amazonaws.com", aws.ToString(out.AuthorizationData[0].ProxyEndpoint))
	require.NoError(t, s.SetRegistry("http://127.0.0.1:5000"))
	out, err = client.GetAuthorizationToken(t.Context(), &ecr.GetAuthorizationTokenInput{})
	require.NoError(t, err)
	assert.Equal(t, "http://127.0.0.1:5000", aws.ToString(out.AuthorizationData[0].ProxyEndpoint))
	who, err := sts.NewFromConfig(s.PlanConfig()).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	require.NoError(t, err)
	assert.Equal(t, Account, aws.ToString(who.Account))
}

func TestRegistryAnswersItsOwnCalls(t *testing.T) {
	s := fresh(t)
	assert.False(t, s.HasRepository("full"))
	deploy(t, s, "x", "Resources: {R: {Type: AWS::ECR::Repository, Properties: {RepositoryName: full}}}", cfntypes.ChangeSetTypeCreate)
	assert.True(t, s.HasRepository("full"))
	s.HandOn(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = io.WriteString(w, `{"imageDetails": [{"imageTags": ["of-the-registry"]}]}`)
	}), "DescribeImages")
	client := ecr.NewFromConfig(s.PlanConfig())
	out, err := client.DescribeImages(t.Context(), &ecr.DescribeImagesInput{RepositoryName: aws.String("full")})
	require.NoError(t, err)
	require.Len(t, out.ImageDetails, 1)
	assert.Equal(t, []string{"of-the-registry"}, out.ImageDetails[0].ImageTags)
	assert.Len(t, s.Requests("DescribeImages"), 1)
	require.NoError(t, s.Reset())
	_, err = client.DescribeImages(t.Context(), &ecr.DescribeImagesInput{RepositoryName: aws.String("full")})
	refused(t, err, "RepositoryNotFoundException", "full")
}

func TestServiceIsDeployedAnew(t *testing.T) {
	s := fresh(t)
	stack := deploy(t, s, "x", `
Resources:
  Cluster: {Type: AWS::ECS::Cluster, Properties: {ClusterName: c}}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: f
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: "256"
      Memory: "512"
      ContainerDefinitions: [{Name: n, Image: i}]
  Service:
    Type: AWS::ECS::Service
    Properties:
      ServiceName: worker
      Cluster: !Ref Cluster
      TaskDefinition: !Ref Task
      DesiredCount: 2
      LaunchType: FARGATE
      NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [subnet-00000001]}}
`, cfntypes.ChangeSetTypeCreate)
	require.Equal(t, cfntypes.StackStatusCreateComplete, stack.StackStatus, reasons(t, s, "x"))
	client := ecs.NewFromConfig(s.Config())
	_, err := client.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("c"), Service: aws.String("worker"), ForceNewDeployment: true})
	require.NoError(t, err)
	_, err = client.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("c"), Service: aws.String("worker"), DesiredCount: aws.Int32(0)})
	require.NoError(t, err)
	out, err := client.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("c"), Services: []string{"worker"}})
	require.NoError(t, err)
	require.Len(t, out.Services, 1)
	assert.Equal(t, int32(0), out.Services[0].DesiredCount)
	require.Len(t, out.Services[0].Deployments, 1)
	newest := out.Services[0].Deployments[0]
	assert.Equal(t, ecstypes.DeploymentRolloutStateCompleted, newest.RolloutState)
	assert.WithinDuration(t, time.Now(), *newest.CreatedAt, time.Minute)
	assert.NotZero(t, milliseconds(t, client), "of several deployments, one is not made at a full second")
	_, err = client.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("c"), Service: aws.String("none"), ForceNewDeployment: true})
	require.Error(t, err)
}

// milliseconds adds up those of a few deployments.
func milliseconds(t *testing.T, client *ecs.Client) (sum int) {
	for range 3 {
		out, err := client.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("c"), Service: aws.String("worker"), ForceNewDeployment: true})
		require.NoError(t, err)
		sum += out.Service.Deployments[0].CreatedAt.Nanosecond() / int(time.Millisecond)
	}
	return sum
}

func TestDrift(t *testing.T) {
	s := fresh(t)
	deploy(t, s, "x", small, cfntypes.ChangeSetTypeCreate)
	assert.Empty(t, drifted(t, s, "x"))
	require.NoError(t, s.Drift("x", "Rule", "/Domain", "standard"))
	assert.Equal(t, map[string]string{"Rule": "/Domain vpc standard"}, drifted(t, s, "x"))
	require.ErrorContains(t, s.Drift("x", "Nothing", "/Domain", "standard"), "no resource Nothing")
	require.ErrorContains(t, s.Drift("y", "Rule", "/Domain", "standard"), "no stack y")
}

// drifted detects drift and gives what differs.
func drifted(t *testing.T, s *Server, stack string) map[string]string {
	t.Helper()
	cfn := cloudformation.NewFromConfig(s.PlanConfig())
	begun, err := cfn.DetectStackDrift(t.Context(), &cloudformation.DetectStackDriftInput{StackName: &stack})
	require.NoError(t, err)
	status, err := cfn.DescribeStackDriftDetectionStatus(t.Context(), &cloudformation.DescribeStackDriftDetectionStatusInput{StackDriftDetectionId: begun.StackDriftDetectionId})
	require.NoError(t, err)
	require.Equal(t, cfntypes.StackDriftDetectionStatusDetectionComplete, status.DetectionStatus)
	out, err := cfn.DescribeStackResourceDrifts(t.Context(), &cloudformation.DescribeStackResourceDriftsInput{StackName: &stack,
		StackResourceDriftStatusFilters: []cfntypes.StackResourceDriftStatus{cfntypes.StackResourceDriftStatusModified}})
	require.NoError(t, err)
	found := map[string]string{}
	for _, d := range out.StackResourceDrifts {
		for _, p := range d.PropertyDifferences {
			found[aws.ToString(d.LogicalResourceId)] = aws.ToString(p.PropertyPath) + " " + aws.ToString(p.ExpectedValue) + " " + aws.ToString(p.ActualValue)
		}
	}
	want := cfntypes.StackDriftStatusInSync
	if len(found) > 0 {
		want = cfntypes.StackDriftStatusDrifted
	}
	assert.Equal(t, want, status.StackDriftStatus)
	return found
}

// What the plan role may and may not do.
func TestPlanRoleOnlyReads(t *testing.T) {
	s := fresh(t)
	deploy(t, s, "x", small+strings.TrimPrefix(withKey, "\nResources:\n"), cfntypes.ChangeSetTypeCreate)
	require.NoError(t, s.PutParameter(t.Context(), "/x/secret", "v"))
	cfg, ctx, stack := s.PlanConfig(), t.Context(), aws.String("x")
	cfn, params, services := cloudformation.NewFromConfig(cfg), ssm.NewFromConfig(cfg), ecs.NewFromConfig(cfg)
	objects := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	_, err := s3Client(s).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("bucket")})
	require.NoError(t, err)

	for what, read := range map[string]func() error{
		"DescribeStacks": func() error {
			_, err := cfn.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: stack})
			return err
		},
		"GetTemplate": func() error {
			_, err := cfn.GetTemplate(ctx, &cloudformation.GetTemplateInput{StackName: stack})
			return err
		},
		"DescribeParameters": func() error { _, err := params.DescribeParameters(ctx, &ssm.DescribeParametersInput{}); return err },
		"GetParameter": func() error {
			_, err := params.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String("/x/secret")})
			return err
		},
		"ListObjectsV2": func() error {
			_, err := objects.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("bucket")})
			return err
		},
		"HeadBucket": func() error {
			_, err := objects.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String("bucket")})
			return err
		},
		"ListClusters": func() error { _, err := services.ListClusters(ctx, &ecs.ListClustersInput{}); return err },
	} {
		assert.NoError(t, read(), what)
	}
	before := len(s.Requests())
	for what, write := range map[string]func() error{
		"CreateChangeSet": func() error { _, err := cfn.CreateChangeSet(ctx, request("x", small)); return err },
		"ExecuteChangeSet": func() error {
			_, err := cfn.ExecuteChangeSet(ctx, &cloudformation.ExecuteChangeSetInput{StackName: stack, ChangeSetName: aws.String("change")})
			return err
		},
		"DeleteStack": func() error {
			_, err := cfn.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: stack})
			return err
		},
		"PutParameter": func() error { _, err := params.PutParameter(ctx, secretInput("/x/a", "v")); return err },
		"DeleteParameter": func() error {
			_, err := params.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: aws.String("/x/secret")})
			return err
		},
		"GetParameter with decryption": func() error {
			_, err := params.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String("/x/secret"), WithDecryption: aws.Bool(true)})
			return err
		},
		"GetParametersByPath with decryption": func() error {
			_, err := params.GetParametersByPath(ctx, &ssm.GetParametersByPathInput{Path: aws.String("/x"), WithDecryption: aws.Bool(true)})
			return err
		},
		"PutObject": func() error {
			_, err := objects.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k"), Body: strings.NewReader("v")})
			return err
		},
		"CreateBucket": func() error {
			_, err := objects.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("other")})
			return err
		},
		"DeleteBucket": func() error {
			_, err := objects.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String("bucket")})
			return err
		},
		"UpdateService": func() error {
			_, err := services.UpdateService(ctx, &ecs.UpdateServiceInput{Service: aws.String("w")})
			return err
		},
	} {
		err := write()
		if assert.Error(t, err, what) {
			c, message := code(t, err)
			assert.Contains(t, c, "AccessDenied", what)
			assert.Contains(t, message, "is not authorized to perform", what)
		}
	}
	assert.Len(t, s.Requests(), before+11, "a refusal is no reason to try again")
}

func TestEncryptionOfABucketIsKept(t *testing.T) {
	s := fresh(t)
	template := `
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: locked
      BucketEncryption: {ServerSideEncryptionConfiguration: [{BucketKeyEnabled: true, ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: first}}]}
`
	for _, key := range []string{"first", "second"} {
		kind := cfntypes.ChangeSetTypeCreate
		if key == "second" {
			kind = cfntypes.ChangeSetTypeUpdate
		}
		deploy(t, s, "x", strings.Replace(template, "first", key, 1), kind)
		out, err := s3Client(s).GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: aws.String("locked")})
		require.NoError(t, err)
		require.Len(t, out.ServerSideEncryptionConfiguration.Rules, 1)
		assert.Equal(t, key, aws.ToString(out.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.KMSMasterKeyID))
	}
}
