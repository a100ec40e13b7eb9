package cloudformation

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/cloudformation/stackdiff"
)

// request is what a change set is made from. With neither body nor url it keeps
// the stack's template.
type request struct {
	kind      types.ChangeSetType
	body, url string
	values    map[string]string
	previous  []string // parameters that keep their value
	tags      []types.Tag
	imports   []types.ResourceToImport
	mode      types.DeploymentMode
	// expect is what the change set may do, drifts are resources that it puts
	// back besides.
	expect stackdiff.Result
	drifts []string
}

const changeSetPrefix = "tapestry-"

// name is the same for the same request to a stack in the same state: whoever
// lost the answer to one finds the change set again. Once it was executed the
// stack is in another state.
func (r request) name(live *types.Stack) string {
	base := "new"
	if stateOf(live) != absent {
		base = aws.ToString(live.StackId) + aws.ToTime(live.LastUpdatedTime).UTC().String()
	}
	sum := digest(base, r.kind, r.body, r.url, parameterList(r.values), r.previous, r.tags, r.imports, r.mode)
	return changeSetPrefix + sum[len("sha256:"):][:24]
}

func (r request) input(stack, name string, role *string) *cloudformation.CreateChangeSetInput {
	in := &cloudformation.CreateChangeSetInput{
		StackName: &stack, ChangeSetName: &name, ClientToken: &name, ChangeSetType: r.kind,
		RoleARN: role, Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
		Parameters: parameterList(r.values), Tags: r.tags, ResourcesToImport: r.imports, DeploymentMode: r.mode,
	}
	for _, p := range r.previous {
		in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: aws.String(p), UsePreviousValue: aws.Bool(true)})
	}
	switch {
	case r.body != "":
		in.TemplateBody = &r.body
	case r.url != "":
		in.TemplateURL = &r.url
	default:
		in.UsePreviousTemplate = aws.Bool(true)
	}
	return in
}

// run makes a change set, looks at what it would do, and has it done. Where there
// is nothing to change it is done already.
func (w *work) run(ctx context.Context, r request) error {
	// Whatever the stack says of itself after this is said of this change.
	from, err := w.newest(ctx, w.stack.Stack.Stack)
	if err != nil {
		return err
	}
	set, err := w.propose(ctx, r)
	if err != nil {
		return err
	}
	if set.Status == types.ChangeSetStatusFailed {
		why := w.refusal(ctx, set)
		if err := w.dropSet(ctx, set); err != nil || withoutChanges(set) {
			return err
		}
		return fmt.Errorf("the change set of stack %s failed: %s", w.stack.Stack.Stack, why)
	}
	if worse := unexpected(r, set.Changes, w.change.Risk); worse != nil {
		if err := w.dropSet(ctx, set); err != nil {
			return err
		}
		return fmt.Errorf("CloudFormation would do more to stack %s than the plan shows, so nothing was done:\n  %s\nLook at these resources, and at who changed them; then make a new plan",
			w.stack.Stack.Stack, strings.Join(worse, "\n  "))
	}
	return w.execute(ctx, r, set, from)
}

// propose makes a change set, or finds the one that an earlier call made whose
// answer was lost. One that was used is of no use any more.
func (w *work) propose(ctx context.Context, r request) (*cloudformation.DescribeChangeSetOutput, error) {
	name := r.name(w.stack.live)
	for used := false; ; used = true {
		if _, err := w.cfn.CreateChangeSet(ctx, r.input(w.stack.Stack.Stack, name, w.p.role())); err != nil && !isCode(err, "AlreadyExistsException") {
			return nil, fmt.Errorf("making a change set of stack %s: %w", w.stack.Stack.Stack, err)
		}
		set, err := w.ready(ctx, name)
		if err != nil || used || !slices.Contains([]types.ExecutionStatus{types.ExecutionStatusExecuteComplete, types.ExecutionStatusExecuteFailed, types.ExecutionStatusObsolete}, set.ExecutionStatus) {
			return set, err
		}
		if err := w.dropSet(ctx, set); err != nil {
			return nil, err
		}
	}
}

// ready waits until a change set is one, and gives it with all its changes.
func (w *work) ready(ctx context.Context, name string) (*cloudformation.DescribeChangeSetOutput, error) {
	in := &cloudformation.DescribeChangeSetInput{ChangeSetName: &name, StackName: &w.stack.Stack.Stack}
	for {
		set, err := w.changeSet(ctx, in)
		if err != nil {
			return nil, err
		}
		if set.Status == types.ChangeSetStatusCreateComplete || set.Status == types.ChangeSetStatusFailed {
			return set, w.rest(ctx, *in, set)
		}
		if err := w.p.pause(ctx); err != nil {
			return nil, err
		}
	}
}

// changeSet reads one page of a change set.
func (w *work) changeSet(ctx context.Context, in *cloudformation.DescribeChangeSetInput) (set *cloudformation.DescribeChangeSetOutput, err error) {
	err = w.p.patiently(ctx, w.say, func() (err error) { set, err = w.cfn.DescribeChangeSet(ctx, in); return err })
	if err != nil {
		return nil, fmt.Errorf("looking at the change set of stack %s: %w", w.stack.Stack.Stack, err)
	}
	return set, nil
}

