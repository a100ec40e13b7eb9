package fakeaws

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A template with what most of the rules are about.
const small = `
Parameters:
  Size:
    Type: String
    AllowedPattern: "[a-z]+"
    Default: small
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {TopicName: !Sub "topic-${Size}"}
  Rule:
    Type: AWS::EC2::EIP
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties: {Domain: vpc}
Outputs:
  TopicArn: {Value: !Ref Topic}
  Address: {Value: !GetAtt Rule.PublicIp}
`

// broken cannot be made: there is no such subnet.
const broken = `
Resources:
  Good: {Type: AWS::SNS::Topic}
  Bad:
    Type: AWS::EC2::NatGateway
    Properties: {SubnetId: subnet-00000000000000000, ConnectivityType: private}
`

// code is what kind of error the service gave.
func code(t *testing.T, err error) (string, string) {
	t.Helper()
	var api smithy.APIError
	require.Truef(t, errors.As(err, &api), "%v", err)
	return api.ErrorCode(), api.ErrorMessage()
}

func refused(t *testing.T, err error, wantCode, wantText string) {
	t.Helper()
	require.Error(t, err)
	c, message := code(t, err)
	assert.Equal(t, wantCode, c)
	assert.Contains(t, message, wantText)
}

// request is a change set of an update.
func request(stack, template string) *cloudformation.CreateChangeSetInput {
	return &cloudformation.CreateChangeSetInput{
		StackName: &stack, ChangeSetName: aws.String("change"), ChangeSetType: types.ChangeSetTypeUpdate, TemplateBody: &template,
	}
}

func TestStackStates(t *testing.T) {
	s := fresh(t)
	cfn := cloudformation.NewFromConfig(s.Config())
	deploy(t, s, "x", small, types.ChangeSetTypeCreate)
	changed := strings.Replace(small, "topic-", "other-", 1)
	for _, c := range []struct {
		status               string
		update, delete, goOn bool
	}{
		{"CREATE_COMPLETE", true, true, false},
		{"UPDATE_COMPLETE", true, true, false},
		{"UPDATE_ROLLBACK_COMPLETE", true, true, false},
		{"CREATE_FAILED", false, true, false},
		{"ROLLBACK_COMPLETE", false, true, false},
		{"ROLLBACK_FAILED", false, true, false},
		{"DELETE_FAILED", false, true, false},
		{"UPDATE_FAILED", false, true, false},
		{"UPDATE_ROLLBACK_FAILED", false, true, true},
		{"UPDATE_IN_PROGRESS", false, false, false},
		{"UPDATE_ROLLBACK_IN_PROGRESS", false, false, false},
		{"UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", false, false, false},
		{"ROLLBACK_IN_PROGRESS", false, false, false},
	} {
		t.Run(c.status, func(t *testing.T) {
			if _, err := cfn.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: aws.String("x")}); err != nil {
				deploy(t, s, "x", small, types.ChangeSetTypeCreate)
			}
			require.NoError(t, s.SetStackStatus("x", c.status, "because"))
			out, err := cfn.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: aws.String("x")})
			require.NoError(t, err)
			assert.Equal(t, c.status, string(out.Stacks[0].StackStatus))
			assert.Equal(t, "because", aws.ToString(out.Stacks[0].StackStatusReason))

			_, err = cfn.CreateChangeSet(t.Context(), request("x", changed))
			permitted(t, c.update, err, "can not be updated")
			_, err = cfn.UpdateStack(t.Context(), &cloudformation.UpdateStackInput{StackName: aws.String("x"), TemplateBody: aws.String(small)})
			if !c.update {
				refused(t, err, "ValidationError", "can not be updated")
			}
			create := request("x", changed)
			create.ChangeSetType = types.ChangeSetTypeCreate
			_, err = cfn.CreateChangeSet(t.Context(), create)
			refused(t, err, "ValidationError", "already exists and cannot be created again")
			_, err = cfn.ContinueUpdateRollback(t.Context(), &cloudformation.ContinueUpdateRollbackInput{StackName: aws.String("x")})
			permitted(t, c.goOn, err, "ContinueUpdateRollback cannot be called")
			if c.goOn {
				assert.Equal(t, types.StackStatusUpdateRollbackComplete, settled(t, s, "x").StackStatus)
				require.NoError(t, s.SetStackStatus("x", c.status, "again"))
			}
			_, err = cfn.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{StackName: aws.String("x")})
			permitted(t, c.delete, err, "cannot be deleted while in status")
			if c.delete {
				gone(t, s, "x")
			}
		})
	}
}

