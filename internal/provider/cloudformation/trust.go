package cloudformation

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/cloudformation/stackdiff"
)

// trustChange lets Snowflake take on the role that reads the landing bucket,
// once its integration says whom it comes as. Of a stack that is there already
// it changes two parameters and nothing else.
func (all *pipeline) trustChange(s *stack, outputs deploy.Outputs) *deploy.Change {
	if stateOf(s.live) != settled && stateOf(s.live) != changing {
		return nil
	}
	c := all.change(s, kindTrust, digest("trust", s.Parameters))
	live := s.given()
	for name, value := range s.trust(outputs) {
		if value != live[name] {
			c.Fields = append(c.Fields, deploy.FieldChange{Path: "Parameters." + name, Before: live[name], After: value})
		}
	}
	if c.Fields == nil {
		return nil
	}
	sortFields(c.Fields)
	c.Action, c.Reason = deploy.Update, "Snowflake's storage integration says whom it comes as; until the role trusts that, nothing can be loaded from the bucket"
	c.Needs = []string{"bootstrap:snowflake"}
	return &c
}

// trust are the values that Snowflake's integration gives, all or none.
func (s *stack) trust(outputs deploy.Outputs) map[string]string {
	values := map[string]string{}
	for _, parameter := range s.Parameters {
		if !isTrust(parameter.From) {
			continue
		}
		if outputs[parameter.From] == "" {
			return nil
		}
		values[parameter.Name] = outputs[parameter.From]
	}
	return values
}

// giveTrust updates the two parameters.
func (w *work) giveTrust(ctx context.Context) error {
	values := w.stack.trust(w.in.Outputs)
	if len(values) == 0 {
		return fmt.Errorf("Snowflake's storage integration does not say yet whom it comes as: look at the statements of bootstrap, then make a new plan")
	}
	return w.reparameter(ctx, values)
}

// settle waits until the stack can be changed.
func (w *work) settle(ctx context.Context) error {
	for {
		if err := w.refresh(ctx); err != nil {
			return err
		}
		switch c := stateOf(w.stack.live); {
		case c == settled:
			return nil
		case w.stack.live == nil:
			return fmt.Errorf("there is no stack %s", w.stack.Stack.Stack)
		case !c.busy():
			return w.failed(ctx, w.stack.live, "Make a new plan: it says what can be done")
		}
		if err := w.wait(ctx); err != nil {
			return err
		}
	}
}

// reparameter gives some parameters of a stack other values, and leaves all else
// as it is.
func (w *work) reparameter(ctx context.Context, values map[string]string) error {
	if err := w.settle(ctx); err != nil {
		return err
	}
	r := request{kind: types.ChangeSetTypeUpdate, values: values}
	before, after := w.stack.is(), w.stack.is()
	for name := range after.Parameters {
		if value, ok := values[name]; ok {
			after.Parameters[name] = value
		} else {
			r.previous = append(r.previous, name)
		}
	}
	slices.Sort(r.previous)
	var err error
	if r.expect, err = stackdiff.Compare(before, after); err != nil {
		return err
	}
	return w.run(ctx, r)
}
