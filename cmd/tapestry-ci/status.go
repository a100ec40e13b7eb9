package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/internal/awstarget"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/report"
)

type statusVerb struct {
	target
	Live bool   `help:"On AWS, ask Airbyte itself for its jobs, and look for drift."`
	Path string `arg:"" optional:"" default:"." help:"Folder with a tapestry.yaml, or the file itself."`
}

// Help is shown below the flags.
func (statusVerb) Help() string {
	return `Says who holds the lock, what the last apply came to, and whether what is there is
what the file says.

Examples:
  tapestry-ci status
  tapestry-ci status --target aws --live
  tapestry-ci status --format json`
}

// statusReport is the JSON form.
type statusReport struct {
	Format   int            `json:"format"`
	Pipeline string         `json:"pipeline"`
	Lock     *deploy.Holder `json:"lock,omitempty"`
	LastRun  *deploy.Run    `json:"lastRun,omitempty"`
	Changes  int            `json:"changes"`
	Headline string         `json:"headline"`
	// Systems say how each part is doing. On AWS only.
	Systems []awstarget.Section `json:"systems,omitempty"`
}

// Run reports.
func (v statusVerb) Run(ctx context.Context, s stdio) error {
	d, err := v.open(ctx, v.Path, s, want{live: v.Live})
	if err != nil {
		return err
	}
	defer d.close()
	st := statusReport{Format: 1, Pipeline: d.meta.Pipeline}
	if st.Lock, err = d.lock.Holder(); err != nil {
		return err
	}
	if st.LastRun, err = d.lastRun(); err != nil {
		return err
	}
	plan, err := d.plan(ctx)
	if err != nil {
		return err
	}
	st.Changes, st.Headline = len(plan.Changes), report.Headline(plan)
	if d.aws != nil {
		st.Systems = d.aws.Status(ctx, d.input)
	}
	if v.Format == "json" {
		return report.WriteJSON(s.out, st)
	}
	fmt.Fprintln(s.out, st.Headline)
	if st.Lock != nil {
		fmt.Fprintln(s.out, (&deploy.Held{Holder: *st.Lock, Age: time.Since(st.Lock.Since), Unlock: v.command("unlock", v.Path)}).Error())
	}
	fmt.Fprintln(s.out, lastRunLine(st.LastRun, st.Lock))
	writeSections(s.out, st.Systems)
	return nil
}

// writeSections says how each system is doing. What systems say of themselves
// may hold anything, so it is made harmless to a terminal.
func writeSections(w io.Writer, sections []awstarget.Section) {
	for _, section := range sections {
		fmt.Fprintf(w, "\n%s\n", section.Name)
		if section.Error != "" {
			fmt.Fprintln(w, "  not known:", diag.Inert(section.Error))
		}
		for _, line := range section.Lines {
			fmt.Fprintln(w, "  "+diag.Inert(line))
		}
	}
}

func lastRunLine(r *deploy.Run, lock *deploy.Holder) string {
	if r == nil {
		return "never applied here"
	}
	came := outcome(r)
	if r.Outcome == "" && lock != nil && !lock.Stale {
		came = "running"
	}
	return fmt.Sprintf("last apply %s by %s at %s: %s", r.ID, r.Owner, r.Began.Format(time.RFC3339), came)
}

// outcome is what came of a run. One without an end was killed, or runs still.
func outcome(r *deploy.Run) string {
	if r.Outcome == "" {
		return "interrupted"
	}
	return r.Outcome
}
