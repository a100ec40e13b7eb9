package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/report"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

type applyVerb struct {
	target
	Path     string   `arg:"" optional:"" default:"." help:"Folder with a tapestry.yaml, or the file itself."`
	Plan     string   `short:"p" help:"Apply this plan, made by plan --out, and refuse where anything differs." placeholder:"FILE"`
	Allow    []string `help:"Destructive change that may be made, by its id or its name; or the digest of the plan, for all of them. Repeat for more." placeholder:"ID"`
	ShowRows bool     `help:"Show the members that came of it. On a terminal only."`
	Wait     bool     `help:"On AWS, follow the first sync of each connection to its end, and build the models after it."`
	Parallel int      `default:"4" help:"How many steps run side by side."`
}

// Help is shown below the flags.
func (applyVerb) Help() string {
	return `Plans, then makes it so, step by step. What an interrupted apply has done stays done;
run the same command again to go on. Ctrl-C finishes what runs and begins nothing more.

Examples:
  tapestry-ci apply
  tapestry-ci plan --out plan.json && tapestry-ci apply --plan plan.json
  tapestry-ci apply --target aws --wait`
}

// Run applies.
func (v applyVerb) Run(ctx context.Context, s stdio) error {
	rows, err := showRows(v.ShowRows, s)
	if err != nil {
		return err
	}
	d, err := v.open(ctx, v.Path, s, want{live: true, applying: true, wait: v.Wait})
	if err != nil {
		return err
	}
	defer d.close()
	d.input.ShowRows = rows
	return d.apply(ctx, s, v.target, v.Plan, v.Allow, v.Parallel)
}

// apply holds the lock while it plans, compares with what was approved, and
// executes.
func (d *deployment) apply(ctx context.Context, s stdio, t target, approvedFile string, allow []string, parallel int) (err error) {
	release, err := d.hold(ctx, t)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	plan, err := d.plan(ctx)
	if err != nil {
		return err
	}
	approved := ""
	if approvedFile != "" {
		if plan, approved, err = d.approve(approvedFile, plan); err != nil {
			return err
		}
	}
	if t.Format == "text" {
		if err := t.writePlan(s, plan, ""); err != nil {
			return err
		}
	}
	if plan.Empty() {
		if err := d.keepFirst(ctx); err != nil {
			return err
		}
	}
	if plan.Empty() && t.Format == "text" {
		return d.members(s)
	}
	if plan.Empty() && t.Format == "markdown" {
		return t.writePlan(s, plan, "")
	}
	if plan.Empty() {
		return t.writeResult(s, &deploy.Result{Plan: plan.Digest, Status: "done", Done: []string{}}, plan)
	}
	tell := progress{w: s.err, began: time.Now(), live: s.live(s.err)}
	told := context.AfterFunc(ctx, func() {
		fmt.Fprintln(s.err, "interrupted: what runs is finished and nothing more is begun; interrupt once more to end at once")
	})
	defer told()
	result, err := d.execute(ctx, plan, deploy.Execution{Approved: approved, Parallel: parallel, Allow: allowance{given: allow}.ids(plan, approved), Events: tell.event})
	if result == nil {
		return err
	}
	if err := errors.Join(t.writeResult(s, result, plan), err); err != nil || t.Format != "text" {
		return err
	}
	return d.members(s)
}

// hold takes the lock, and on AWS makes what the lock is in.
func (d *deployment) hold(ctx context.Context, t target) (release func() error, err error) {
	if d.aws != nil {
		if err := d.aws.Prepare(ctx); err != nil {
			return nil, err
		}
	}
	release, err = d.lock.Acquire(owner(), time.Now())
	if held := (*deploy.Held)(nil); errors.As(err, &held) {
		held.Unlock = t.command("unlock", d.path)
	}
	return release, err
}

// execute makes the changes of a plan here, and publishes what came of it. Where
// there is a result and an error, the changes are made.
func (d *deployment) execute(ctx context.Context, plan *deploy.Plan, x deploy.Execution) (*deploy.Result, error) {
	x.Providers, x.Input, x.Ledger, x.Owner, x.Now = d.providers, d.input, d.ledger, owner(), time.Now
	result, err := deploy.Execute(ctx, plan, x)
	if err != nil {
		return nil, err
	}
	return result, errors.Join(d.publish(ctx, result), d.keepApplied(ctx, result))
}

// publish tells plans that cannot look at Airbyte what there is now. It is done
// after a failed apply, too: some of it may have been made.
func (d *deployment) publish(ctx context.Context, r *deploy.Result) error {
	if d.aws == nil || !slices.ContainsFunc(r.Done, func(id string) bool { return strings.HasPrefix(id, "airbyte:") }) {
		return nil
	}
	in := d.input
	in.Outputs = r.Outputs
	return d.aws.Publish(context.WithoutCancel(ctx), in)
}

// members says where the members of each sync are, and shows them where that
// was asked for.
func (d *deployment) members(s stdio) error {
	if d.state == "" {
		return nil
	}
	return fs.WalkDir(os.DirFS(d.state), "outbox", func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // nothing was ever sent
		}
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".ndjson") || strings.HasSuffix(path, ".events.ndjson") {
			return err
		}
		file := filepath.Join(d.state, filepath.FromSlash(path))
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s in %s\n", count(bytes.Count(data, []byte("\n")), "member"), file)
		if d.input.ShowRows {
			for line := range bytes.Lines(data) {
				fmt.Fprintf(s.out, "  %s\n", diag.Inert(strings.TrimSuffix(string(line), "\n")))
			}
		}
		return nil
	})
}

// approve reads a plan file and holds the fresh plan to it.
func (d *deployment) approve(file string, fresh *deploy.Plan) (*deploy.Plan, string, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", fmt.Errorf("there is no plan %s; plan --out %s makes one", file, file)
	}
	if err != nil {
		return nil, "", err
	}
	var approved deploy.Plan
	if err := json.Unmarshal(data, &approved); err != nil {
		return nil, "", fmt.Errorf("%s is not a plan: %w", file, err)
	}
	if approved.Format != deploy.PlanFormat {
		return nil, "", fmt.Errorf("%s is not a plan of this version of tapestry-ci (format %d, and this reads %d); plan --out %s makes one", file, approved.Format, deploy.PlanFormat, file)
	}
	last, err := d.lastRun()
	if err != nil {
		return nil, "", err
	}
	plan, err := deploy.Reapprove(&approved, fresh, last)
	return plan, approved.Digest, err
}

func (t target) writeResult(s stdio, r *deploy.Result, plan *deploy.Plan) error {
	var err error
	switch t.Format {
	case "json":
		err = report.WriteJSON(s.out, r)
	case "markdown":
		_, err = io.WriteString(s.out, comment.Result(r, plan, comment.Context{}, comment.Options{}).Markdown())
	default:
		fmt.Fprintln(s.out)
		err = report.WriteResult(s.out, r, report.Options{Color: s.colour(s.out)})
	}
	if err == nil && r.Status != "done" {
		err = errReported
	}
	return err
}
