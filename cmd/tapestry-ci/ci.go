package main

import (
	"context"
	"crypto/rand"
	"errors"
	"os"

	"github.com/tapestry-ci/tapestry-ci/internal/ci"
)

type ciVerb struct {
	Command   string   `default:"auto" enum:"auto,decide,plan,apply,drift,validate" help:"auto does what the event asks for; all others do less. decide only says what would be done. One of ${enum}."`
	File      string   `default:"tapestry.yaml" help:"The pipeline file, or a pattern for several, such as pipelines/*/tapestry.yaml." placeholder:"FILE"`
	Env       string   `short:"e" help:"Environment of the file. Default: production." placeholder:"NAME"`
	Target    string   `default:"auto" enum:"auto,local,aws" help:"Where to: local or aws."`
	NoComment bool     `help:"Write no comment on pull requests."`
	Allow     []string `sep:"none" help:"Destructive change that may be made, by its id or its name; or the digest of the plan, for all of them. Repeat for more." placeholder:"ID"`
}

// Help is shown below the flags.
func (ciVerb) Help() string {
	return `For a job of GitHub Actions; action.yml calls it. It reads the event, plans on pull
requests, applies on a merge what was reviewed, and looks for drift on a schedule. It says so
in comments, annotations, the summary of the job and its outputs. GITHUB_TOKEN is taken from
the environment. See docs/github.md.`
}

// Run does what the event asks for.
func (v ciVerb) Run(ctx context.Context, s stdio) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	s.job = true
	s.err = s.out // commands are stopped in one stream
	work := ciWork{target: target{Env: v.Env, Target: v.Target, Format: "text"}, s: s, allow: v.Allow}
	if work.Env == "" {
		work.Env = "production"
	}
	err = ci.Run(ctx, ci.Options{Command: v.Command, File: v.File, Env: v.Env, Dir: dir, NoComment: v.NoComment, Work: work,
		Lookup: s.lookupEnv, Log: s.out, Random: rand.Reader})
	if errors.Is(err, ci.ErrTold) {
		return errReported
	}
	return err
}
