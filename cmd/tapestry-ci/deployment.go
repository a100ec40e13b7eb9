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
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/local"
	"github.com/tapestry-ci/tapestry-ci/internal/report"
)

// target are the flags of every verb that looks at what is live.
type target struct {
	Env    string `short:"e" default:"production" help:"Environment of the file to use." placeholder:"NAME"`
	Target string `default:"auto" enum:"auto,local,aws" help:"Where to: local (samples, an embedded warehouse, an outbox folder) or aws. auto takes local where there are no cloud credentials."`
	Format string `short:"f" default:"text" enum:"text,json,markdown" help:"Form of the output: ${enum}."`
}

// place is where a pipeline keeps what it has to remember on this machine.
type place struct {
	path   string // as it was given
	state  string // folder of ledger and lock
	ledger *ledger.Files
	lock   *ledger.Lock
}

// deployment is a compiled pipeline with the providers of its target.
type deployment struct {
	place
	providers []deploy.Provider
	input     deploy.Input
	meta      deploy.Meta
}

// open compiles the pipeline and gets the target ready.
//
// It says nothing but what is wrong with the file: that is all a person has to
// know before the plan.
func (t target) open(path string, s stdio) (*deployment, error) {
	p := project{Path: path, Format: "text"}
	l, err := p.load(s, t.Env)
	if err != nil {
		return nil, err
	}
	if err := t.choose(s); err != nil {
		return nil, err
	}
	at, err := t.place(path, l.dir)
	if err != nil {
		return nil, err
	}
	l.options.Local = true
	r := compiler.Compile(l.fsys, l.file, l.options)
	if err := p.show(s.err, r, l.dir, s); err != nil {
		return nil, err
	}
	d := &deployment{place: at}
	d.providers = local.New(local.Config{Dir: l.dir, Environment: t.Env})
	d.input = deploy.Input{Artifacts: r.Artifacts}
	d.meta = deploy.Meta{Pipeline: r.Pipeline.Name, Environment: r.Pipeline.Env, Target: "local", Tool: version(), Artifacts: r.Manifest.Digest}
	return d, nil
}

// find gets at ledger and lock without a look at the file: they must be within
// reach also when there is a mistake in it.
func (t target) find(path string, s stdio) (place, error) {
	l, err := project{Path: path}.load(s, t.Env)
	if err != nil {
		return place{}, err
	}
	if err := t.choose(s); err != nil {
		return place{}, err
	}
	return t.place(path, l.dir)
}

func (t target) place(path, dir string) (place, error) {
	if !filepath.IsLocal(t.Env) || strings.ContainsAny(t.Env, `/\`) {
		return place{}, fmt.Errorf("%q is not the name of an environment", t.Env)
	}
	p := place{path: path, state: filepath.Join(dir, ".tapestry", t.Env)}
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

// choose says which target is meant and, where nobody said, why.
func (t target) choose(s stdio) error {
	if t.Target == "local" {
		return nil
	}
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"} {
		if v, _ := s.lookupEnv(name); v != "" && t.Target == "auto" {
			return fmt.Errorf("%s is set, so this could be meant for AWS\nSay --target local for a trial on this machine; --target aws is not built yet", name)
		}
	}
	if t.Target == "aws" {
		return errors.New("--target aws is not built yet; --target local runs the whole cycle on this machine")
	}
	fmt.Fprintln(s.err, "target: local (there are no cloud credentials)")
	return nil
}

func (d *deployment) plan(ctx context.Context) (*deploy.Plan, error) {
	return deploy.Build(ctx, d.providers, d.input, d.meta)
}

// writePlan shows a plan in the form that was asked for.
func (t target) writePlan(s stdio, plan *deploy.Plan, next string) error {
	switch t.Format {
	case "json":
		return report.WriteJSON(s.out, plan)
	case "markdown":
		return report.WriteMarkdown(s.out, plan)
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
