package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/samples"
)

type sampleVerb struct {
	connected
	Rows     int  `short:"n" default:"1000" help:"How many rows of each stream to read."`
	Unmasked bool `help:"Leave personal data as it is. The files then hold real people: never commit them."`
}

// Help is shown below the flags.
func (sampleVerb) Help() string {
	return `samples/NAME/STREAM.ndjson is written for each stream that the file declares, for plan and
apply on the local target. Columns marked pii, and all of type email, are masked: the same
person has the same mask in every source, so that joins and duplicates are as in the real
data. The masks come from .tapestry/salt, which is not committed: take all samples on one
machine. Other columns are written as they are.

The connector is found as by discover.

Examples:
  tapestry-ci sample zoom
  tapestry-ci sample salesforce --rows 200 --stream Contact`
}

// Run takes the samples.
func (v sampleVerb) Run(ctx context.Context, s stdio) error {
	if v.Rows < 1 {
		return errors.New("--rows is at least 1")
	}
	ctx, stop := context.WithTimeout(ctx, v.Timeout)
	defer stop()
	o, err := v.open(ctx, s)
	if err != nil {
		return err
	}
	if v.Unmasked {
		fmt.Fprintln(s.err, "warning: --unmasked writes real people into samples/. Do not commit these files.")
	}
	_, err = samples.Write(ctx, samples.Config{Dir: o.dir, Source: o.source, Connector: o.connector, Streams: v.Stream, Rows: v.Rows,
		Unmasked: v.Unmasked, Progress: v.counter(s), Done: func(w samples.Written) { showWritten(s, w) }})
	return v.ended(ctx, err)
}

// counter shows on a terminal how many rows were read, some times a second.
func (v sampleVerb) counter(s stdio) func(string, int) {
	if !s.live(s.err) {
		return nil
	}
	var last time.Time
	return func(stream string, rows int) {
		if now := time.Now(); now.Sub(last) > 200*time.Millisecond {
			last = now
			fmt.Fprintf(s.err, "\r\x1b[K%s … %s", stream, count(rows, "row"))
		}
	}
}

func showWritten(s stdio, w samples.Written) {
	if s.live(s.err) {
		fmt.Fprint(s.err, "\r\x1b[K")
	}
	if w.File != "" {
		masked := "nothing masked"
		if len(w.Masked) > 0 {
			masked = "masked: " + strings.Join(w.Masked, ", ")
		}
		fmt.Fprintf(s.out, "%s  %s  (%s)\n", w.File, count(w.Rows, "row"), masked)
	}
	for _, note := range w.Notes {
		fmt.Fprintf(s.err, "%s: %s\n", w.Stream, note)
	}
}
