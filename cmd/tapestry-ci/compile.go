package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/output"
)

type compileVerb struct {
	project
	Env string `short:"e" default:"production" help:"Environment of the file to compile." placeholder:"NAME"`
	Out string `short:"o" default:"build" help:"Folder to write into." placeholder:"DIR"`
}

// Help is shown below the flags.
func (compileVerb) Help() string {
	return `Nothing is written where the file has an error. Files that did not change are not
touched; files of an earlier build that are no longer made are removed.

Examples:
  tapestry-ci compile
  tapestry-ci compile examples/01-rain-shield -o out
  tapestry-ci compile --env staging --format json`
}

// Run compiles and writes.
func (v compileVerb) Run(ctx context.Context, s stdio) error {
	l, err := v.load(s, v.Env)
	if err != nil {
		return err
	}
	r := compiler.Compile(l.fsys, l.file, l.options)
	diagnostics := s.err
	if v.Format != "text" && (v.Format != "json" || r.Diagnostics.HasErrors()) {
		diagnostics = s.out
	}
	if v.Format != "json" || r.Diagnostics.HasErrors() {
		if err := v.show(diagnostics, r, l.dir, s); err != nil {
			return err
		}
	}
	done, err := output.Write(ctx, v.Out, r.Artifacts)
	if errors.Is(err, output.ErrForeign) {
		return fmt.Errorf("nothing was written: %w\nName an empty or a new folder with -o", err)
	}
	if err != nil {
		return fmt.Errorf("%s is not finished: %w\nWhat was written is whole; run the same command again to go on", v.Out, err)
	}
	if v.Format == "json" {
		return v.json(s.out, r, done)
	}
	if v.Format == "text" {
		return v.summary(s.out, r, done)
	}
	return nil
}

// compiled is the JSON form of the summary.
type compiled struct {
	Format      int            `json:"format"`
	Pipeline    string         `json:"pipeline"`
	Environment string         `json:"environment"`
	Digest      string         `json:"digest"`
	Out         string         `json:"out"`
	Files       output.Summary `json:"files"`
	Counts      []systemCount  `json:"counts"`
	Warnings    int            `json:"warnings"`
	// Notes say what is worth knowing before the build is applied.
	Notes []string `json:"notes,omitempty"`
}

type systemCount struct {
	System string `json:"system"`
	Files  int    `json:"files"`
	Bytes  int    `json:"bytes"`
	// What is counted in it, such as 38 resources.
	Items int    `json:"items,omitempty"`
	Unit  string `json:"unit,omitempty"`
}

func counts(r *compiler.Result) []systemCount {
	var out []systemCount
	for _, a := range r.Artifacts {
		i := slices.IndexFunc(out, func(c systemCount) bool { return c.System == a.Provider })
		if i < 0 {
			out = append(out, systemCount{System: a.Provider})
			i = len(out) - 1
		}
		out[i].Files++
		out[i].Bytes += len(a.Content)
	}
	for i := range out {
		out[i].Items, out[i].Unit = r.Count(out[i].System)
	}
	return out
}

func (v compileVerb) json(w io.Writer, r *compiler.Result, done output.Summary) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(compiled{Format: 1, Pipeline: r.Pipeline.Name, Environment: r.Pipeline.Env, Digest: r.Manifest.Digest,
		Out: v.Out, Files: done, Counts: counts(r), Warnings: len(r.Diagnostics), Notes: r.Notes()})
}

func (v compileVerb) summary(w io.Writer, r *compiler.Result, done output.Summary) error {
	fmt.Fprintf(w, "%s (%s) compiled to %s%c\n\n", r.Pipeline.Name, r.Pipeline.Env, v.Out, os.PathSeparator)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range counts(r) {
		fmt.Fprintf(t, "  %s\t%s", c.System, count(c.Files, "file"))
		if c.Unit != "" {
			fmt.Fprintf(t, "\t%s", count(c.Items, c.Unit))
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i, note := range r.Notes() {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "note: %s\n", note)
	}
	_, err := fmt.Fprintf(w, "\n%d written, %d unchanged, %d removed\ndigest %s\n", done.Written, done.Unchanged, done.Removed, r.Manifest.Digest)
	return err
}
