package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/report"
)

type planVerb struct {
	target
	Path             string `arg:"" optional:"" default:"." help:"Folder with a tapestry.yaml, or the file itself."`
	Out              string `short:"o" help:"Write the plan to this file, for apply." placeholder:"FILE"`
	Live             bool   `help:"On AWS, read every system itself, and look for drift. Without it, Airbyte is taken to be as the last apply left it."`
	ShowRows         bool   `help:"Show the fields of some members. On a terminal only."`
	DetailedExitcode bool   `help:"Exit with 0 where nothing would change, with 2 where something would."`
}

// Help is shown below the flags.
func (planVerb) Help() string {
	return `Nothing is changed. Persons appear as salted ids.

Exit codes: 0 an apply may go ahead, 1 an error, 3 something is blocked, so that an apply would
refuse. With --detailed-exitcode: 0 nothing would change, 2 something would change or is not
known yet, and 1 and 3 as before.

Examples:
  tapestry-ci plan
  tapestry-ci plan --out plan.json
  tapestry-ci plan --target aws --live
  tapestry-ci plan --format markdown --detailed-exitcode`
}

// Run makes and shows a plan.
func (v planVerb) Run(ctx context.Context, s stdio) error {
	rows, err := showRows(v.ShowRows, s)
	if err != nil {
		return err
	}
	d, err := v.open(ctx, v.Path, s, want{live: v.Live})
	if err != nil {
		return err
	}
	defer d.close()
	d.input.ShowRows = rows
	plan, err := d.plan(ctx)
	if err != nil {
		return err
	}
	next := v.command("apply", v.Path)
	if v.Out != "" {
		next = v.command("apply", v.Path, "--plan", v.Out)
		if err := writeBeside(v.Out, func(w io.Writer) error { return report.WriteJSON(w, plan) }); err != nil {
			return fmt.Errorf("writing the plan: %w", err)
		}
	}
	if err := v.writePlan(s, plan, next); err != nil {
		return err
	}
	if err := mayGoAhead(plan); err != nil || !v.DetailedExitcode || plan.Empty() {
		return err
	}
	return exitWith(exitChanges)
}

// mayGoAhead ends a verb that only shows a plan where an apply of it would refuse.
func mayGoAhead(plan *deploy.Plan) error {
	if len(plan.Blocked()) > 0 {
		return exitWith(exitBlocked)
	}
	return nil
}

// showRows reports whether fields of persons may be shown: asked for, and on a
// terminal, where no log keeps them.
func showRows(asked bool, s stdio) (bool, error) {
	if asked && !isTerminal(s.out) {
		return false, errors.New("--show-rows shows personal data, so it works on a terminal only")
	}
	return asked, nil
}
