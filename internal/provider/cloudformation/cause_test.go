package cloudformation

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
)

func event(id string, status types.ResourceStatus, reason string) types.StackEvent {
	e := types.StackEvent{StackName: aws.String("s"), LogicalResourceId: &id, ResourceType: aws.String("AWS::S3::Bucket"), ResourceStatus: status, ResourceStatusReason: &reason}
	if id == "s" {
		e.ResourceType = aws.String("AWS::CloudFormation::Stack")
	}
	return e
}

func TestFirstCause(t *testing.T) {
	const failed, rollback = types.ResourceStatusCreateFailed, types.ResourceStatusUpdateRollbackInProgress
	hook := event("A", types.ResourceStatusCreateInProgress, "")
	hook.HookType, hook.HookStatus, hook.HookStatusReason = aws.String("Our::Rule"), types.HookStatusHookCompleteFailed, aws.String("no public\nbuckets␊here")
	warned := hook
	warned.HookFailureMode, warned.HookStatusReason = types.HookFailureModeWarn, aws.String("only a word")
	for name, c := range map[string]struct {
		events []types.StackEvent
		want   cause
	}{
		"the first of two":         {[]types.StackEvent{event("A", failed, "broken"), event("B", failed, "also")}, cause{"A", "AWS::S3::Bucket", "broken"}},
		"not the stopped one":      {[]types.StackEvent{event("B", failed, "Resource creation cancelled"), event("A", failed, "broken")}, cause{"A", "AWS::S3::Bucket", "broken"}},
		"the stack alone knows":    {[]types.StackEvent{event("s", rollback, "Export x cannot be deleted\nas it is in use by y")}, cause{"", "", "Export x cannot be deleted as it is in use by y"}},
		"a resource knows better":  {[]types.StackEvent{event("s", rollback, "something failed"), event("A", failed, "broken")}, cause{"A", "AWS::S3::Bucket", "broken"}},
		"a hook refused":           {[]types.StackEvent{warned, hook, event("A", failed, "The following hook(s) failed: [Our::Rule]")}, cause{"A", "AWS::S3::Bucket", "The following hook(s) failed: [Our::Rule]; Our::Rule: no public buckets here"}},
		"in pictures":              {[]types.StackEvent{event("A", failed, "one␊␍two\r\n\tthree\x1b")}, cause{"A", "AWS::S3::Bucket", "one two three"}},
		"it went well in the end":  {[]types.StackEvent{event("A", types.ResourceStatusCreateComplete, ""), event("s", types.ResourceStatusCreateComplete, "")}, cause{}},
		"failed without a word":    {[]types.StackEvent{event("A", failed, "")}, cause{"A", "AWS::S3::Bucket", ""}},
		"the stack, without words": {[]types.StackEvent{event("s", failed, ""), event("s", rollback, "why")}, cause{"", "", "why"}},
	} {
		assert.Equal(t, c.want, firstOf(c.events), name)
	}
}

// A change set that was refused before anything was made: its own text says to ask
// elsewhere, and there it is said.
func TestRefusedChangeSet(t *testing.T) {
	told := `<OperationEvents><member><EventType>HOOK_INVOCATION_ERROR</EventType><Timestamp>2026-11-25T12:00:02Z</Timestamp><LogicalResourceId>Bucket</LogicalResourceId><ResourceType>AWS::S3::Bucket</ResourceType><HookType>Our::Rule</HookType><HookStatusReason>no</HookStatusReason></member>
<member><EventType>VALIDATION_ERROR</EventType><Timestamp>2026-11-25T12:00:01Z</Timestamp><LogicalResourceId>Bucket</LogicalResourceId><ResourceType>AWS::S3::Bucket</ResourceType><ValidationStatusReason>unknown␊property</ValidationStatusReason><ValidationPath>/Resources/Bucket/Properties/Colour</ValidationPath></member>
<member><EventType>VALIDATION_ERROR</EventType><ValidationFailureMode>WARN</ValidationFailureMode><LogicalResourceId>Bucket</LogicalResourceId><ValidationStatusReason>a word</ValidationStatusReason></member></OperationEvents>`
	s := &script{operations: told}
	w := following(s)
	w.stack.artifact = emit.Artifact{Path: "cloudformation/foundation.yaml", Content: []byte("Resources:\n  Key:\n    Type: x\n  Bucket:\n    Type: AWS::S3::Bucket\n")}
	set := &cloudformation.DescribeChangeSetOutput{ChangeSetId: aws.String("id"), StatusReason: aws.String("Use DescribeEvents")}
	assert.Equal(t, "Bucket (AWS::S3::Bucket) at cloudformation/foundation.yaml:4 is refused: Properties/Colour: unknown property\n  "+
		"Bucket (AWS::S3::Bucket) at cloudformation/foundation.yaml:4 is refused: Our::Rule: no", w.refusal(context.Background(), set))

	s.operations = ""
	got := w.refusal(context.Background(), set)
	assert.Contains(t, got, "Use DescribeEvents (what exactly failed cannot be read:")
	set.StatusReason = aws.String("The submitted information didn't contain changes.")
	require.Equal(t, *set.StatusReason, w.refusal(context.Background(), set), "nobody is asked where nothing failed")
}