func permitted(t *testing.T, want bool, err error, text string) {
	t.Helper()
	if want {
		require.NoError(t, err)
		return
	}
	refused(t, err, "ValidationError", text)
}

// gone waits until a stack's name means nothing.
func gone(t *testing.T, s *Server, stack string) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, err := cloudformation.NewFromConfig(s.Config()).DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: &stack})
		return err != nil && strings.Contains(err.Error(), "does not exist")
	}, patient, tick)
}

func TestChangeSets(t *testing.T) {
	s := fresh(t)
	cfn := cloudformation.NewFromConfig(s.Config())
	made, err := cfn.CreateChangeSet(t.Context(), func() *cloudformation.CreateChangeSetInput {
		in := request("x", small)
		in.ChangeSetType = types.ChangeSetTypeCreate
		return in
	}())
	require.NoError(t, err)
	_, err = cfn.ExecuteChangeSet(t.Context(), &cloudformation.ExecuteChangeSetInput{ChangeSetName: made.Id})
	refused(t, err, "InvalidChangeSetStatus", "CREATE_PENDING")
	first, err := cfn.DescribeChangeSet(t.Context(), &cloudformation.DescribeChangeSetInput{ChangeSetName: made.Id})
	require.NoError(t, err)
	assert.Equal(t, types.ChangeSetStatusCreatePending, first.Status, "the first look is too early")
	require.Len(t, ready(t, s, made.Id).Changes, 2)
	_, err = cfn.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{StackName: aws.String("x")})
	require.NoError(t, err, "a stack under review may go")
	gone(t, s, "x")

	deploy(t, s, "x", small, types.ChangeSetTypeCreate)
	same := changeSet(t, s, "x", small, types.ChangeSetTypeUpdate)
	assert.Equal(t, types.ChangeSetStatusFailed, same.Status)
	assert.Contains(t, aws.ToString(same.StatusReason), "didn't contain changes")
	drop(t, s, same)

	outputs := strings.Replace(small, "  Address: {Value: !GetAtt Rule.PublicIp}\n", "", 1)
	only := changeSet(t, s, "x", outputs, types.ChangeSetTypeUpdate)
	assert.Equal(t, types.ChangeSetStatusCreateComplete, only.Status, "outputs alone are a change")
	assert.Empty(t, only.Changes)
	drop(t, s, only)
	assert.Len(t, deploy(t, s, "x", outputs, types.ChangeSetTypeUpdate).Outputs, 1)
}

func drop(t *testing.T, s *Server, change *cloudformation.DescribeChangeSetOutput) {
	t.Helper()
	_, err := cloudformation.NewFromConfig(s.Config()).DeleteChangeSet(t.Context(), &cloudformation.DeleteChangeSetInput{ChangeSetName: change.ChangeSetId})
	require.NoError(t, err)
}

