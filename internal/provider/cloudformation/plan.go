package cloudformation

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/cloudformation/stackdiff"
)

// inlineLimit is how many bytes of a template CloudFormation takes itself.
const inlineLimit = 51200

// Plan compares every stack with its template. It writes nothing: there is no
// change set behind it.
func (p *Provider) Plan(ctx context.Context, in deploy.Input) (deploy.Outcome, error) {
	all, err := p.read(in.Artifacts)
	if err != nil {
		return deploy.Outcome{}, err
	}
	if err := p.look(ctx, all, in.Live && !in.Destroy); err != nil {
		return deploy.Outcome{}, err
	}
	found, wrong := make([]planned, len(all.stacks)), make([]error, len(all.stacks))
	sideBySide(len(all.stacks), func(i int) { found[i], wrong[i] = p.plan(ctx, all, all.stacks[i], in) })
	if err := errors.Join(wrong...); err != nil {
		return deploy.Outcome{}, err
	}
	var out deploy.Outcome
	for _, f := range found {
		out.Changes, out.Notes = append(out.Changes, f.changes...), append(out.Notes, f.notes...)
	}
	out.State, err = state(all)
	return out, err
}

// planned is what is to be said of one stack.
type planned struct {
	changes []deploy.Change
	notes   []string
}

func (p *Provider) plan(ctx context.Context, all *pipeline, s *stack, in deploy.Input) (planned, error) {
	b, err := all.bind(ctx, s, in.Outputs, p.c.Lookup)
	if err != nil {
		return planned{}, err
	}
	c, err := all.stackChange(s, b)
	if err != nil {
		return planned{}, err
	}
	var f planned
	if c.Action == "" {
		return f, nil
	}
	if t := all.uploadChange(s); t != nil {
		f.changes = append(f.changes, *t)
		c.DependsOn = append(c.DependsOn, t.ID)
		c.Fields = append([]deploy.FieldChange{{Path: "Template", After: t.Reason}}, c.Fields...)
	}
	f.changes = append(f.changes, c)
	return f, nil
}

// stackChange is what happens to a stack itself: no action where nothing does.
func (all *pipeline) stackChange(s *stack, b bound) (deploy.Change, error) {
	c := all.change(s, kindStack, s.content(all))
	c.Needs, c.Provides = slices.Clone(s.artifact.Needs), slices.Clone(s.artifact.Provides)
	diff, err := stackdiff.Compare(s.is(), s.wanted(all.Tags, b.values))
	if err != nil {
		return c, fmt.Errorf("comparing stack %s with its template: %w", s.Stack.Stack, err)
	}
	c.Fields = append(fields(diff), b.fields...)
	switch stateOf(s.live) {
	case absent:
		c.Action, c.Reason = deploy.Create, fmt.Sprintf("there is no such stack; it has %d resources", len(diff.Resources))
	default:
		c.Fields = append(append(c.Fields, s.protection()...), s.driftFields()...)
		if len(c.Fields) > 0 {
			c.Action = deploy.Update
			c.Risk, c.Reason = worst(diff)
		}
		if len(s.drifts) > 0 {
			// What someone changed by hand is perhaps in use as it is.
			c.Risk = higher(c.Risk, deploy.Disruptive)
			c.Reason += fmt.Sprintf("; %d resources were changed outside of the stack, and are put back", len(s.drifts))
		}
	}
	if b.blocked != "" {
		c.Action, c.Reason, c.Next = deploy.Blocked, b.blocked, b.next
	}
	return c, nil
}

func (all *pipeline) change(s *stack, kind, content string) deploy.Change {
	return deploy.Change{ID: id(kind, s.Name), Provider: provider, Kind: kind, Name: s.Stack.Stack, Risk: deploy.Safe, Content: content}
}

// content is a digest of what the artefacts ask for: never of a value that is
// found out, so that an apply that was interrupted can go on when one moved.
func (s *stack) content(all *pipeline) string {
	parts := []any{string(s.artifact.Content), s.Parameters, all.Tags}
	return digest(parts...)
}

