package cloudformation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/cloudformation/stackdiff"
)

// pipeline is what the artefacts say of stacks.
type pipeline struct {
	settings.Settings
	clients
	stacks []*stack
}

// stack is one stack as it should be, and as it is.
type stack struct {
	settings.Stack
	artifact emit.Artifact

	live   *types.Stack // nil where there is none
	before []byte       // the live template
	drifts []types.StackResourceDrift
}

// read takes the stacks from the artefacts.
func (p *Provider) read(artifacts []emit.Artifact) (*pipeline, error) {
	find := func(path string) (emit.Artifact, error) {
		i := slices.IndexFunc(artifacts, func(a emit.Artifact) bool { return a.Path == path })
		if i < 0 {
			return emit.Artifact{}, fmt.Errorf("the build has no %s: compile again", path)
		}
		return artifacts[i], nil
	}
	target, err := find(settings.Path)
	if err != nil {
		return nil, err
	}
	all := &pipeline{}
	if all.Settings, err = settings.Parse(target.Content); err != nil {
		return nil, err
	}
	all.clients = p.clients(all.Region)
	for _, named := range all.Stacks {
		s := &stack{Stack: named}
		if s.artifact, err = find(named.Template); err != nil {
			return nil, err
		}
		all.stacks = append(all.stacks, s)
	}
	return all, nil
}

// Outputs gives the outputs of the stacks that exist. What it was told is kept
// for the Plan after it.
func (p *Provider) Outputs(ctx context.Context, s settings.Settings) (deploy.Outputs, error) {
	cl := p.clients(s.Region)
	found, wrong := make([]*types.Stack, len(s.Stacks)), make([]error, len(s.Stacks))
	sideBySide(len(s.Stacks), func(i int) { found[i], wrong[i] = cl.describe(ctx, s.Stacks[i].Stack) })
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	out := deploy.Outputs{}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = map[string]*types.Stack{}
	for i, stack := range s.Stacks {
		p.seen[stack.Stack] = found[i]
		addOutputs(out, stack, found[i])
	}
	return out, nil
}

// addOutputs adds the outputs of a stack that works, and as running.image.NAME the
// images that its tasks have.
func addOutputs(out deploy.Outputs, named settings.Stack, live *types.Stack) {
	if st := stateOf(live); st != settled && st != changing && st != rollbackFailed {
		return
	}
	for _, o := range live.Outputs {
		out["output."+named.Name+"."+aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	for _, v := range live.Parameters {
		i := slices.IndexFunc(named.Parameters, func(p settings.Parameter) bool { return p.Name == aws.ToString(v.ParameterKey) })
		if i >= 0 && strings.HasPrefix(named.Parameters[i].From, "image.") {
			out["running."+named.Parameters[i].From] = aws.ToString(v.ParameterValue)
		}
	}
}

// take gives what Outputs saw of a stack, once: later it may be otherwise.
func (p *Provider) take(name string) (*types.Stack, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	live, ok := p.seen[name]
	delete(p.seen, name)
	return live, ok
}

// describe gives a stack by its name or, also when it is deleted, by its id; nil
// where there is none.
func (cl clients) describe(ctx context.Context, name string) (*types.Stack, error) {
	out, err := cl.cfn.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	if isCode(err, "ValidationError") && strings.Contains(err.Error(), "does not exist") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for stack %s: %w", name, err)
	}
	if len(out.Stacks) == 0 {
		return nil, nil
	}
	return &out.Stacks[0], nil
}

// look reads what there is of every stack.
func (p *Provider) look(ctx context.Context, all *pipeline, drift bool) error {
	wrong := make([]error, len(all.stacks))
	sideBySide(len(all.stacks), func(i int) {
		s := all.stacks[i]
		var known bool
		if s.live, known = p.take(s.Stack.Stack); !known {
			if s.live, wrong[i] = all.describe(ctx, s.Stack.Stack); wrong[i] != nil {
				return
			}
		}
		if stateOf(s.live) == absent {
			return
		}
		if s.before, wrong[i] = all.template(ctx, s.Stack.Stack); wrong[i] == nil && drift && detectable(s.live) {
			s.drifts, wrong[i] = p.drift(ctx, all.clients, s.Stack.Stack)
		}
	})
	return errors.Join(wrong...)
}

// template is a stack's template as it was sent. One that failed early may have
// none.
func (cl clients) template(ctx context.Context, name string) ([]byte, error) {
	out, err := cl.cfn.GetTemplate(ctx, &cloudformation.GetTemplateInput{StackName: &name, TemplateStage: types.TemplateStageOriginal})
	if isCode(err, "ValidationError") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the template of stack %s: %w", name, err)
	}
	return []byte(aws.ToString(out.TemplateBody)), nil
}

// is is the stack as it is, for a comparison.
func (s *stack) is() stackdiff.Side {
	if stateOf(s.live) == absent {
		return stackdiff.Side{}
	}
	side := stackdiff.Side{Template: s.before, Parameters: s.given(), Tags: map[string]string{}}
	for _, t := range s.live.Tags {
		side.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return side
}

// given are the live values of parameters.
func (s *stack) given() map[string]string {
	values := map[string]string{}
	if s.live != nil {
		for _, v := range s.live.Parameters {
			values[aws.ToString(v.ParameterKey)] = aws.ToString(v.ParameterValue)
		}
	}
	return values
}

// wanted is the stack as it should be.
func (s *stack) wanted(tags []settings.Tag, values map[string]string) stackdiff.Side {
	side := stackdiff.Side{Template: s.artifact.Content, Parameters: values, Tags: map[string]string{}}
	for _, t := range tags {
		side.Tags[t.Key] = t.Value
	}
	return side
}

func stackTags(tags []settings.Tag) []types.Tag {
	var all []types.Tag
	for _, t := range tags {
		all = append(all, types.Tag{Key: aws.String(t.Key), Value: aws.String(t.Value)})
	}
	return all
}

// parameterList is parameters as CloudFormation takes them, in order.
func parameterList(values map[string]string) []types.Parameter {
	var all []types.Parameter
	for name, value := range values {
		all = append(all, types.Parameter{ParameterKey: aws.String(name), ParameterValue: aws.String(value)})
	}
	slices.SortFunc(all, func(a, b types.Parameter) int { return cmp.Compare(*a.ParameterKey, *b.ParameterKey) })
	return all
}

// isCode reports whether AWS answered with one of the codes.
func isCode(err error, codes ...string) bool {
	var answer smithy.APIError
	return errors.As(err, &answer) && slices.Contains(codes, answer.ErrorCode())
}
