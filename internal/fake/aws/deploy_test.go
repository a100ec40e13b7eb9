package fakeaws

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
)

const (
	tick    = 20 * time.Millisecond
	patient = 20 * time.Second
)

// build compiles a pipeline file and gives its artefacts by path.
func build(t *testing.T, folder, env string) map[string]string {
	t.Helper()
	values := map[string]string{}
	if data, err := os.ReadFile(filepath.Join(folder, ".env")); err == nil {
		values, err = dotenv.Parse(data)
		require.NoError(t, err)
	}
	result := compiler.Compile(os.DirFS(folder), "tapestry.yaml", compiler.Options{Environment: env, Env: values, Tool: "test"})
	require.NotNil(t, result.Pipeline, "%v", result.Diagnostics)
	files := map[string]string{}
	for _, a := range result.Artifacts {
		files[a.Path] = string(a.Content)
	}
	return files
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

// deploy makes or changes a stack through a change set and gives it as it is
// afterwards.
func deploy(t *testing.T, s *Server, stack, template string, kind types.ChangeSetType) types.Stack {
	t.Helper()
	cfn, ctx := cloudformation.NewFromConfig(s.Config()), t.Context()
	in := &cloudformation.CreateChangeSetInput{
		StackName: &stack, ChangeSetName: aws.String("c" + time.Now().Format("150405000000000")), ChangeSetType: kind, TemplateBody: &template,
		Parameters: parameters(template), Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
	}
	_, err := cfn.CreateChangeSet(ctx, in)
	require.NoError(t, err)
	_, err = cfn.ExecuteChangeSet(ctx, &cloudformation.ExecuteChangeSetInput{StackName: &stack, ChangeSetName: in.ChangeSetName})
	require.NoError(t, err)
	return settled(t, s, stack)
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

func TestRainShieldsStacks(t *testing.T) {
	s := Start(t)
	files := build(t, "../../../examples/01-rain-shield", "")
	for _, name := range []string{"foundation", "ingestion", "sync"} {
		stack := deploy(t, s, "rain-shield-"+name, files["cloudformation/"+name+".yaml"], types.ChangeSetTypeCreate)
		require.Equal(t, types.StackStatusCreateComplete, stack.StackStatus, reasons(t, s, "rain-shield-"+name))
		t.Log(name, len(stack.Outputs), "outputs")
	}
	require.NotEmpty(t, s.Requests("CreateChangeSet"))
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
