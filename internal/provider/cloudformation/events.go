package cloudformation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// silence is how long a stack may say nothing while it is worked on. Databases
// and stuck services take up to an hour.
const silence = 3 * time.Hour

// newest is the id of the last event of a stack.
func (w *work) newest(ctx context.Context, stack string) (string, error) {
	out, err := w.cfn.DescribeStackEvents(ctx, &cloudformation.DescribeStackEventsInput{StackName: &stack})
	if err != nil {
		return "", fmt.Errorf("reading the events of stack %s: %w", w.stack.Stack.Stack, err)
	}
	if len(out.StackEvents) == 0 {
		return "", nil
	}
	return aws.ToString(out.StackEvents[0].EventId), nil
}

// since are the events after one, the oldest first.
func (w *work) since(ctx context.Context, stack, last string) ([]types.StackEvent, error) {
	return w.backTo(ctx, stack, func(e types.StackEvent) bool { return aws.ToString(e.EventId) == last })
}

// backTo gives the events from now back to one, without it, the oldest first.
func (w *work) backTo(ctx context.Context, stack string, end func(types.StackEvent) bool) ([]types.StackEvent, error) {
	var all []types.StackEvent
	pages := cloudformation.NewDescribeStackEventsPaginator(w.cfn, &cloudformation.DescribeStackEventsInput{StackName: &stack})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the events of stack %s: %w", w.stack.Stack.Stack, err)
		}
		at := slices.IndexFunc(page.StackEvents, end)
		if at >= 0 {
			all = append(all, page.StackEvents[:at]...)
			break
		}
		all = append(all, page.StackEvents...)
	}
	slices.Reverse(all)
	return all, nil
}

// wait waits until nobody is at the stack any more, whoever it is.
func (w *work) wait(ctx context.Context) error {
	stack := aws.ToString(w.stack.live.StackId)
	w.say(fmt.Sprintf("the stack is %s: waiting until that is done", w.stack.live.StackStatus))
	last, err := w.newest(ctx, stack)
	if err != nil {
		return err
	}
	_, err = w.follow(ctx, stack, last, false)
	return err
}

// follow tells what happens to a stack until it is done. Where something was
// begun just now, a stack that does not say so yet is not done.
func (w *work) follow(ctx context.Context, stack, last string, began bool) (*types.Stack, error) {
	heard := w.p.c.Now()
	for {
		live, err := w.describe(ctx, stack)
		if err != nil {
			return nil, err
		}
		events, err := w.since(ctx, stack, last)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			w.tell(e)
			last, heard, began = aws.ToString(e.EventId), w.p.c.Now(), false
		}
		if live == nil || !began && !stateOf(live).busy() {
			return live, nil
		}
		if quiet := w.p.c.Now().Sub(heard); quiet > silence {
			return nil, fmt.Errorf("stack %s is %s and has said nothing for %s: look at it in the console; apply again goes on waiting", w.stack.Stack.Stack, live.StackStatus, quiet.Round(time.Minute))
		}
		if err := w.p.pause(ctx); err != nil {
			return nil, err
		}
	}
}

func (w *work) tell(e types.StackEvent) {
	text := fmt.Sprintf("%s %s", aws.ToString(e.LogicalResourceId), e.ResourceStatus)
	if reason := aws.ToString(e.ResourceStatusReason); reason != "" {
		text += ": " + reason
	}
	w.say(text)
}

// failed says what happened to a stack and which resource was the first that
// failed: the others are only stopped because of it.
func (w *work) failed(ctx context.Context, live *types.Stack, next string) error {
	text := fmt.Sprintf("stack %s is %s", w.stack.Stack.Stack, live.StackStatus)
	name := aws.ToString(live.StackName)
	events, err := w.backTo(ctx, aws.ToString(live.StackId), func(e types.StackEvent) bool {
		return aws.ToString(e.LogicalResourceId) == name && slices.Contains(beginnings, e.ResourceStatus)
	})
	if err != nil {
		return fmt.Errorf("%s; %w", text, err)
	}
	for _, e := range events {
		reason := aws.ToString(e.ResourceStatusReason)
		if strings.HasSuffix(string(e.ResourceStatus), "_FAILED") && aws.ToString(e.LogicalResourceId) != name && !strings.Contains(reason, "cancelled") {
			return fmt.Errorf("%s: %s (%s) failed first: %s\n%s", text, aws.ToString(e.LogicalResourceId), aws.ToString(e.ResourceType), reason, next)
		}
	}
	if reason := aws.ToString(live.StackStatusReason); reason != "" {
		text += ": " + reason
	}
	return fmt.Errorf("%s\n%s", text, next)
}

// beginnings are what a stack says of itself when someone begins to change it.
var beginnings = []types.ResourceStatus{types.ResourceStatusCreateInProgress, types.ResourceStatusUpdateInProgress,
	types.ResourceStatusDeleteInProgress, types.ResourceStatusImportInProgress}
