package sandbox

import (
	"context"
	"encoding/json"
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
	case c.Operation == "ExecuteChangeSet" && s.up.Load():
		s.takeDatabase()
	case c.Operation == "ExecuteChangeSet" && !s.up.Load() && s.stands(stack.Stack):
		s.up.Store(true)
		s.data.Store(s.told())
		if err := s.publish(s.settings.Airbyte.Credentials, s.Airbyte.Credentials()); err != nil {
			panic(fmt.Sprintf("the machine cannot write its parameter: %v", err))
		}
	case c.Operation == "DeleteStack" && strings.Contains(string(c.Body), stack.Stack) && !s.stands(stack.Stack):
		s.up.Store(false)
		s.Airbyte.Reset()
	}
}

// takeDatabase does what the machine does once its stack has changed where Airbyte's
// own database is to be: it goes on with an empty one, after a while.
func (s *Sandbox) takeDatabase() {
	now := s.told()
	if was, _ := s.data.Swap(now).(string); was != "" && now != "" && was != now {
		s.Airbyte.Swap(2)
	}
}

// told is where the machine is told to have Airbyte's database.
func (s *Sandbox) told() string {
	name := s.settings.ParamPath + "/airbyte/CONFIG"
	answer, err := ssm.NewFromConfig(s.AWS.Inside(s.settings.Region)).GetParameter(context.Background(), &ssm.GetParameterInput{Name: &name})
	if err != nil {
		return ""
	}
	var config struct{ Data string }
	_ = json.Unmarshal([]byte(aws.ToString(answer.Parameter.Value)), &config) // none where it is not JSON
	return config.Data
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
