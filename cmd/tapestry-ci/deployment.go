package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/awstarget"
	"github.com/tapestry-ci/tapestry-ci/internal/cloud"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/local"
	"github.com/tapestry-ci/tapestry-ci/internal/report"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

// target are the flags of every verb that looks at what is live.
type target struct {
	Env    string `short:"e" default:"production" help:"Environment of the file to use." placeholder:"NAME"`
	Target string `default:"auto" enum:"auto,local,aws" help:"Where to: local (samples, an embedded warehouse, an outbox folder) or aws. auto takes local where there are no cloud credentials."`
	Format string `short:"f" default:"text" enum:"text,json,markdown" help:"Form of the output: ${enum}."`
}

// place is where a pipeline keeps what it has to remember.
type place struct {
	path   string // as it was given
	state  string // folder of the local target; empty on AWS
	ledger deploy.Ledger
	lock   deploy.Lock
	close  func()
}

// want is what a verb wants of its target.
type want struct {
	live     bool // read every system itself
	applying bool // there must be all that an apply has to have
	wait     bool // follow first syncs
}

// deployment is a compiled pipeline with the providers of its target.
type deployment struct {
	place
	providers []deploy.Provider
	input     deploy.Input
	meta      deploy.Meta
	aws       *awstarget.Target // nil on the local target
	trial     trialRun          // for the preview of a plan for AWS
}

// open compiles the pipeline and gets the target ready. Close it.
//
// It says nothing but what is wrong with the file: that is all a person has to
// know before the plan.
func (t target) open(ctx context.Context, path string, s stdio, w want) (*deployment, error) {
	p := project{Path: path, Format: "text"}
	l, err := p.load(s, t.Env)
	if err != nil {
		return nil, err
	}
	onAWS := t.onAWS(s)
	l.options.Local = !onAWS
	r := compiler.Compile(l.fsys, l.file, l.options)
	if err := p.show(s.err, r, l.dir, s); err != nil {
		return nil, err
	}
	d := &deployment{input: deploy.Input{Artifacts: r.Artifacts, Live: w.live}}
	d.meta = deploy.Meta{Pipeline: r.Pipeline.Name, Environment: r.Pipeline.Env, Target: "local", Tool: version(), Artifacts: r.Manifest.Digest}
	if onAWS {
		d.meta.Target = "aws"
		d.trial = newTrialRun(l)
		return d, d.openAWS(ctx, path, l, s, w)
	}
	if d.place, err = t.place(path, l.dir); err != nil {
		return nil, err
	}
	d.providers = local.New(local.Config{Dir: l.dir, Environment: t.Env})
	return d, nil
}

// openAWS signs in to AWS.
func (d *deployment) openAWS(ctx context.Context, path string, l loaded, s stdio, w want) error {
	var err error
	d.aws, err = awstarget.Open(ctx, awstarget.Config{Artifacts: d.input.Artifacts, Lookup: l.variables.lookup, Environ: s.environ(), Tool: version(),
		Live: w.live, Applying: w.applying, Wait: w.wait, Say: func(m string) { fmt.Fprintln(s.err, m) }})
	if err != nil {
		return err
	}
	d.providers = d.aws.Providers
	d.place = place{path: path, ledger: d.aws.Ledger, lock: d.aws.Lock, close: d.aws.Close}
	return nil
}

// find gets at ledger and lock. On this machine they are within reach also when
// there is a mistake in the file; on AWS the file says where they are.
func (t target) find(ctx context.Context, path string, s stdio) (place, error) {
	if t.onAWS(s) {
		d, err := t.open(ctx, path, s, want{})
		if err != nil {
			return place{}, err
		}
		return d.place, nil
	}
	l, err := project{Path: path}.load(s, t.Env)
	if err != nil {
		return place{}, err
	}
	return t.place(path, l.dir)
}

func (t target) place(path, dir string) (place, error) {
	if !filepath.IsLocal(t.Env) || strings.ContainsAny(t.Env, `/\`) {
		return place{}, fmt.Errorf("%q is not the name of an environment", t.Env)
	}
	p := place{path: path, state: filepath.Join(dir, ".tapestry", t.Env), close: func() {}}
	p.ledger = ledger.In(p.state)
	var err error
	p.lock, err = ledger.LockIn(p.state)
	return p, err
}

// command is a command line for the same pipeline and environment, to be copied
// into a shell.
func (t target) command(verb, path string, more ...string) string {
	words := []string{"tapestry-ci", verb}
	if path != "." {
		words = append(words, path)
	}
	if t.Env != "production" {
		words = append(words, "--env", t.Env)
	}
	if t.Target != "auto" {
		words = append(words, "--target", t.Target)
	}
	words = append(words, more...)
	for i, w := range words {
		if strings.Trim(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@%+") != "" {
			words[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

// onAWS says which target is meant and, where nobody said, tells why.
func (t target) onAWS(s stdio) bool {
	if t.Target != "auto" {
		return t.Target == "aws"
	}
	if name := cloud.Variable(s.lookupEnv); name != "" {
		fmt.Fprintf(s.err, "target: aws (%s is set; --target local is a trial on this machine)\n", name)
		return true
	}
	fmt.Fprintln(s.err, "target: local (there are no cloud credentials)")
	return false
}

// plan asks every provider what would change.
func (d *deployment) plan(ctx context.Context) (*deploy.Plan, error) {
	if d.aws != nil {
		in, err := d.aws.Input(ctx)
		if err != nil {
			return nil, err
		}
		d.input.Outputs = in.Outputs
	}
	plan, err := deploy.Build(ctx, d.providers, d.input, d.meta)
	if err == nil {
		d.preview(ctx, plan)
	}
	if err == nil && d.aws != nil {
		plan.Notes = append(d.aws.Notes(plan), plan.Notes...)
	}
	return plan, err
}

// writePlan shows a plan in the form that was asked for.
func (t target) writePlan(s stdio, plan *deploy.Plan, next string) error {
	switch t.Format {
	case "json":
		return report.WriteJSON(s.out, plan)
	case "markdown":
		_, err := io.WriteString(s.out, comment.Plan(plan, comment.Context{}, comment.Options{}).Markdown())
		return err
	}
	return report.WritePlan(s.out, plan, report.Options{Color: s.colour(s.out), Next: next})
}

// owner is who holds the lock and is named in the ledger.
func owner() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// lastRun is the newest run of the ledger, or nil.
func (p place) lastRun() (*deploy.Run, error) {
	runs, err := p.ledger.Runs()
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	return &runs[len(runs)-1], nil
}

// because is the reason alone of an error that also names a file.
func because(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// exitWith ends a verb with a code of its own and nothing more to say.
type exitWith int

func (e exitWith) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// writeBeside writes a file whole or not at all.
func writeBeside(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tapestry-tmp")
	if err != nil {
		return fmt.Errorf("nothing can be written in %s: %w", filepath.Dir(path), because(err))
	}
	defer os.Remove(f.Name())
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
