package cloudformation

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// remove deletes the stack. What its template keeps stays.
func (w *work) remove(ctx context.Context) error {
	for {
		live, err := w.describe(ctx, w.stack.Stack.Stack)
		if err != nil {
			return err
		}
		w.stack.live = live
		if live == nil || live.StackStatus == types.StackStatusDeleteComplete {
			return nil
		}
		if !stateOf(live).busy() {
			break
		}
		if err := w.wait(ctx); err != nil {
			return err
		}
	}
	if aws.ToBool(w.stack.live.EnableTerminationProtection) {
		if err := w.protect(ctx, false); err != nil {
			return err
		}
	}
	stack := aws.ToString(w.stack.live.StackId)
	last, err := w.newest(ctx, stack)
	if err != nil {
		return err
	}
	if _, err := w.cfn.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: &stack, RoleARN: w.p.role()}); err != nil {
		return fmt.Errorf("deleting stack %s: %w", w.stack.Stack.Stack, err)
	}
	live, err := w.follow(ctx, stack, last, true)
	if err != nil {
		return err
	}
	if live == nil || live.StackStatus == types.StackStatusDeleteComplete {
		return nil
	}
	return w.failed(ctx, live, "Put right what it says and try again: deleting goes on with what is left")
}
