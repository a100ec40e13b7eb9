package cloudformation

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// condition is what a stack's status means for what may be done next.
type condition string

const (
	absent         condition = "absent"   // there is none, or an empty one that waits for its first change set
	settled        condition = "settled"  // it can be changed
	changing       condition = "changing" // something is happening to a stack that works
	making         condition = "making"   // it is being made, taken back after a failed creation, or deleted
	stuck          condition = "stuck"    // it can only be deleted
	rollbackFailed condition = "rollback failed"
	unknown        condition = "unknown" // nothing that this program does leads there
)

func stateOf(live *types.Stack) condition {
	if live == nil {
		return absent
	}
	switch live.StackStatus {
	case types.StackStatusDeleteComplete, types.StackStatusReviewInProgress:
		return absent
	case types.StackStatusCreateComplete, types.StackStatusUpdateComplete, types.StackStatusUpdateRollbackComplete,
		types.StackStatusImportComplete, types.StackStatusImportRollbackComplete:
		return settled
	case types.StackStatusCreateInProgress, types.StackStatusRollbackInProgress, types.StackStatusDeleteInProgress:
		return making
	case types.StackStatusCreateFailed, types.StackStatusRollbackComplete, types.StackStatusRollbackFailed, types.StackStatusDeleteFailed:
		return stuck
	case types.StackStatusUpdateRollbackFailed:
		return rollbackFailed
	}
	if strings.HasSuffix(string(live.StackStatus), "_IN_PROGRESS") {
		return changing
	}
	return unknown
}

// detectable says that CloudFormation looks for drift of a stack in this state. It
// does not in one that was imported last, until it is updated.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
func detectable(live *types.Stack) bool {
	switch live.StackStatus {
	case types.StackStatusCreateComplete, types.StackStatusUpdateComplete, types.StackStatusUpdateRollbackComplete:
		return true
	}
	return false
}

func (c condition) busy() bool { return c == changing || c == making }
