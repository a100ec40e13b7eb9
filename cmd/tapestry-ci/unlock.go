package main

import (
	"context"
	"fmt"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

type unlockVerb struct {
	target
	Path  string `arg:"" optional:"" default:"." help:"Folder with a tapestry.yaml, or the file itself."`
	Force bool   `help:"Take the lock away also from an apply that may still run."`
}

// Help is shown below the flags.
func (unlockVerb) Help() string {
	return `Takes away the lock of an apply that was interrupted. Where its process still runs, or
ran on another machine, it wants --force.

Example:
  tapestry-ci unlock`
}

// Run breaks the lock.
func (v unlockVerb) Run(ctx context.Context, s stdio) error {
	p, err := v.find(ctx, v.Path, s)
	if err != nil {
		return err
	}
	defer p.close()
	h, err := p.lock.Holder()
	if err != nil {
		return err
	}
	if h == nil {
		fmt.Fprintln(s.out, "there is no lock")
		return nil
	}
	if !h.Stale && !v.Force {
		return &deploy.Held{Holder: *h, Age: time.Since(h.Since), Unlock: v.command("unlock", v.Path, "--force")}
	}
	if err := p.lock.Break(); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "took the lock of %s on %s away\n", h.Owner, h.Host)
	return nil
}
