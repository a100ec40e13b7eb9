package sandbox

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

// machine does what Airbyte's machine does when it comes up, and what becomes of
// Airbyte when it goes.
func (s *Sandbox) machine(c fault.Call) {
	stack, ok := s.settings.StackOf("ingestion")
	switch {
	case !ok:
	case c.Operation == "ExecuteChangeSet" && !s.up.Load() && s.stands(stack.Stack):
		s.up.Store(true)
		if err := s.publish(s.settings.Airbyte.Credentials, s.Airbyte.Credentials()); err != nil {
			panic(fmt.Sprintf("the machine cannot write its parameter: %v", err))
		}
	case c.Operation == "DeleteStack" && strings.Contains(string(c.Body), stack.Stack) && !s.stands(stack.Stack):
		s.up.Store(false)
		s.Airbyte.Reset()
	}
}

// stands says whether a stack is there.
func (s *Sandbox) stands(name string) bool {
	answer, err := cloudformation.NewFromConfig(s.AWS.Inside(s.settings.Region)).DescribeStacks(context.Background(), &cloudformation.DescribeStacksInput{StackName: &name})
	return err == nil && len(answer.Stacks) == 1 && strings.HasSuffix(string(answer.Stacks[0].StackStatus), "_COMPLETE")
}

func (s *Sandbox) publish(name, value string) error {
	_, err := ssm.NewFromConfig(s.AWS.Inside(s.settings.Region)).PutParameter(context.Background(), &ssm.PutParameterInput{
		Name: &name, Value: &value, Type: types.ParameterTypeSecureString, Overwrite: aws.Bool(true)})
	return err
}
