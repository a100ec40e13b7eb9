package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/report"
)

type historyVerb struct {
	target
	Path string `arg:"" optional:"" default:"." help:"Folder with a tapestry.yaml, or the file itself."`
}

// Help is shown below the flags.
func (historyVerb) Help() string {
	return `Lists every apply that the ledger knows, the newest last.

Examples:
  tapestry-ci history
  tapestry-ci history --format json`
}

// Run lists the runs.
func (v historyVerb) Run(ctx context.Context, s stdio) error {
	p, err := v.find(ctx, v.Path, s)
	if err != nil {
		return err
	}
	defer p.close()
	runs, err := p.ledger.Runs()
	if err != nil {
		return err
	}
	if v.Format == "json" {
		return report.WriteJSON(s.out, map[string]any{"format": 1, "runs": append([]deploy.Run{}, runs...)})
	}
	if len(runs) == 0 {
		fmt.Fprintln(s.out, "never applied here")
		return nil
	}
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, r := range runs {
		done := 0
		for _, st := range r.Steps {
			if st.State == deploy.Done {
				done++
			}
		}
		what := "apply"
		if r.Destroy {
			what = "destroy"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Began.Format(time.RFC3339), what, r.Owner, outcome(&r), count(done, "step"))
	}
	return t.Flush()
}
