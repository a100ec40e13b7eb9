package cloudformation

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// quiet are values of parameters that end all work of a stack and let its
// databases and load balancers be deleted.
var quiet = map[string]string{"ScheduleState": "DISABLED", "WorkerMinimum": "0", "WorkerMaximum": "0", protectionParameter: "false"}

// after says what each stack's end waits for, so that nothing is taken away that
// something else still stands on.
var after = map[string][]string{
	"sync":       {"gone:workers"},
	"ingestion":  {"gone:stack:sync", "gone:airbyte", "gone:snowflake", "gone:secrets"},
	"foundation": {"gone:stack:sync", "gone:stack:ingestion", "gone:secrets"},
}

// destroy is the plan that takes the stacks away and keeps what holds data.
func (all *pipeline) destroy(ctx context.Context) ([]deploy.Change, error) {
	found, wrong := make([][]deploy.Change, len(all.stacks)), make([]error, len(all.stacks))
	sideBySide(len(all.stacks), func(i int) { found[i], wrong[i] = all.takeDown(ctx, all.stacks[i]) })
	slices.Reverse(found)
	return slices.Concat(found...), errors.Join(wrong...)
}

func (all *pipeline) takeDown(ctx context.Context, s *stack) ([]deploy.Change, error) {
	if s.live == nil || s.live.StackStatus == types.StackStatusDeleteComplete {
		return nil, nil
	}
	var changes []deploy.Change
	c := all.change(s, kindStack, digest("delete", s.Stack.Stack))
	c.Action, c.Risk = deploy.Delete, deploy.Disruptive
	c.Needs, c.Provides = slices.Clone(after[s.Name]), []string{"gone:stack:" + s.Name}
	c.Reason = "the pipeline is taken down"
	if stateOf(s.live) == rollbackFailed {
		changes = append(changes, all.rollbackChange(s))
		c.DependsOn = append(c.DependsOn, changes[0].ID)
	}
	if q := all.quiesce(s); q != nil {
		q.DependsOn = slices.Clone(c.DependsOn)
		changes, c.DependsOn = append(changes, *q), append(c.DependsOn, q.ID)
	}
	kept, err := all.kept(ctx, s)
	if len(kept) > 0 {
		c.Reason += "; what holds data stays"
	}
	return slices.Concat(changes, []deploy.Change{c}, kept), err
}

// quiesce ends the work of a stack before anything is taken away. A stack that is
// quiet already, or cannot be changed, has none.
func (all *pipeline) quiesce(s *stack) *deploy.Change {
	if st := stateOf(s.live); st != settled && st != changing && st != rollbackFailed {
		return nil
	}
	c := all.change(s, kindQuiesce, digest("quiesce", s.Stack.Stack))
	live := s.given()
	for name, value := range quiet {
		if was, has := live[name]; has && was != value {
			c.Fields = append(c.Fields, deploy.FieldChange{Path: "Parameters." + name, Before: was, After: value})
		}
	}
	if c.Fields == nil {
		return nil
	}
	sortFields(c.Fields)
	c.Action, c.Risk = deploy.Update, deploy.Disruptive
	c.Reason = "its databases and load balancers are protected against deletion until now"
	if s.Name == "sync" {
		c.Reason = "schedules stop, workers finish what they are at and end; then nothing reads or writes any more"
		c.Provides = []string{"gone:workers"}
	} else {
		c.Needs = slices.Clone(after[s.Name])
	}
	return &c
}

// beQuiet gives the parameters their last values.
func (w *work) beQuiet(ctx context.Context) error {
	if err := w.refresh(ctx); err != nil {
		return err
	}
	if w.stack.live == nil {
		return nil // an earlier run went further than its ledger says
	}
	values, live := map[string]string{}, w.stack.given()
	for name, value := range quiet {
		if _, has := live[name]; has {
			values[name] = value
		}
	}
	return w.reparameter(ctx, values)
}

// lasts says of types what is left of them when their stack goes.
var lasts = map[string]string{
	"AWS::S3::Bucket":                    "it stays with all that it holds",
	"AWS::KMS::Key":                      "it stays: what is kept cannot be read without it",
	"AWS::EC2::EIP":                      "it stays, and costs a little as long as nothing uses it: Snowflake's network rule names it",
	"AWS::EC2::Volume":                   "it stays with all that it holds",
	"AWS::RDS::DBInstance":               "a last snapshot of it stays",
	"AWS::ElastiCache::ReplicationGroup": "a last snapshot of it stays",
}

// kept lists what stays of a stack, under the name that it has in AWS.
func (all *pipeline) kept(ctx context.Context, s *stack) ([]deploy.Change, error) {
	resources, err := all.resources(ctx, s.Stack.Stack)
	if err != nil {
		return nil, err
	}
	var changes []deploy.Change
	for _, r := range resources {
		reason, name := lasts[aws.ToString(r.ResourceType)], aws.ToString(r.PhysicalResourceId)
		if reason == "" || name == "" || r.ResourceStatus == types.ResourceStatusDeleteComplete {
			continue
		}
		changes = append(changes, deploy.Change{ID: id(kindKept, s.Name+"."+aws.ToString(r.LogicalResourceId)), Provider: provider, Kind: kindKept, Name: name,
			Action: deploy.Keep, Risk: deploy.Safe, Reason: aws.ToString(r.ResourceType) + ": " + reason})
	}
	slices.SortFunc(changes, func(a, b deploy.Change) int { return strings.Compare(a.ID, b.ID) })
	return changes, nil
}
