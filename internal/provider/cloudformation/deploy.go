package cloudformation

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/cloudformation/stackdiff"
)

// deploy makes or changes the stack. Every round looks at what there is and does
// the next step, so it does not matter where an earlier one was stopped.
func (w *work) deploy(ctx context.Context) (deploy.Outputs, error) {
	deleted := false
	for {
		if err := w.refresh(ctx); err != nil {
			return nil, err
		}
		switch c := stateOf(w.stack.live); {
		case c.busy():
			if err := w.wait(ctx); err != nil {
				return nil, err
			}
		case c == stuck && w.change.Action == deploy.Replace && !deleted:
			deleted = true
			if err := w.clear(ctx); err != nil {
				return nil, err
			}
		case c != absent && c != settled:
			return nil, w.failed(ctx, w.stack.live, "Make a new plan: it says what can be done")
		default:
			again, err := w.step(ctx)
			if err != nil {
				return nil, err
			}
			if !again {
				return w.finish(ctx)
			}
		}
	}
}

// clear deletes a stack that is of no use, unless data came into it since the
// plan.
func (w *work) clear(ctx context.Context) error {
	data, err := w.holding(ctx, w.stack.Stack.Stack)
	if err != nil {
		return err
	}
	if len(data) > 0 {
		return fmt.Errorf("stack %s is not deleted: it may hold data: %s. Make a new plan: it says what can be done", w.stack.Stack.Stack, strings.Join(data, ", "))
	}
	return w.remove(ctx)
}

// refresh reads the stack anew, and its template.
func (w *work) refresh(ctx context.Context) (err error) {
	if w.stack.live, err = w.describe(ctx, w.stack.Stack.Stack); err != nil || stateOf(w.stack.live) != settled {
		return err
	}
	w.stack.before, err = w.template(ctx, w.stack.Stack.Stack)
	return err
}

// step makes the next change set of a stack that is not there, or can be
// changed. It reports whether another round is needed.
func (w *work) step(ctx context.Context) (again bool, err error) {
	values, err := w.certain(ctx)
	if err != nil {
		return false, err
	}
	r := request{kind: types.ChangeSetTypeUpdate, values: values, tags: stackTags(w.all.Tags)}
	if stateOf(w.stack.live) == absent {
		r.kind = types.ChangeSetTypeCreate
	}
	if r.expect, err = stackdiff.Compare(w.stack.is(), w.stack.wanted(w.all.Tags, values)); err != nil {
		return false, err
	}
	if taken, err := w.takeUp(ctx, r.expect); taken || err != nil {
		return taken, err
	}
	if lifted, err := w.lift(ctx, r.expect); lifted || err != nil {
		return lifted, err
	}
	if err := w.send(ctx, &r, string(w.stack.artifact.Content)); err != nil {
		return false, err
	}
	return false, w.run(ctx, r)
}

// takeUp takes up what is there already of that which is new in the stack.
func (w *work) takeUp(ctx context.Context, diff stackdiff.Result) (bool, error) {
	found, err := w.all.leftovers(ctx, w.stack, diff)
	if err != nil || len(found) == 0 {
		return false, err
	}
	r, err := w.importing(ctx, found)
	if err != nil {
		return false, err
	}
	return true, w.run(ctx, r)
}

// send puts a template into a request, or where CloudFormation can read it.
func (w *work) send(ctx context.Context, r *request, template string) error {
	if len(template) <= inlineLimit {
		r.body = template
		return nil
	}
	url, err := w.store(ctx, template)
	r.url = url
	return err
}

func templateOutput(name string) string { return "template." + name }

// upload puts the template where CloudFormation can read it.
func (w *work) upload(ctx context.Context) (deploy.Outputs, error) {
	url, err := w.store(ctx, string(w.stack.artifact.Content))
	if err != nil {
		return nil, err
	}
	return deploy.Outputs{templateOutput(w.stack.Name): url}, nil
}

// store puts a template into the bucket. Its key has its digest, so doing it twice
// is the same as once.
func (w *work) store(ctx context.Context, template string) (string, error) {
	if w.p.c.Upload == nil {
		return "", fmt.Errorf("%s has %d bytes, more than the %d that CloudFormation takes inline, and there is no bucket for it", w.stack.artifact.Path, len(template), inlineLimit)
	}
	sum := digest(template)
	key := fmt.Sprintf("templates/%s-%s.yaml", w.stack.Name, sum[len("sha256:"):][:16])
	url, err := w.p.c.Upload(ctx, key, []byte(template))
	if err != nil {
		return "", fmt.Errorf("putting %s into the bucket: %w", w.stack.artifact.Path, err)
	}
	return url, nil
}

// finish protects the stack and hands on its outputs.
func (w *work) finish(ctx context.Context) (deploy.Outputs, error) {
	live, err := w.describe(ctx, w.stack.Stack.Stack)
	if err != nil {
		return nil, err
	}
	if stateOf(live) != settled {
		return nil, fmt.Errorf("stack %s changed again while it was looked at; apply once more", w.stack.Stack.Stack)
	}
	if !aws.ToBool(live.EnableTerminationProtection) {
		if err := w.protect(ctx, true); err != nil {
			return nil, err
		}
	}
	out := deploy.Outputs{}
	addOutputs(out, w.stack.Stack, live)
	return out, nil
}

func (w *work) protect(ctx context.Context, on bool) error {
	_, err := w.cfn.UpdateTerminationProtection(ctx, &cloudformation.UpdateTerminationProtectionInput{StackName: &w.stack.Stack.Stack, EnableTerminationProtection: &on})
	if err != nil {
		return fmt.Errorf("termination protection of stack %s: %w", w.stack.Stack.Stack, err)
	}
	return nil
}
