package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	runner "github.com/tapestry-ci/tapestry-ci/internal/connector"
	"github.com/tapestry-ci/tapestry-ci/internal/discover"
)

// connected are the flags of every verb that runs a source's connector.
type connected struct {
	Name    string        `arg:"" help:"Name of the source in the file, such as zoom."`
	Path    string        `arg:"" optional:"" default:"." help:"Folder with a tapestry.yaml, or the file itself."`
	Env     string        `short:"e" default:"production" help:"Environment of the file to use." placeholder:"NAME"`
	Stream  []string      `help:"Only this stream; may be given several times." placeholder:"NAME"`
	Timeout time.Duration `default:"15m" help:"When to give up."`
	Verbose bool          `short:"v" help:"Show what the connector logs."`
}

type discoverVerb struct {
	connected
	Check  bool   `help:"Compare the file with the source, and exit with 1 where it would break."`
	Format string `short:"f" default:"text" enum:"text,json" help:"Form of the output: ${enum}. text is YAML to copy."`
}

// Help is shown below the flags.
func (discoverVerb) Help() string {
	return `The source's real Airbyte connector is run on this machine: out of the folders in
TAPESTRY_CONNECTORS, by Docker, or from PATH. It signs in with the config of the file and
the secrets of the environment. The file has to be valid: to begin with a new source, name
one of its streams.

Examples:
  tapestry-ci discover zoom
  tapestry-ci discover salesforce my-pipeline --stream Contact
  tapestry-ci discover zoom --check`
}

// Run asks the source for its streams.
func (v discoverVerb) Run(ctx context.Context, s stdio) error {
	ctx, stop := context.WithTimeout(ctx, v.Timeout)
	defer stop()
	o, err := v.open(ctx, s)
	if err != nil {
		return err
	}
	wait := o.waiting("discover " + v.Name)
	found, err := o.connector.Discover(ctx)
	wait()
	if err != nil {
		return v.ended(ctx, err)
	}
	streams, err := discover.Streams(found)
	if err != nil {
		return err
	}
	if v.Check {
		return v.compare(s, o, streams)
	}
	if streams, err = v.chosen(streams); err != nil {
		return err
	}
	if v.Format == "json" {
		return printJSON(s.out, streams)
	}
	_, err = s.out.Write(discover.YAML(v.Name, streams))
	return err
}

func (v discoverVerb) chosen(all []discover.Stream) ([]discover.Stream, error) {
	if len(v.Stream) == 0 {
		return all, nil
	}
	var some []discover.Stream
	var names []string
	for _, st := range all {
		names = append(names, st.Name)
		if slices.Contains(v.Stream, st.Name) {
			some = append(some, st)
		}
	}
	for _, name := range v.Stream {
		if !slices.Contains(names, name) {
			near := diag.Nearest(name, names)
			if near != "" {
				near = fmt.Sprintf("; did you mean %q?", near)
			}
			return nil, fmt.Errorf("the source has no stream %q%s", name, near)
		}
	}
	return some, nil
}

// compare shows what differs between the file and the source.
func (v discoverVerb) compare(s stdio, o *openSource, streams []discover.Stream) error {
	findings := discover.Compare(o.source, streams)
	if len(v.Stream) > 0 {
		findings = slices.DeleteFunc(findings, func(f discover.Finding) bool { return !slices.Contains(v.Stream, f.Stream) })
	}
	if v.Format == "json" {
		if findings == nil {
			findings = []discover.Finding{}
		}
		if err := printJSON(s.out, findings); err != nil {
			return err
		}
	} else {
		showFindings(s.out, v.Name, findings, o.dir)
	}
	if discover.Breaks(findings) {
		return errReported
	}
	return nil
}

func showFindings(w io.Writer, name string, findings []discover.Finding, dir string) {
	for _, f := range findings {
		word, where := "note", name
		if f.Breaks {
			word = "error"
		}
		if f.Origin.File != "" {
			list := relocate(diag.List{{Span: f.Origin}}, dir)
			where = list[0].Span.String()
		}
		what := strings.Join(slices.DeleteFunc([]string{f.Stream, f.Column}, func(t string) bool { return t == "" }), ".")
		if what != "" {
			what += ": "
		}
		fmt.Fprintf(w, "%s: %s: %s: %s%s\n", where, word, f.Kind, diag.Inert(what), diag.Inert(f.Message))
	}
	if !discover.Breaks(findings) {
		fmt.Fprintf(w, "The file fits what %s has.\n", name)
	}
}

// openSource is a source of a valid file, with its connector.
type openSource struct {
	loaded
	source    *ir.Source
	connector *runner.Connector
	s         stdio
}

// open compiles the file and finds the connector.
func (c connected) open(ctx context.Context, s stdio) (*openSource, error) {
	p := project{Path: c.Path, Format: "text"}
	l, err := p.load(s, c.Env)
	if err != nil {
		return nil, err
	}
	r := compiler.Compile(l.fsys, l.file, l.options)
	if err := p.show(s.err, r, l.dir, s); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(r.Pipeline.Sources, func(src ir.Source) bool { return src.ID == c.Name })
	if i < 0 {
		names := runner.Sources(r.Artifacts)
		near := diag.Nearest(c.Name, names)
		if near != "" {
			near = fmt.Sprintf("; did you mean %q?", near)
		}
		return nil, fmt.Errorf("the file has no source %q%s\nIt has: %s", c.Name, near, strings.Join(names, ", "))
	}
	config := runner.Config{Artifacts: r.Artifacts, Source: c.Name, Environ: s.environ(), Quiet: c.Timeout, Secrets: runner.Variables(l.options.Env)}
	if c.Verbose {
		config.Log = func(level, line string) { fmt.Fprintf(s.err, "%s: %s %s\n", c.Name, level, line) }
	}
	found, err := runner.Open(ctx, config)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(s.err, "%s: %s\n", c.Name, found.About())
	if !strings.HasPrefix(found.About(), "Docker") {
		fmt.Fprintf(s.err, "%s: the file pins version %s; what is installed here may be another one\n", c.Name, found.Pinned())
	}
	return &openSource{loaded: l, source: &r.Pipeline.Sources[i], connector: found, s: s}, nil
}

// waiting shows on a terminal for how long a step has been going on, until it is
// called off.
func (o *openSource) waiting(what string) (stop func()) {
	if !o.s.live(o.s.err) {
		return func() {}
	}
	began, done, gone := time.Now(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-done:
				fmt.Fprint(o.s.err, "\r\x1b[K")
				return
			case <-tick.C:
				fmt.Fprintf(o.s.err, "\r\x1b[K%s … %s", what, time.Since(began).Round(time.Second))
			}
		}
	}()
	return func() { close(done); <-gone }
}

// ended tells a time limit from an interrupt.
func (c connected) ended(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return fmt.Errorf("%w\nGive it more time with --timeout; it had %s", err, c.Timeout)
	}
	return err
}