// rest adds the further pages of a change set's changes.
func (w *work) rest(ctx context.Context, in cloudformation.DescribeChangeSetInput, set *cloudformation.DescribeChangeSetOutput) error {
	for token := set.NextToken; token != nil; {
		in.NextToken = token
		more, err := w.changeSet(ctx, &in)
		if err != nil {
			return err
		}
		set.Changes, token = append(set.Changes, more.Changes...), more.NextToken
	}
	return nil
}

func withoutChanges(set *cloudformation.DescribeChangeSetOutput) bool {
	reason := aws.ToString(set.StatusReason)
	return strings.Contains(reason, "didn't contain changes") || strings.Contains(reason, "No updates are to be performed")
}

func (w *work) dropSet(ctx context.Context, set *cloudformation.DescribeChangeSetOutput) error {
	_, err := w.cfn.DeleteChangeSet(ctx, &cloudformation.DeleteChangeSetInput{ChangeSetName: set.ChangeSetId})
	if err != nil && !isCode(err, "ChangeSetNotFound") {
		return fmt.Errorf("deleting the change set of stack %s: %w", w.stack.Stack.Stack, err)
	}
	return nil
}

// unexpected says what a change set would do that is worse than what was
// planned: a resource that goes, or is made anew, or is put back, without having
// been shown so.
func unexpected(r request, changes []types.Change, shown deploy.Risk) []string {
	var worse []string
	if why := moreThanShown(r.expect, shown); why != "" {
		worse = append(worse, why)
	}
	for _, c := range changes {
		if c.ResourceChange == nil {
			continue
		}
		name := aws.ToString(c.ResourceChange.LogicalResourceId)
		planned := deploy.Action("nothing")
		if i := slices.IndexFunc(r.expect.Resources, func(p stackdiff.Resource) bool { return p.LogicalID == name }); i >= 0 {
			planned = r.expect.Resources[i].Action
		}
		if would := r.beyond(planned, c.ResourceChange); would != "" {
			worse = append(worse, fmt.Sprintf("%s (%s): CloudFormation: %s; the plan: %s", name, aws.ToString(c.ResourceChange.ResourceType), would, planned))
		}
	}
	return worse
}

// moreThanShown says what would be lost that a plan did not show.
func moreThanShown(diff stackdiff.Result, shown deploy.Risk) string {
	if risk, why := worst(diff); risk == deploy.Destructive && shown != deploy.Destructive {
		return "data can be lost: " + why
	}
	return ""
}

// beyond says in which way a change of a resource goes beyond what was planned.
func (r request) beyond(planned deploy.Action, c *types.ResourceChange) string {
	drifted := slices.Contains(r.drifts, aws.ToString(c.LogicalResourceId))
	switch {
	case c.Action == types.ChangeActionRemove && planned != deploy.Delete && planned != deploy.Keep:
		return "it would be removed"
	case c.Action == types.ChangeActionModify && c.Replacement == types.ReplacementTrue && planned != deploy.Replace:
		return "it would be made anew"
	case r.mode == types.DeploymentModeRevertDrift && c.Action == types.ChangeActionModify && planned == "nothing" && !drifted && c.ResourceDriftStatus == types.StackResourceDriftStatusModified:
		return "it would be put back to what the stack made it"
	}
	return ""
}

// execute has a change set done and waits for the end.
func (w *work) execute(ctx context.Context, r request, set *cloudformation.DescribeChangeSetOutput, from mark) error {
	began := set.ExecutionStatus == types.ExecutionStatusAvailable
	if began {
		in := &cloudformation.ExecuteChangeSetInput{ChangeSetName: set.ChangeSetId, ClientRequestToken: set.ChangeSetName}
		if r.kind != types.ChangeSetTypeImport {
			// What is new and rolled back leaves nothing: it holds no data yet.
			in.RetainExceptOnCreate = aws.Bool(true)
		}
		_, err := w.cfn.ExecuteChangeSet(ctx, in)
		if isCode(err, "ChangeSetNotFound") {
			began = false
		} else if err != nil && !isCode(err, "InvalidChangeSetStatus") {
			// An earlier call that was heard although its answer was lost makes it
			// one that cannot be executed.
			return fmt.Errorf("executing the change set of stack %s: %w", w.stack.Stack.Stack, err)
		}
	} else if err := w.underway(ctx, set); err != nil {
		return err
	}
	live, err := w.follow(ctx, aws.ToString(set.StackId), from, began)
	if err != nil {
		return err
	}
	if live == nil {
		return fmt.Errorf("stack %s was deleted while it was changed: look for who did that, and apply again", w.stack.Stack.Stack)
	}
	if live.StackStatus == types.StackStatusCreateComplete || live.StackStatus == types.StackStatusUpdateComplete || live.StackStatus == types.StackStatusImportComplete {
		return nil
	}
	return w.failed(ctx, live, "Put right what it says and apply again; the next plan says what becomes of the stack")
}

// underway waits for the end of a change set that somebody executed before: the
// stack may not say yet that anything was begun.
func (w *work) underway(ctx context.Context, set *cloudformation.DescribeChangeSetOutput) error {
	for status := set.ExecutionStatus; status == types.ExecutionStatusExecuteInProgress; {
		if err := w.p.pause(ctx); err != nil {
			return err
		}
		now, err := w.changeSet(ctx, &cloudformation.DescribeChangeSetInput{ChangeSetName: set.ChangeSetId})
		if isCode(err, "ChangeSetNotFound") {
			return nil
		}
		if err != nil {
			return err
		}
		status = now.ExecutionStatus
	}
	return nil
}