func TestReplacementAndTags(t *testing.T) {
	s := fresh(t)
	network := `
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attached: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}}
`
	before := deploy(t, s, "x", network, types.ChangeSetTypeCreate)
	require.Equal(t, types.StackStatusCreateComplete, before.StackStatus, reasons(t, s, "x"))
	change := changeSet(t, s, "x", strings.Replace(network, "10.0.0.0", "10.1.0.0", 1), types.ChangeSetTypeUpdate)
	assert.Equal(t, map[string]types.Replacement{"Vpc": types.ReplacementTrue, "Table": types.ReplacementTrue, "Attached": types.ReplacementTrue},
		replacements(change), "what is in the network goes with it")
	drop(t, s, change)

	in := request("x", network)
	in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("growth")}}
	made, err := cloudformation.NewFromConfig(s.Config()).CreateChangeSet(t.Context(), in)
	require.NoError(t, err)
	assert.Equal(t, map[string]types.Replacement{"Vpc": types.ReplacementFalse, "Table": types.ReplacementFalse, "Gateway": types.ReplacementFalse},
		replacements(ready(t, s, made.Id)), "an attachment has no tags")
}

func replacements(change *cloudformation.DescribeChangeSetOutput) map[string]types.Replacement {
	all := map[string]types.Replacement{}
	for _, c := range change.Changes {
		all[aws.ToString(c.ResourceChange.LogicalResourceId)] = c.ResourceChange.Replacement
	}
	return all
}

func TestFailedCreate(t *testing.T) {
	s := fresh(t)
	stack := deploy(t, s, "x", broken, types.ChangeSetTypeCreate)
	assert.Equal(t, types.StackStatusRollbackComplete, stack.StackStatus)
	assert.Contains(t, reasons(t, s, "x"), "InvalidSubnetID.NotFound")
	out, err := cloudformation.NewFromConfig(s.Config()).DescribeStackEvents(t.Context(), &cloudformation.DescribeStackEventsInput{StackName: aws.String("x")})
	require.NoError(t, err)
	var all []string
	for _, e := range out.StackEvents {
		all = append(all, fmt.Sprintf("%s %s %s", aws.ToString(e.LogicalResourceId), e.ResourceStatus, aws.ToString(e.ResourceStatusReason)))
	}
	assert.Contains(t, all, "x ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Bad]. Rollback requested by user.")
}

// A network that is not there is found out by whatever is put in it.
func TestUnknownNetworks(t *testing.T) {
	s := fresh(t)
	for name, resource := range map[string]string{
		"group":    "{Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: d, VpcId: vpc-00000000000000000}}",
		"table":    "{Type: AWS::EC2::RouteTable, Properties: {VpcId: vpc-00000000000000000}}",
		"subnet":   "{Type: AWS::EC2::Subnet, Properties: {CidrBlock: 10.0.0.0/24, VpcId: vpc-00000000000000000}}",
		"targets":  "{Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {Name: t, Port: 80, Protocol: HTTP, VpcId: vpc-00000000000000000}}",
		"cache":    "{Type: AWS::ElastiCache::SubnetGroup, Properties: {Description: d, SubnetIds: [subnet-00000000000000000]}}",
		"balancer": "{Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Name: l, Subnets: [subnet-00000000000000000]}}",
	} {
		stack := deploy(t, s, name, "Resources: {R: "+resource+"}", types.ChangeSetTypeCreate)
		assert.Equal(t, types.StackStatusRollbackComplete, stack.StackStatus, name)
		assert.Contains(t, reasons(t, s, name), "does not exist", name)
	}
}

func TestFailedUpdate(t *testing.T) {
	s := fresh(t)
	deploy(t, s, "x", small, types.ChangeSetTypeCreate)
	both := strings.Replace(small, "Resources:", strings.TrimSuffix(strings.TrimPrefix(broken, "\n"), "\n"), 1)
	stack := deploy(t, s, "x", both, types.ChangeSetTypeUpdate)
	assert.Equal(t, types.StackStatusUpdateRollbackComplete, stack.StackStatus)
	body, err := cloudformation.NewFromConfig(s.Config()).GetTemplate(t.Context(), &cloudformation.GetTemplateInput{StackName: aws.String("x")})
	require.NoError(t, err)
	assert.Equal(t, small, aws.ToString(body.TemplateBody), "as before")

	more := small[:strings.Index(small, "Outputs:")] + "  More: {Type: AWS::SNS::Topic}\n" + small[strings.Index(small, "Outputs:"):]
	deploy(t, s, "x", more, types.ChangeSetTypeUpdate)
	out, err := cloudformation.NewFromConfig(s.Config()).DescribeStackEvents(t.Context(), &cloudformation.DescribeStackEventsInput{StackName: aws.String("x")})
	require.NoError(t, err)
	var more2 []string
	for _, e := range out.StackEvents {
		if aws.ToString(e.LogicalResourceId) == "More" {
			more2 = append(more2, string(e.ResourceStatus))
		}
	}
	assert.Equal(t, []string{"CREATE_COMPLETE", "CREATE_IN_PROGRESS"}, more2, "what an update adds is created; newest first")
}

