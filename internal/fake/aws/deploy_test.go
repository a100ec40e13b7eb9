package fakeaws

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

const (
	tick    = 20 * time.Millisecond
	patient = 20 * time.Second
)

// shared is one server for all tests that do not end it: starting is most of what
// a small test costs.
var shared *Server

func TestMain(m *testing.M) {
	code := m.Run()
	if shared != nil {
		if err := shared.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// fresh gives the shared server with an empty account.
func fresh(t *testing.T) *Server {
	t.Helper()
	python := filepath.Join(judge.Dir(t, "fakes"), "bin", "python")
	if shared == nil {
		var err error
		shared, err = New(context.Background(), Options{Python: python})
		require.NoError(t, err)
	}
	require.NoError(t, shared.Reset())
	return shared
}

// build compiles a pipeline file and gives its artefacts by path.
func build(t *testing.T, folder, env string) map[string]string {
	t.Helper()
	result := compiler.Compile(os.DirFS(folder), "tapestry.yaml", compiler.Options{Environment: env, Env: environ(t, folder), Tool: "test"})
	require.NotNil(t, result.Pipeline, "%v", result.Diagnostics)
	files := map[string]string{}
	for _, a := range result.Artifacts {
		files[a.Path] = string(a.Content)
	}
	return files
}

// environ is a folder's .env file.
func environ(t *testing.T, folder string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, ".env"))
	require.NoError(t, err)
	values, err := dotenv.Parse(data)
	require.NoError(t, err)
	return values
}

// values are parameters that apply finds out.
var values = map[string]string{
	"AmiId":          "ami-0123456789abcdef0",
	"AbctlSha256":    strings.Repeat("ab", 32),
	"GrouparooImage": account + ".dkr.ecr.us-east-1.amazonaws.com/x/grouparoo@sha256:" + strings.Repeat("a", 64),
	"DbtImage":       account + ".dkr.ecr.us-east-1.amazonaws.com/x/dbt@sha256:" + strings.Repeat("b", 64),
}

func parameters(template string) []types.Parameter {
	var ps []types.Parameter
	for name, value := range values {
		if strings.Contains(template, "\n  "+name+":\n    Type:") {
			ps = append(ps, types.Parameter{ParameterKey: aws.String(name), ParameterValue: aws.String(value)})
		}
	}
	return ps
}

// changeSet makes a change set and gives it once it is ready, or has failed.
func changeSet(t *testing.T, s *Server, stack, template string, kind types.ChangeSetType) *cloudformation.DescribeChangeSetOutput {
	t.Helper()
	in := &cloudformation.CreateChangeSetInput{
		StackName: &stack, ChangeSetName: aws.String("change"), ChangeSetType: kind,
		Parameters: parameters(template), Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
	}
	if len(template) > 51200 {
		in.TemplateURL = aws.String(uploaded(t, s, stack, template))
	} else {
		in.TemplateBody = &template
	}
	made, err := cloudformation.NewFromConfig(s.Config()).CreateChangeSet(t.Context(), in)
	require.NoError(t, err)
	return ready(t, s, made.Id)
}

// uploaded puts a template into a bucket and gives its URL.
func uploaded(t *testing.T, s *Server, name, template string) string {
	t.Helper()
	client := s3Client(s)
	_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("templates")})
	require.NoError(t, err)
	_, err = client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("templates"), Key: &name, Body: strings.NewReader(template)})
	require.NoError(t, err)
	return s.URL + "/templates/" + name
}

func s3Client(s *Server) *s3.Client {
	return s3.NewFromConfig(s.Config(), func(o *s3.Options) { o.UsePathStyle = true })
}

// ready waits for a change set.
func ready(t *testing.T, s *Server, id *string) *cloudformation.DescribeChangeSetOutput {
	t.Helper()
	var found *cloudformation.DescribeChangeSetOutput
	require.Eventually(t, func() bool {
		var err error
		found, err = cloudformation.NewFromConfig(s.Config()).DescribeChangeSet(t.Context(), &cloudformation.DescribeChangeSetInput{ChangeSetName: id})
		require.NoError(t, err)
		return found.Status == types.ChangeSetStatusCreateComplete || found.Status == types.ChangeSetStatusFailed
	}, patient, tick)
	return found
}

// deploy makes or changes a stack through a change set and gives it as it is
// afterwards.
func deploy(t *testing.T, s *Server, stack, template string, kind types.ChangeSetType) types.Stack {
	t.Helper()
	change := changeSet(t, s, stack, template, kind)
	require.Equal(t, types.ChangeSetStatusCreateComplete, change.Status, aws.ToString(change.StatusReason))
	cfn := cloudformation.NewFromConfig(s.Config())
	_, err := cfn.ExecuteChangeSet(t.Context(), &cloudformation.ExecuteChangeSetInput{ChangeSetName: change.ChangeSetId})
	require.NoError(t, err)
	stackNow := settled(t, s, stack)
	_, err = cfn.DeleteChangeSet(t.Context(), &cloudformation.DeleteChangeSetInput{ChangeSetName: change.ChangeSetId})
	require.NoError(t, err)
	return stackNow
}

// settled waits until nothing happens to a stack.
func settled(t *testing.T, s *Server, stack string) types.Stack {
	t.Helper()
	cfn := cloudformation.NewFromConfig(s.Config())
	var found types.Stack
	require.Eventually(t, func() bool {
		out, err := cfn.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: &stack})
		require.NoError(t, err)
		found = out.Stacks[0]
		return !strings.HasSuffix(string(found.StackStatus), "_IN_PROGRESS")
	}, patient, tick)
	return found
}

// reasons are what the failed events of a stack say.
func reasons(t *testing.T, s *Server, stack string) string {
	t.Helper()
	out, err := cloudformation.NewFromConfig(s.Config()).DescribeStackEvents(t.Context(), &cloudformation.DescribeStackEventsInput{StackName: &stack})
	require.NoError(t, err)
	var lines []string
	for _, e := range out.StackEvents {
		if strings.Contains(string(e.ResourceStatus), "FAILED") {
			lines = append(lines, aws.ToString(e.LogicalResourceId)+": "+aws.ToString(e.ResourceStatusReason))
		}
	}
	return strings.Join(lines, "\n")
}
