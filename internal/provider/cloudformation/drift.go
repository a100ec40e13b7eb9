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
)

// outside marks what is otherwise than the stack made it. A change set that
// takes such things back is of another mode.
const outside = " (changed outside)"

// drift asks CloudFormation to compare a stack's resources with what it made,
// and gives those that are otherwise. Types that it cannot compare are not among
// them.
func (p *Provider) drift(ctx context.Context, cl clients, stack string) ([]types.StackResourceDrift, error) {
	began, err := cl.cfn.DetectStackDrift(ctx, &cloudformation.DetectStackDriftInput{StackName: &stack})
	if err != nil {
		return nil, fmt.Errorf("looking for drift in stack %s: %w", stack, err)
	}
	for {
		var found *cloudformation.DescribeStackDriftDetectionStatusOutput
		err := p.patiently(ctx, nil, func() (err error) {
			found, err = cl.cfn.DescribeStackDriftDetectionStatus(ctx, &cloudformation.DescribeStackDriftDetectionStatusInput{StackDriftDetectionId: began.StackDriftDetectionId})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("looking for drift in stack %s: %w", stack, err)
		}
		// A detection that failed on some resources still tells of the others.
		if found.DetectionStatus != types.StackDriftDetectionStatusDetectionInProgress {
			if found.StackDriftStatus == types.StackDriftStatusInSync {
				return nil, nil
			}
			return cl.drifted(ctx, stack)
		}
		if err := p.pause(ctx); err != nil {
			return nil, err
		}
	}
}

func (cl clients) drifted(ctx context.Context, stack string) ([]types.StackResourceDrift, error) {
	var all []types.StackResourceDrift
	pages := cloudformation.NewDescribeStackResourceDriftsPaginator(cl.cfn, &cloudformation.DescribeStackResourceDriftsInput{StackName: &stack,
		StackResourceDriftStatusFilters: []types.StackResourceDriftStatus{types.StackResourceDriftStatusModified, types.StackResourceDriftStatusDeleted}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the drift of stack %s: %w", stack, err)
		}
		all = append(all, page.StackResourceDrifts...)
	}
	return slices.DeleteFunc(all, ownDoing), nil
}

// keptUp are types whose minor version AWS keeps up by itself.
var keptUp = []string{"AWS::RDS::DBInstance", "AWS::ElastiCache::ReplicationGroup"}

// ownDoing reports whether all that differs of a resource is a newer minor
// version. Nobody changed it, and there is no way back.
func ownDoing(d types.StackResourceDrift) bool {
	if d.StackResourceDriftStatus != types.StackResourceDriftStatusModified || !slices.Contains(keptUp, aws.ToString(d.ResourceType)) {
		return false
	}
	for _, x := range d.PropertyDifferences {
		want, _, _ := strings.Cut(aws.ToString(x.ExpectedValue), ".")
		is, _, _ := strings.Cut(aws.ToString(x.ActualValue), ".")
		if aws.ToString(x.PropertyPath) != "/EngineVersion" || want != is {
			return false
		}
	}
	return true
}

// driftChange puts back what someone changed. A plan that did not look could not
// show it, so it is no part of what is approved.
func (all *pipeline) driftChange(s *stack) *deploy.Change {
	if len(s.drifts) == 0 {
		return nil
	}
	c := all.change(s, kindDrift, digest("drift", s.Stack.Stack))
	// What someone changed by hand is perhaps needed as it is.
	c.Action, c.Risk, c.Aside = deploy.Update, deploy.Disruptive, true
	c.Fields = s.driftFields()
	c.Reason = fmt.Sprintf("changed outside of the stack, and put back: %d resources", len(s.drifts))
	if len(s.drifts) == 1 {
		c.Reason = "changed outside of the stack, and put back: " + aws.ToString(s.drifts[0].LogicalResourceId)
	}
	return &c
}

// putBack makes what drifted what the stack made it.
func (w *work) putBack(ctx context.Context) error {
	if err := w.settle(ctx); err != nil {
		return err
	}
	r := request{kind: types.ChangeSetTypeUpdate, mode: types.DeploymentModeRevertDrift, drifts: driftShown(w.change)}
	for name := range w.stack.given() {
		r.previous = append(r.previous, name)
	}
	slices.Sort(r.previous)
	return w.run(ctx, r)
}

// driftFields has a line for every property that someone changed.
func (s *stack) driftFields() []deploy.FieldChange {
	var out []deploy.FieldChange
	for _, d := range s.drifts {
		path := fmt.Sprintf("%s (%s)", aws.ToString(d.LogicalResourceId), aws.ToString(d.ResourceType))
		if d.StackResourceDriftStatus == types.StackResourceDriftStatusDeleted {
			out = append(out, deploy.FieldChange{Path: path, Before: "not there any more" + outside, After: "made again"})
			continue
		}
		for _, x := range d.PropertyDifferences {
			out = append(out, deploy.FieldChange{Path: path + ".Properties" + strings.ReplaceAll(aws.ToString(x.PropertyPath), "/", "."),
				Before: short(aws.ToString(x.ActualValue)) + outside, After: short(aws.ToString(x.ExpectedValue))})
		}
	}
	return out
}

// driftShown are the resources that a change was shown to put back to what the
// stack made them.
func driftShown(c deploy.Change) []string {
	var all []string
	for _, f := range c.Fields {
		if strings.HasSuffix(f.Before, outside) {
			resource, _, _ := strings.Cut(f.Path, " ")
			all = append(all, resource)
		}
	}
	return all
}

// short is the beginning of a long value, such as a policy.
func short(value string) string {
	const limit = 200
	runes := []rune(value)
	if len(runes) <= limit {
		return value
	}
	return string(runes[:limit]) + "…"
}