func TestRequests(t *testing.T) {
	s := fresh(t)
	role := `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {RoleName: r, AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: []}}
`
	for _, c := range []struct {
		name       string
		change     func(*cloudformation.CreateChangeSetInput)
		code, text string
	}{
		{"no capabilities", func(in *cloudformation.CreateChangeSetInput) { in.TemplateBody = &role }, "InsufficientCapabilitiesException", "CAPABILITY_NAMED_IAM"},
		{"capability of unnamed roles", func(in *cloudformation.CreateChangeSetInput) {
			in.TemplateBody, in.Capabilities = &role, []types.Capability{types.CapabilityCapabilityIam}
		}, "InsufficientCapabilitiesException", "CAPABILITY_NAMED_IAM"},
		{"capability", func(in *cloudformation.CreateChangeSetInput) {
			in.TemplateBody, in.Capabilities = &role, []types.Capability{types.CapabilityCapabilityNamedIam}
		}, "", ""},
		{"missing parameter", func(in *cloudformation.CreateChangeSetInput) {
			in.TemplateBody = aws.String(strings.Replace(small, "    Default: small\n", "", 1))
		}, "ValidationError", "Parameters: [Size] must have values"},
		{"unknown parameter", func(in *cloudformation.CreateChangeSetInput) {
			in.Parameters = []types.Parameter{parameter("Colour", "red")}
		}, "ValidationError", "Parameters: [Colour] do not exist in the template"},
		{"against the pattern", func(in *cloudformation.CreateChangeSetInput) {
			in.Parameters = []types.Parameter{parameter("Size", "XL")}
		}, "ValidationError", "Size"},
		{"with the pattern", func(in *cloudformation.CreateChangeSetInput) {
			in.Parameters = []types.Parameter{parameter("Size", "xl")}
		}, "", ""},
		{"51,200 bytes", func(in *cloudformation.CreateChangeSetInput) { in.TemplateBody = aws.String(padded(51200)) }, "", ""},
		{"51,201 bytes", func(in *cloudformation.CreateChangeSetInput) { in.TemplateBody = aws.String(padded(51201)) }, "ValidationError", "51200"},
		{"51,201 bytes, fewer characters", func(in *cloudformation.CreateChangeSetInput) {
			in.TemplateBody = aws.String(strings.Replace(padded(51201), "##", "ä", 1))
		}, "ValidationError", "51200"},
		{"unknown type", func(in *cloudformation.CreateChangeSetInput) {
			in.TemplateBody = aws.String("Resources: {X: {Type: AWS::No::Such}}")
		}, "ValidationError", "AWS::No::Such"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := request("x-"+strings.Map(letters, c.name), small)
			in.ChangeSetType = types.ChangeSetTypeCreate
			c.change(in)
			_, err := cloudformation.NewFromConfig(s.Config()).CreateChangeSet(t.Context(), in)
			if c.code == "" {
				require.NoError(t, err)
				return
			}
			refused(t, err, c.code, c.text)
		})
	}
}

func parameter(key, value string) types.Parameter {
	return types.Parameter{ParameterKey: &key, ParameterValue: &value}
}

func letters(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// padded is the small template with a comment, n bytes long.
func padded(n int) string { return small + strings.Repeat("#", n-len(small)) }
