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

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
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
	p.remember(in.Outputs)
	if in.Destroy {
		changes, err := all.destroy(ctx)
		return deploy.Outcome{Changes: changes, State: state(all)}, err
	}
	found, wrong := make([]planned, len(all.stacks)), make([]error, len(all.stacks))
	sideBySide(len(all.stacks), func(i int) { found[i], wrong[i] = p.plan(ctx, all, all.stacks[i], in) })
	if err := errors.Join(wrong...); err != nil {
		return deploy.Outcome{}, err
	}
	out := deploy.Outcome{State: state(all)}
	for _, f := range found {
		out.Changes, out.Notes = append(out.Changes, f.changes...), append(out.Notes, f.notes...)
	}
	return out, nil
}

// planned is what is to be said of one stack.
type planned struct {
	changes []deploy.Change
	notes   []string
}

func (p *Provider) plan(ctx context.Context, all *pipeline, s *stack, in deploy.Input) (planned, error) {
	var f planned
	c, err := all.stackChange(ctx, s, all.bind(s, in.Outputs, p.c.Lookup))
	if err != nil {
		return f, err
	}
	if stateOf(s.live).busy() {
		note, err := all.whoIsAtIt(ctx, s)
		if err != nil {
			return f, err
		}
		f.notes = append(f.notes, note)
	}
	if stateOf(s.live) == rollbackFailed {
		f.changes = append(f.changes, all.rollbackChange(s))
		c.DependsOn = append(c.DependsOn, f.changes[0].ID)
	}
	if t := all.uploadChange(s); t != nil && c.Action != "" {
		f.changes, c.DependsOn = append(f.changes, *t), append(c.DependsOn, t.ID)
		c.Fields = append([]deploy.FieldChange{{Path: "Template", After: t.Reason}}, c.Fields...)
	}
	if c.Action != "" {
		f.changes = append(f.changes, c)
	}
	for _, later := range []*deploy.Change{all.trustChange(s, in.Outputs), all.driftChange(s)} {
		if later == nil {
			continue
		}
		if len(f.changes) > 0 { // one at a time: a stack can only be changed by one
			later.DependsOn = []string{f.changes[len(f.changes)-1].ID}
		}
		f.changes = append(f.changes, *later)
	}
	return f, nil
}

// built is what a build of dbt provides. The sync stack comes after it, and so after
// the first syncs that it reads: workers that start before would find nothing, and
// the scheduled run would fail. Where there is nothing to build, nobody waits.
const built = "dbt:build"

// stackChange is what happens to a stack itself: no action where nothing does.
func (all *pipeline) stackChange(ctx context.Context, s *stack, b bound) (deploy.Change, error) {
	c := all.change(s, kindStack, s.content(all))
	c.Needs, c.Provides, c.Origins = slices.Clone(s.artifact.Needs), slices.Clone(s.artifact.Provides), origins(s.artifact)
	if s.Name == "sync" {
		c.Needs = append(c.Needs, built)
	}
	diff, err := all.compare(s, b)
	if err != nil {
		return c, err
	}
	c.Fields = append(fields(diff, b.fields), s.lifted(diff)...)
	switch stateOf(s.live) {
	case absent:
		c.Action, c.Reason = deploy.Create, fmt.Sprintf("there is no such stack; it gets %d resources", len(diff.Resources))
	case stuck:
		err = all.replacing(ctx, s, &c)
	case making:
		c.Action, c.Reason = deploy.Create, fmt.Sprintf("it is %s: apply waits until that is done, and goes on from there", s.live.StackStatus)
	case unknown:
		c.Action, c.Reason = deploy.Blocked, fmt.Sprintf("it is %s%s", s.live.StackStatus, because(s.live))
		c.Next = fmt.Sprintf("Look at it in the console and roll it back: aws cloudformation rollback-stack --stack-name %s --region %s", s.Stack.Stack, all.Region)
	default:
		s.update(&c, diff)
	}
	if st := stateOf(s.live); err == nil && (st == absent || st == settled || c.Action == deploy.Replace) {
		var found []leftover
		found, err = all.leftovers(ctx, s, diff)
		adopting(&c, found)
	}
	if b.blocked != "" && c.Action != "" {
		c.Action, c.Reason, c.Next = deploy.Blocked, b.blocked, b.next
	}
	return c, err
}

// compare says what is otherwise than it should be.
func (all *pipeline) compare(s *stack, b bound) (stackdiff.Result, error) {
	is := s.is()
	if st := stateOf(s.live); st == stuck || st == making {
		is = stackdiff.Side{} // nothing of it works
	}
	diff, err := stackdiff.Compare(is, s.wanted(all.Tags, b.values))
	if err != nil {
		return diff, fmt.Errorf("comparing stack %s with its template: %w", s.Stack.Stack, err)
	}
	if is.Template == nil {
		// What a new stack is called, tells and is tagged with says the template.
		diff.Rest = slices.DeleteFunc(diff.Rest, func(f deploy.FieldChange) bool { return !strings.HasPrefix(f.Path, "Parameters.") })
	}
	return diff, nil
}

// update says what changes in a stack that works.
func (s *stack) update(c *deploy.Change, diff stackdiff.Result) {
	c.Fields = append(c.Fields, s.protection()...)
	if len(c.Fields) == 0 && !stateOf(s.live).busy() {
		return
	}
	c.Action = deploy.Update
	c.Risk, c.Reason = worst(diff)
	if stateOf(s.live).busy() {
		c.Reason = fmt.Sprintf("it is %s: apply waits until that is done; then %s", s.live.StackStatus, c.Reason)
	}
}

// origins are the lines of the pipeline file that a template comes from.
func origins(a emit.Artifact) []string {
	var all []string
	for _, span := range a.Origins {
		all = append(all, span.String())
	}
	return all
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
// one for every property that changes. Of a value that is found out later the
// plan says when, and not that it is unknown.
func fields(diff stackdiff.Result, later []deploy.FieldChange) []deploy.FieldChange {
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
	for _, f := range diff.Rest {
		if !slices.ContainsFunc(later, func(l deploy.FieldChange) bool { return l.Path == f.Path }) {
			out = append(out, f)
		}
	}
	return append(out, later...)
}

func sortFields(all []deploy.FieldChange) {
	slices.SortFunc(all, func(a, b deploy.FieldChange) int { return cmp.Compare(a.Path, b.Path) })
}

// risks from least to most.
var risks = []deploy.Risk{deploy.Safe, deploy.Disruptive, deploy.Destructive}

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

// state is a digest of what was seen of the stacks, without times, and without
// drift, which a plan that does not look for it cannot see.
func state(all *pipeline) string {
	type seen struct {
		Name, Status, Template string
		Parameters, Tags       map[string]string
		Protected              bool
	}
	var list []seen
	for _, s := range all.stacks {
		if stateOf(s.live) == absent {
			continue
		}
		side := s.is()
		one := seen{Name: s.Name, Status: string(s.live.StackStatus), Template: string(side.Template), Parameters: side.Parameters, Tags: side.Tags,
			Protected: aws.ToBool(s.live.EnableTerminationProtection)}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b seen) int { return cmp.Compare(a.Name, b.Name) })
	return digest(list)
}
