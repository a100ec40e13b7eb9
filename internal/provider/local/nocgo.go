//go:build !cgo

package local

import (
	"context"
	"errors"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

var errNoWarehouse = errors.New("this build of tapestry-ci has no embedded warehouse, so it has neither the local target nor a preview: " +
	"it was built without cgo. Build it with CGO_ENABLED=1 and a C compiler, or take a released binary")

// Plan is part of deploy.Provider.
func (p *provider) Plan(context.Context, deploy.Input) (deploy.Outcome, error) {
	return deploy.Outcome{}, errNoWarehouse
}

// Apply is part of deploy.Provider.
func (p *provider) Apply(context.Context, deploy.Change, deploy.Input, deploy.Progress) (deploy.Outputs, error) {
	return nil, errNoWarehouse
}
