package cloudformation

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// cause is the first thing that failed.
type cause struct {
	id, typ string // of the resource; none where it is the stack itself
	reason  string
}

// failed says what happened to a stack, and what failed first: everything else is
// only stopped because of it.
func (w *work) failed(ctx context.Context, live *types.Stack, next string) error {
	text := fmt.Sprintf("stack %s is %s", w.stack.Stack.Stack, live.StackStatus)
	events, err := w.backTo(ctx, aws.ToString(live.StackId), func(e types.StackEvent) bool {
		return own(e) && slices.Contains(beginnings, e.ResourceStatus)
	})
	if err != nil {
		return fmt.Errorf("%s; %w", text, err)
	}
	first := firstOf(events)
	if first.id == "" && (first.reason == "" || strings.Contains(first.reason, "DescribeEvents")) {
		// What is found out before anything is made is in no event of a resource.
		found, err := w.operation(ctx, &cloudformation.DescribeEventsInput{StackName: live.StackId}, operationOf(events))
		if found != nil {
			first = found[0]
		} else if err != nil && first.reason != "" {
			first.reason += " (" + err.Error() + ")"
		}
	}
	first.reason = cmp.Or(first.reason, clean(live.StackStatusReason))
	switch {
	case first.id != "":
		text += ": " + w.told(first, "failed first")
	case first.reason != "":
		text += ": " + first.reason
	}
	return fmt.Errorf("%s\n%s", text, next)
}

// told is a cause in words, with the place in the template.
func (w *work) told(c cause, what string) string {
	place := ""
	if n := w.line(c.id); n > 0 {
		place = fmt.Sprintf(" at %s:%d", w.stack.artifact.Path, n)
	}
	return fmt.Sprintf("%s (%s)%s %s: %s", c.id, c.typ, place, what, cmp.Or(c.reason, "AWS gives no reason"))
}

// line is where a resource is in the template, 0 where it is not.
func (w *work) line(id string) int {
	before, _, ok := bytes.Cut(append([]byte("\n"), w.stack.artifact.Content...), []byte("\n  "+id+":\n"))
	if !ok {
		return 0
	}
	return bytes.Count(before, []byte("\n")) + 1
}

// firstOf is the first resource that failed, else what the stack says of itself.
func firstOf(events []types.StackEvent) cause {
	var stack cause
	for _, e := range events {
		reason := clean(e.ResourceStatusReason)
		switch failed := strings.HasSuffix(string(e.ResourceStatus), "_FAILED"); {
		case own(e) && stack.reason == "" && (failed || strings.Contains(string(e.ResourceStatus), "ROLLBACK")):
			stack.reason = reason
		case !own(e) && failed && !strings.Contains(reason, "cancelled"):
			return cause{aws.ToString(e.LogicalResourceId), aws.ToString(e.ResourceType), withHook(events, e, reason)}
		}
	}
	return stack
}

// withHook adds what a hook said that refused a resource: the resource's own event
// has the hook's name alone.
func withHook(events []types.StackEvent, failed types.StackEvent, reason string) string {
	for _, e := range events {
		if aws.ToString(e.LogicalResourceId) == aws.ToString(failed.LogicalResourceId) && refusing(e.HookStatus) && e.HookFailureMode != types.HookFailureModeWarn && clean(e.HookStatusReason) != "" {
			return strings.TrimPrefix(reason+"; "+aws.ToString(e.HookType)+": "+clean(e.HookStatusReason), "; ")
		}
	}
	return reason
}

func refusing(s types.HookStatus) bool {
	return s == types.HookStatusHookCompleteFailed || s == types.HookStatusHookFailed
}

// operationOf is the id that the events of one operation have.
func operationOf(events []types.StackEvent) string {
	for _, e := range events {
		if id := aws.ToString(e.OperationId); id != "" {
			return id
		}
	}
	return ""
}

// refusal says why a change set failed: what it says of itself, or, where that is
// only that it was checked, what was found.
func (w *work) refusal(ctx context.Context, set *cloudformation.DescribeChangeSetOutput) string {
	reason := clean(set.StatusReason)
	if withoutChanges(set) {
		return reason
	}
	found, err := w.operation(ctx, &cloudformation.DescribeEventsInput{ChangeSetName: set.ChangeSetId}, "")
	if found == nil {
		if err != nil {
			reason += " (" + err.Error() + ")"
		}
		return cmp.Or(reason, "AWS gives no reason")
	}
	var all []string
	for _, c := range found {
		all = append(all, w.told(c, "is refused"))
	}
	return strings.Join(all, "\n  ")
}

// operation asks for what CloudFormation and its hooks found out, the oldest first.
func (w *work) operation(ctx context.Context, in *cloudformation.DescribeEventsInput, id string) ([]cause, error) {
	in.Filters = &types.EventFilter{FailedEvents: aws.Bool(true)}
	if id != "" {
		in.OperationId = &id
	}
	var events []types.OperationEvent
	pages := cloudformation.NewDescribeEventsPaginator(w.cfn, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("what exactly failed cannot be read: %w", err)
		}
		events = append(events, page.OperationEvents...)
	}
	slices.SortStableFunc(events, func(a, b types.OperationEvent) int { return aws.ToTime(a.Timestamp).Compare(aws.ToTime(b.Timestamp)) })
	var all []cause
	for _, e := range events {
		if c, ok := causeOf(e); ok && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return all, nil
}

// causeOf is what an event of an operation says of a resource.
func causeOf(e types.OperationEvent) (cause, bool) {
	c := cause{id: aws.ToString(e.LogicalResourceId), typ: aws.ToString(e.ResourceType)}
	switch e.EventType {
	case types.EventTypeValidationError:
		if e.ValidationFailureMode == types.HookFailureModeWarn {
			return c, false
		}
		c.reason = clean(e.ValidationStatusReason)
		if path := strings.TrimPrefix(aws.ToString(e.ValidationPath), "/Resources/"+c.id); path != "" {
			c.reason = strings.TrimPrefix(path, "/") + ": " + c.reason
		}
	case types.EventTypeHookInvocationError:
		if e.HookFailureMode == types.HookFailureModeWarn {
			return c, false
		}
		c.reason = aws.ToString(e.HookType) + ": " + clean(e.HookStatusReason)
	case types.EventTypeProvisioningError:
		c.reason = clean(e.ResourceStatusReason)
	}
	return c, c.id != "" && c.reason != "" && !strings.Contains(c.reason, "cancelled")
}

// clean is a text of AWS on one line. It has line breaks, and pictures of them.
func clean(text *string) string {
	return strings.Join(strings.FieldsFunc(aws.ToString(text), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r >= '\u2400' && r <= '\u2426'
	}), " ")
}
