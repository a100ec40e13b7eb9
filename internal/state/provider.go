package state

import (
	"context"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Name is the provider's name.
const Name = "state"

// Provider shows in a plan that the bucket will be made. The change is Aside:
// an apply makes the bucket before it looks at what was approved.
func (b *Bucket) Provider() deploy.Provider { return provider{b} }

type provider struct{ b *Bucket }

func (provider) Name() string { return Name }

// Plan is part of deploy.Provider. The state that it saw is always the same, so
// that an apply that was stopped right after it made the bucket can go on.
func (p provider) Plan(ctx context.Context, in deploy.Input) (deploy.Outcome, error) {
	there, err := p.b.Exists(ctx)
	if err != nil {
		return deploy.Outcome{}, err
	}
	c := deploy.Change{ID: Name + ":bucket:" + p.b.name, Provider: Name, Kind: "bucket", Name: p.b.name, Risk: deploy.Safe, Aside: true}
	switch {
	case in.Destroy && there:
		c.Action, c.Reason = deploy.Keep, "it holds the ledger of all applies; delete it by hand when nobody needs that"
	case !in.Destroy && !there:
		c.Action, c.Reason = deploy.Create, "it is not there yet; it keeps the ledger, the lock and large templates"
	default:
		return deploy.Outcome{}, nil
	}
	return deploy.Outcome{Changes: []deploy.Change{c}}, nil
}

// Apply is part of deploy.Provider.
func (p provider) Apply(ctx context.Context, _ deploy.Change, _ deploy.Input, _ deploy.Progress) (deploy.Outputs, error) {
	return nil, p.b.Ensure(ctx)
}
