package deploy

import (
	"context"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
)

// Provider is one system, or one part of the local target.
type Provider interface {
	// Name is the provider's name, as in Change.Provider.
	Name() string
	// Plan reads what is live and compares it with the artefacts. It changes
	// nothing.
	Plan(ctx context.Context, in Input) (Outcome, error)
	// Apply makes one change so. It is told everything that Plan said of it.
	// It must do the whole or nothing, and doing it again after a lost reply
	// must end in the same state.
	Apply(ctx context.Context, c Change, in Input, p Progress) (Outputs, error)
}

// Input is what a provider may look at.
type Input struct {
	Artifacts []emit.Artifact
	// Outputs are what providers gave after earlier steps, by name.
	Outputs Outputs
	// ShowRows lets samples carry fields of persons. It is set only where a
	// person asked for it on a terminal.
	ShowRows bool
	// Destroy asks for the plan that takes everything away.
	Destroy bool
	// Purge names the objects with data that Destroy may delete.
	Purge []string
	// Live asks to read every system itself, also where what an earlier apply
	// published would do. Apply and the nightly check do, a pull request cannot.
	Live bool
}

// Outputs are values that later steps need, such as a stack's exports. They
// hold no secrets.
type Outputs map[string]string

// Outcome is what Plan found.
type Outcome struct {
	Changes []Change
	// State is a digest of the live state that was seen.
	State string
	// Notes are said with the plan: no samples, so no preview.
	Notes []string
	// Outputs are values that are certain already although the changes that
	// bring them about are still to be made, such as the digest of an image that
	// is to be pushed. They reach the providers that follow this one.
	Outputs Outputs
}

// Follower is a provider whose Plan wants to know what others found.
type Follower interface {
	// Follows names the providers whose Outcome.Outputs are to be in
	// Input.Outputs. Names of providers that take no part are ignored.
	Follows() []string
}

// Progress tells a person what a step is doing. It may be called from several
// goroutines.
type Progress func(message string)
