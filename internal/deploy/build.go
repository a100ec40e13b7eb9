package deploy

import (
	"context"
	"fmt"
	"sync"
)

// Meta is what a plan says of where it comes from.
type Meta struct {
	Pipeline, Environment, Target string
	Commit, Tool                  string
	Artifacts                     string // digest of the build
}

// Build asks every provider, side by side, what would change.
func Build(ctx context.Context, providers []Provider, in Input, meta Meta) (*Plan, error) {
	outcomes := make([]Outcome, len(providers))
	errs := make([]error, len(providers))
	var wg sync.WaitGroup
	for i, p := range providers {
		wg.Go(func() { outcomes[i], errs[i] = p.Plan(ctx, in) })
	}
	wg.Wait()
	plan := &Plan{Pipeline: meta.Pipeline, Environment: meta.Environment, Target: meta.Target, Destroy: in.Destroy,
		Commit: meta.Commit, Tool: meta.Tool, Artifacts: meta.Artifacts}
	for i, p := range providers {
		if errs[i] != nil {
			return nil, fmt.Errorf("planning %s: %w", p.Name(), errs[i])
		}
		plan.Changes = append(plan.Changes, outcomes[i].Changes...)
		plan.State = append(plan.State, StateDigest{p.Name(), outcomes[i].State})
		plan.Notes = append(plan.Notes, outcomes[i].Notes...)
	}
	if err := plan.Seal(); err != nil {
		return nil, fmt.Errorf("planning: %w", err)
	}
	return plan, nil
}
