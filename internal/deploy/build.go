package deploy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Meta is what a plan says of where it comes from.
type Meta struct {
	Pipeline, Environment, Target string
	Commit, Tool                  string
	Artifacts                     string // digest of the build
}

// Build asks every provider what would change: side by side, but for those that
// follow others, which are asked once those have answered.
func Build(ctx context.Context, providers []Provider, in Input, meta Meta) (*Plan, error) {
	answers, err := ask(ctx, providers, in)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Pipeline: meta.Pipeline, Environment: meta.Environment, Target: meta.Target, Destroy: in.Destroy,
		Commit: meta.Commit, Tool: meta.Tool, Artifacts: meta.Artifacts}
	for i, p := range providers {
		if answers[i].err != nil {
			return nil, fmt.Errorf("planning %s: %w", p.Name(), answers[i].err)
		}
		plan.Changes = append(plan.Changes, answers[i].Changes...)
		plan.State = append(plan.State, StateDigest{p.Name(), answers[i].State})
		plan.Notes = append(plan.Notes, answers[i].Notes...)
	}
	connect(plan.Changes, plan.Changes)
	if err := plan.Seal(); err != nil {
		return nil, fmt.Errorf("planning: %w", err)
	}
	return plan, nil
}

type answer struct {
	Outcome
	err  error
	done chan struct{}
}

// ask gets every provider's answer. One that follows another which failed is
// asked all the same: what it finds may explain more.
func ask(ctx context.Context, providers []Provider, in Input) ([]answer, error) {
	follows, err := followed(providers)
	if err != nil {
		return nil, err
	}
	answers := make([]answer, len(providers))
	for i := range answers {
		answers[i].done = make(chan struct{})
	}
	var wg sync.WaitGroup
	for i, p := range providers {
		wg.Go(func() {
			defer close(answers[i].done)
			mine := in
			mine.Outputs = maps.Clone(in.Outputs)
			for _, j := range follows[i] {
				<-answers[j].done
				if mine.Outputs == nil {
					mine.Outputs = Outputs{}
				}
				maps.Copy(mine.Outputs, answers[j].Outputs)
			}
			answers[i].Outcome, answers[i].err = p.Plan(ctx, mine)
		})
	}
	wg.Wait()
	return answers, nil
}

// followed gives, for each provider, the places of those it follows. Who
// follows himself, over however many others, would wait for ever.
func followed(providers []Provider) ([][]int, error) {
	out := make([][]int, len(providers))
	for i, p := range providers {
		f, ok := p.(Follower)
		if !ok {
			continue
		}
		for _, name := range f.Follows() {
			if j := slices.IndexFunc(providers, func(q Provider) bool { return q.Name() == name }); j >= 0 {
				out[i] = append(out[i], j)
			}
		}
	}
	state := make([]int, len(providers))
	var visit func(i int) bool
	visit = func(i int) bool {
		if state[i] != 0 {
			return state[i] == 2
		}
		state[i] = 1
		for _, j := range out[i] {
			if !visit(j) {
				return false
			}
		}
		state[i] = 2
		return true
	}
	for i, p := range providers {
		if !visit(i) {
			return nil, fmt.Errorf("planning: provider %s follows itself", p.Name())
		}
	}
	return out, nil
}

// connect turns what changes need into ids of those among all that provide it.
func connect(changes, all []Change) {
	providers := map[string][]string{}
	for _, c := range all {
		for _, name := range c.Provides {
			providers[name] = append(providers[name], c.ID)
		}
	}
	for i := range changes {
		c := &changes[i]
		c.Origins = lines(c.Origins)
		ids := slices.Clone(c.DependsOn)
		for _, need := range c.Needs {
			ids = append(ids, providers[need]...)
		}
		slices.Sort(ids)
		ids = slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == c.ID })
		if len(ids) > 0 {
			c.DependsOn = ids
		}
	}
}