func digest(parts ...any) string {
	data, err := json.Marshal(parts)
	if err != nil {
		panic("cloudformation: " + err.Error()) // strings, and structs of them
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// protection says that someone took the stack's termination protection away.
func (s *stack) protection() []deploy.FieldChange {
	if aws.ToBool(s.live.EnableTerminationProtection) {
		return nil
	}
	return []deploy.FieldChange{{Path: "TerminationProtection", Before: "off", After: "on"}}
}

// uploadChange puts a template that is too large into the bucket.
func (all *pipeline) uploadChange(s *stack) *deploy.Change {
	n := len(s.artifact.Content)
	if n <= inlineLimit {
		return nil
	}
	c := all.change(s, kindTemplate, digest(string(s.artifact.Content)))
	c.Action, c.Name = deploy.Create, s.artifact.Path
	c.Reason = fmt.Sprintf("its %d bytes are more than the %d that CloudFormation takes inline: it goes through the bucket %s-…", n, inlineLimit, all.DeployBucket)
	return &c
}

// fields has a line for every resource that is made, goes or is made anew, and
// one for every property that changes.
func fields(diff stackdiff.Result) []deploy.FieldChange {
	var out []deploy.FieldChange
	for _, r := range diff.Resources {
		path := r.LogicalID + " (" + r.Type + ")"
		switch r.Action {
		case deploy.Create:
			out = append(out, deploy.FieldChange{Path: path, After: "created"})
			continue
		case deploy.Delete:
			out = append(out, deploy.FieldChange{Path: path, Before: "there", After: "deleted"})
			continue
		case deploy.Keep:
			out = append(out, deploy.FieldChange{Path: path, Before: "there", After: "leaves the stack, and is kept"})
			continue
		case deploy.Replace:
			after := "made anew"
			if r.Conditional {
				after = "changed, and in some cases made anew"
			}
			out = append(out, deploy.FieldChange{Path: path, Before: "there", After: after})
		}
		for _, f := range r.Fields {
			f.Path = path + "." + f.Path
			out = append(out, f)
		}
	}
	return append(out, diff.Rest...)
}

// risks from least to most.
var risks = []deploy.Risk{deploy.Safe, deploy.Disruptive, deploy.Destructive}

func higher(a, b deploy.Risk) deploy.Risk {
	if slices.Index(risks, b) > slices.Index(risks, a) {
		return b
	}
	return a
}

// worst is the highest risk of all that happens, and why.
func worst(diff stackdiff.Result) (deploy.Risk, string) {
	risk, why := deploy.Safe, ""
	counts := map[deploy.Action]int{}
	for _, r := range diff.Resources {
		counts[r.Action]++
		if slices.Index(risks, r.Risk) > slices.Index(risks, risk) {
			risk, why = r.Risk, r.LogicalID+": "+r.Reason
		}
	}
	var parts []string
	for _, a := range []struct {
		action deploy.Action
		word   string
	}{{deploy.Create, "created"}, {deploy.Update, "changed"}, {deploy.Replace, "made anew"}, {deploy.Delete, "deleted"}, {deploy.Keep, "kept"}} {
		if n := counts[a.action]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, a.word))
		}
	}
	text := "no resource changes"
	if parts != nil {
		text = "resources: " + strings.Join(parts, ", ")
	}
	if why != "" {
		text += "; " + why
	}
	return risk, text
}

// state is a digest of what was seen of the stacks, without times.
func state(all *pipeline) (string, error) {
	type seen struct {
		Name, Status, Template string
		Parameters, Tags       map[string]string
		Protected              bool
		Drifts                 []string
	}
	var list []seen
	for _, s := range all.stacks {
		if stateOf(s.live) == absent {
			continue
		}
		side := s.is()
		one := seen{Name: s.Name, Status: string(s.live.StackStatus), Template: string(side.Template), Parameters: side.Parameters, Tags: side.Tags,
			Protected: aws.ToBool(s.live.EnableTerminationProtection)}
		for _, d := range s.drifts {
			one.Drifts = append(one.Drifts, driftWords(d)...)
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b seen) int { return cmp.Compare(a.Name, b.Name) })
	return digest(list), nil
}

func driftWords(d types.StackResourceDrift) []string {
	words := []string{aws.ToString(d.LogicalResourceId) + " " + string(d.StackResourceDriftStatus)}
	for _, x := range d.PropertyDifferences {
		words = append(words, aws.ToString(x.PropertyPath)+" "+aws.ToString(x.ActualValue))
	}
	return words
}
