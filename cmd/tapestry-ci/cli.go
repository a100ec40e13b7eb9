package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// The exit codes. A script can tell a file with mistakes from a command that
// was called wrongly.
const (
	exitOK       = 0
	exitMistakes = 1 // the file has errors, or what was asked for did not work
	exitUsage    = 2 // the command line is wrong
	exitChanges  = 2 // plan --detailed-exitcode: something would change
	exitBlocked  = 3 // plan: an apply would refuse
	exitStopped  = 130
)

// stdio is all that a verb may touch of the process.
type stdio struct {
	out, err  io.Writer
	lookupEnv func(string) (string, bool)
	environ   func() []string
	// job says that this is a job of GitHub Actions.
	job bool
}

// cli is the command line: one field a verb.
type cli struct {
	Init      initVerb      `cmd:"" help:"Start a new pipeline from a template."`
	Validate  validateVerb  `cmd:"" help:"Find every mistake in a pipeline."`
	Compile   compileVerb   `cmd:"" help:"Write everything that a pipeline stands for."`
	Plan      planVerb      `cmd:"" help:"Show what an apply would change."`
	Apply     applyVerb     `cmd:"" help:"Make it so."`
	CI        ciVerb        `cmd:"" name:"ci" help:"Plan or apply, as an event of GitHub Actions asks."`
	Destroy   destroyVerb   `cmd:"" help:"Take a pipeline down and keep its data."`
	Bootstrap bootstrapVerb `cmd:"" help:"Print what an administrator runs once."`
	Status    statusVerb    `cmd:"" help:"Say how a pipeline is."`
	History   historyVerb   `cmd:"" help:"List what was applied."`
	Unlock    unlockVerb    `cmd:"" help:"Take away the lock of an apply that was interrupted."`
	Graph     graphVerb     `cmd:"" help:"Draw the pipeline, down to its columns."`
	Explain   explainVerb   `cmd:"" help:"Explain the code of a diagnostic."`
	Catalog   catalogVerb   `cmd:"" help:"Show the connectors that there are."`
	Discover  discoverVerb  `cmd:"" help:"Ask a source for its streams and columns, or compare the file with them."`
	Sample    sampleVerb    `cmd:"" help:"Fill samples/ with rows of a source, without the people in them."`
	Schema    schemaVerb    `cmd:"" help:"Print the JSON Schema of tapestry.yaml, for editors."`
	Version   versionVerb   `cmd:"" help:"Print the version."`
}

const description = `One file, tapestry.yaml, from the tools that have your user data, through Snowflake,
to the tools that need it.

Examples:
  tapestry-ci init my-pipeline              start from the Rain Shield template
  tapestry-ci validate my-pipeline          find every mistake
  tapestry-ci compile my-pipeline -o build  write all artefacts
  tapestry-ci plan my-pipeline              what an apply would change
  tapestry-ci apply my-pipeline             try it on samples, on this machine
  tapestry-ci explain TAP201                what a diagnostic means

Exit codes: 0 done; 1 the file has errors or the work failed; 2 wrong usage, or plan
--detailed-exitcode found changes; 3 plan found that something is blocked; 130 interrupted.`

// errReported ends a verb whose trouble was already shown.
var errReported = errors.New("already reported")

// run is the whole program, for main and for tests. It returns the exit code.
func run(ctx context.Context, args []string, s stdio) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c, kong.Name("tapestry-ci"), kong.Description(description), kong.Writers(s.out, s.err),
		kong.Exit(func(code int) { exit = code }), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(s.err, "tapestry-ci:", err)
		return exitUsage
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if exit >= 0 { // --help was asked for and shown
		return exit
	}
	if err != nil {
		fmt.Fprintf(s.err, "tapestry-ci: %v\nRun tapestry-ci --help for the verbs, or tapestry-ci VERB --help for one of them.\n", err)
		return exitUsage
	}
	return finish(ctx, k.Run(), s)
}

// finish turns what a verb returned into an exit code, and says what was wrong.
func finish(ctx context.Context, err error, s stdio) int {
	var code exitWith
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case ctx.Err() != nil:
		fmt.Fprintln(s.err, "tapestry-ci: interrupted; what was written is whole, and the same command goes on")
		return exitStopped
	case !errors.Is(err, errReported):
		fmt.Fprintln(s.err, "tapestry-ci:", err)
	}
	return exitMistakes
}

// colour reports whether w is a terminal that wants colours.
func (s stdio) colour(w io.Writer) bool {
	if v, ok := s.lookupEnv("NO_COLOR"); ok && v != "" {
		return false
	}
	if v, _ := s.lookupEnv("TERM"); v == "dumb" {
		return false
	}
	return isTerminal(w)
}

// live reports whether a line of w can be written over.
func (s stdio) live(w io.Writer) bool {
	v, _ := s.lookupEnv("TERM")
	return v != "" && v != "dumb" && isTerminal(w)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}
