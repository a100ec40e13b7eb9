package ci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/github"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// Options are what the workflow gives, and what a run may touch.
type Options struct {
	// Command is an input of github.Decide, or decide. File is a pipeline file or a
	// glob, seen from Dir. Env is the environment of the file, production where it
	// is empty.
	Command, File, Env string
	Dir                string
	NoComment          bool

	Work   Work
	Lookup func(string) (string, bool)
	// Log is where workflow commands are read: all output of a run goes there.
	Log    io.Writer
	Random io.Reader
	// Git says what is checked out in a folder; git itself where it is nil.
	Git func(ctx context.Context, dir string) (Checkout, error)
	// Now and Sleep are for the API's client; the system's where they are nil.
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
}

// Work is what can be done with a pipeline file.
type Work interface {
	// Check finds every mistake, in one environment or, with every, in all. It
	// reads nothing over the network.
	Check(ctx context.Context, file string, every bool) (*Checked, error)
	// Plan says what an apply would change.
	Plan(ctx context.Context, file string) (*deploy.Plan, error)
	// Preview is a plan without any live state.
	Preview(ctx context.Context, file string) (*deploy.Plan, error)
	// Apply holds the lock, plans, asks approve what to do about it, and does it.
	// An Approval without a plan ends it there.
	Apply(ctx context.Context, file string, approve func(Fresh) (Approval, error)) (*deploy.Result, error)
}

// Checked is what a check found.
type Checked struct {
	// Diagnostics are in files below the pipeline's folder, whose text Source has.
	Diagnostics diag.List
	Source      func(file string) []byte
	// Graph is nil where there are mistakes.
	Graph *comment.Graph
}

// Fresh is what an apply sees once it has the lock.
type Fresh struct {
	Plan *deploy.Plan
	// Last is the newest run of the ledger, or nil. Kept is the plan that it was
	// begun with, where that was kept.
	Last *deploy.Run
	Kept *deploy.Plan
}

// Approval is what may be executed. Digest is what the run is kept under.
type Approval struct {
	Plan   *deploy.Plan
	Digest string
}

// ErrTold ends a run whose trouble stands in its annotations.
var ErrTold = errors.New("already told")

// run is one run of a job.
type run struct {
	Options
	event  github.Event
	client *github.Client // nil where there is no token
	writer github.Writer
	root   string // the folder of the repository
	said   said
	// muted says that the log takes no commands; later are annotations for when it
	// does again.
	muted bool
	later diag.List
}

// Run does what the event asks for.
func Run(ctx context.Context, o Options) error {
	if o.Git == nil {
		o.Git = git
	}
	r := &run{Options: o, writer: github.Writer{Lookup: o.Lookup, Log: o.Log, Random: o.Random}}
	err := r.start()
	if err == nil {
		err = r.answerEvent(ctx)
	}
	if err != nil && !errors.Is(err, ErrTold) {
		r.problem(diag.Error, err.Error())
		err = ErrTold
	}
	return err
}

// start reads the event and gets the client ready.
func (r *run) start() error {
	var file []byte
	var err error
	if path, _ := r.Lookup("GITHUB_EVENT_PATH"); path != "" {
		if file, err = os.ReadFile(path); err != nil {
			return fmt.Errorf("the event file (GITHUB_EVENT_PATH) cannot be read: %w", err)
		}
	}
	if r.event, err = github.ReadEvent(r.Lookup, file); err != nil {
		return err
	}
	if r.root, _ = r.Lookup("GITHUB_WORKSPACE"); r.root == "" {
		r.root = r.Dir
	}
	token, _ := r.Lookup("GITHUB_TOKEN")
	if token == "" {
		return nil
	}
	api, _ := r.Lookup("GITHUB_API_URL")
	r.client, err = github.New(github.Config{API: api, Repository: r.event.Repository, Token: secret.New(token), Now: r.Now, Sleep: r.Sleep})
	return err
}

// answerEvent decides and does.
func (r *run) answerEvent(ctx context.Context) error {
	d := github.Decide(r.event, github.Inputs{Command: r.Command, NoComment: r.NoComment})
	if d.What == github.Nothing {
		return errors.Join(r.nothing(d), r.outputs(d))
	}
	if r.client == nil && (d.Ask || d.Comment) {
		return errors.New("there is no token for GitHub's API: give the action its input github-token")
	}
	var asked github.Asked
	var err error
	if d.Ask {
		if asked, err = r.client.Ask(ctx, r.event, d); err != nil {
			return err
		}
	}
	if asked.Pull != nil {
		r.event.BaseRef = asked.Pull.BaseRef
	}
	if r.Command == "decide" {
		return r.decide(ctx, d, asked)
	}
	projects, err := r.projects()
	if err != nil {
		return err
	}
	if len(projects) == 0 {
		none := github.Decision{What: github.Nothing, Reason: "the command is for another environment than " + orElse(r.Env, defaultEnvironment)}
		return errors.Join(r.nothing(none), r.outputs(none))
	}
	return r.each(ctx, d, asked, projects)
}

// nothing says why nothing is done.
func (r *run) nothing(d github.Decision) error {
	if !d.Refused {
		return r.writer.Text("nothing to do: " + d.Reason)
	}
	r.problem(diag.Error, d.Reason)
	r.summary("⛔ Nothing was done: " + d.Reason + "\n")
	return ErrTold
}
