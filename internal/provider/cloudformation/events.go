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

// behind is how long an answer may lag behind another before it counts. AWS's
// reads catch up within seconds.
const behind = 2 * time.Minute

// mark is a place in the events of a stack.
type mark struct {
	id string // of the newest event
	// own is what the stack said of itself last, as far as that is known.
	own types.ResourceStatus
}

// newest is the place of the last event of a stack; none where there is no stack.
func (w *work) newest(ctx context.Context, stack string) (mark, error) {
	out, err := w.cfn.DescribeStackEvents(ctx, &cloudformation.DescribeStackEventsInput{StackName: &stack})
	if isCode(err, "ValidationError") && strings.Contains(err.Error(), "does not exist") {
		return mark{}, nil
	}
	if err != nil {
		return mark{}, fmt.Errorf("reading the events of stack %s: %w", w.stack.Stack.Stack, err)
	}
	var at mark
	for _, e := range slices.Backward(out.StackEvents) {
		at.hear(e)
	}
	return at, nil
}

// hear moves a place on by one event. It reports whether the stack spoke of
// itself, and of something that is done with it: that a change set waits for its
// review is neither beginning nor end.
func (m *mark) hear(e types.StackEvent) bool {
	m.id = aws.ToString(e.EventId)
	if !own(e) || e.ResourceStatus == types.ResourceStatus(types.StackStatusReviewInProgress) {
		return false
	}
	m.own = e.ResourceStatus
	return true
}

// own reports whether an event is the stack's own.
func own(e types.StackEvent) bool {
	return aws.ToString(e.ResourceType) == "AWS::CloudFormation::Stack" && aws.ToString(e.LogicalResourceId) == aws.ToString(e.StackName)
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
	var last mark
	err := w.p.patiently(ctx, w.say, func() (err error) { last, err = w.newest(ctx, stack); return err })
	if err != nil {
		return err
	}
	_, err = w.follow(ctx, stack, last, false)
	return err
}

// follow tells what happens to a stack until it is done. What a stack is and what
// it says of itself are two answers, and either may be from a moment ago: it is
// done where both agree. Where something was begun after the place in its events,
// the stack has to have said something of itself since.
func (w *work) follow(ctx context.Context, stack string, at mark, began bool) (*types.Stack, error) {
	heard, differs := w.p.c.Now(), time.Time{}
	for {
		live, events, err := w.look(ctx, stack, at)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			w.tell(e)
			heard = w.p.c.Now()
			if at.hear(e) {
				began = false
			}
		}
		switch {
		case live == nil:
			return nil, nil
		case began || stateOf(live).busy():
			differs = time.Time{}
		case at.own == "" || string(at.own) == string(live.StackStatus):
			return live, nil
		case differs.IsZero():
			differs = w.p.c.Now()
		case w.p.c.Now().Sub(differs) > behind:
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

// look reads what a stack is, and what it said since.
func (w *work) look(ctx context.Context, stack string, at mark) (live *types.Stack, events []types.StackEvent, err error) {
	err = w.p.patiently(ctx, w.say, func() (err error) {
		if events, err = w.since(ctx, stack, at.id); err == nil {
			live, err = w.describe(ctx, stack)
		}
		return err
	})
	return live, events, err
}

func (w *work) tell(e types.StackEvent) {
	text := fmt.Sprintf("%s %s", aws.ToString(e.LogicalResourceId), e.ResourceStatus)
	if reason := clean(e.ResourceStatusReason); reason != "" {
		text += ": " + reason
	}
	w.say(text)
}

// beginnings are what a stack says of itself when someone begins to change it.
var beginnings = []types.ResourceStatus{types.ResourceStatusCreateInProgress, types.ResourceStatusUpdateInProgress,
	types.ResourceStatusDeleteInProgress, types.ResourceStatusImportInProgress}
