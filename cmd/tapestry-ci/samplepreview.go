package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	emitlocal "github.com/tapestry-ci/tapestry-ci/compiler/emit/local"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/local"
)

// trialRun is the pipeline as the local target reads it. On AWS the preview of a
// plan is made with it: what is applied now and what the plan would apply are both
// run over the samples.
type trialRun struct {
	samples  string
	pipeline []emit.Artifact
}

// newTrialRun compiles what the local target reads.
func newTrialRun(l loaded) trialRun {
	options := l.options
	options.Local = true
	out := trialRun{samples: filepath.Join(l.dir, "samples")}
	for _, a := range compiler.Compile(l.fsys, l.file, options).Artifacts {
		if a.Path == emitlocal.Path {
			out.pipeline = append(out.pipeline, a)
		}
	}
	return out
}

// preview adds to a plan for AWS how many rows of the samples it would create,
// change, remove or reject at each destination. A plan without one is a plan all
// the same, so what stands in its way is a note.
func (d *deployment) preview(ctx context.Context, plan *deploy.Plan) {
	if d.aws == nil || d.input.Destroy || plan.Empty() || len(d.trial.pipeline) == 0 {
		return
	}
	if _, err := os.Stat(d.trial.samples); err != nil {
		plan.Notes = append(plan.Notes, "there are no samples, so there is no preview of rows. tapestry-ci sample puts masked rows of the sources into samples/")
		return
	}
	was, err := d.aws.Applied(ctx)
	if err != nil {
		plan.Notes = append(plan.Notes, "what was applied last cannot be read, so there is no preview of rows: "+err.Error())
		return
	}
	if was == nil && slices.ContainsFunc(plan.Changes, func(c deploy.Change) bool { return c.Action == deploy.Update || c.Action == deploy.Delete }) {
		plan.Notes = append(plan.Notes, "an earlier version applied this pipeline and did not keep it, so the preview counts all rows of the samples as created")
	}
	rows, notes, err := d.trial.compare(ctx, was)
	if err != nil {
		plan.Notes = append(plan.Notes, "there is no preview of rows: "+err.Error())
		return
	}
	plan.Preview, plan.Notes = rows, append(plan.Notes, notes...)
}

// compare applies the pipeline that was, and plans the one that is to be, in a
// folder that is thrown away.
func (r trialRun) compare(ctx context.Context, was []byte) (rows []deploy.Change, notes []string, err error) {
	dir, err := os.MkdirTemp("", "tapestry-preview-*")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	providers := local.New(local.Config{Dir: dir, Environment: "preview", Samples: r.samples, Salt: []byte("preview")})
	if was != nil {
		if err := settle(ctx, providers, dir, []emit.Artifact{{Path: emitlocal.Path, Content: was}}); err != nil {
			notes = append(notes, "what is applied now cannot be run over these samples, so all rows count as created: "+err.Error())
			providers = local.New(local.Config{Dir: filepath.Join(dir, "new"), Environment: "preview", Samples: r.samples, Salt: []byte("preview")})
		}
	}
	plan, err := deploy.Build(ctx, providers, deploy.Input{Artifacts: r.pipeline}, deploy.Meta{})
	if err != nil {
		return nil, nil, err
	}
	for _, c := range plan.Changes {
		if c.Kind != "sync" && c.Kind != "model" {
			continue
		}
		if c.DependsOn, c.Content = nil, ""; c.Effect != nil {
			c.Effect.Samples = nil // they would be salted otherwise on each machine
		}
		if c.Action == deploy.Blocked { // here nothing is stopped: the real rows may be others
			c.Action, c.Risk, c.Next = deploy.Update, deploy.Disruptive, ""
			c.Reason = "were these the real rows, its guard would stop it when it runs: " + c.Reason
		}
		rows = append(rows, c)
	}
	return rows, append(notes, plan.Notes...), nil
}

// settle applies a pipeline to the samples.
func settle(ctx context.Context, providers []deploy.Provider, dir string, pipeline []emit.Artifact) error {
	in := deploy.Input{Artifacts: pipeline}
	plan, err := deploy.Build(ctx, providers, in, deploy.Meta{})
	if err != nil {
		return err
	}
	result, err := deploy.Execute(ctx, plan, deploy.Execution{Providers: providers, Input: in, Ledger: ledger.In(filepath.Join(dir, "ledger")),
		Owner: "preview", Parallel: 4, Events: func(deploy.Event) {}, Now: time.Now})
	if err != nil {
		return err
	}
	for _, f := range result.Failed {
		return fmt.Errorf("%s: %s", f.Change, f.Error)
	}
	return nil
}

// keepFirst stores a pipeline that is applied, where an earlier version has not.
func (d *deployment) keepFirst(ctx context.Context) error {
	if d.aws == nil || d.input.Destroy {
		return nil
	}
	was, err := d.aws.Applied(ctx)
	if err != nil || was != nil {
		return err
	}
	return d.keepApplied(ctx, &deploy.Result{Status: "done"})
}

// keepApplied stores what was applied, for the preview of the next plan.
func (d *deployment) keepApplied(ctx context.Context, r *deploy.Result) error {
	if d.aws == nil || r.Status != "done" {
		return nil
	}
	var pipeline []byte
	if !d.input.Destroy && len(d.trial.pipeline) > 0 {
		pipeline = d.trial.pipeline[0].Content
	}
	return d.aws.KeepApplied(context.WithoutCancel(ctx), pipeline)
}
