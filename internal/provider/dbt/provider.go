package dbt

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// Name is the provider's name.
const Name = "dbt"

// Store keeps objects: the deploy bucket.
type Store interface {
	Get(ctx context.Context, key string) ([]byte, bool, error)
	Put(ctx context.Context, key string, data []byte) error
}

// Params gives SSM parameters, decrypted.
type Params interface {
	Get(ctx context.Context, name string) (value secret.Value, version int, err error)
}

// Config is what the provider needs from outside.
type Config struct {
	Store Store
	// Params gives the private key. Where it is nil, dbt gets none.
	Params Params
	// Program is dbt's path; where it is empty, Look finds "dbt".
	Program string
	// Look finds a program by its name; exec.LookPath where it is nil.
	Look func(name string) (string, error)
	// Environ is the environment of this process; what dbt needs of it is handed
	// on.
	Environ []string
	// Target is the output of the profile; snowflake where it is empty. Profiles
	// is a folder with another profiles.yml than the project's own. Args are added
	// to `dbt build`.
	Target, Profiles string
	Args             []string
	// Wait says that apply waits for first syncs. Without it, a build that needs
	// one is left to the schedule.
	Wait bool
	// Grace is how long dbt may take to stop; 10 s where it is 0.
	Grace time.Duration
	Now   func() time.Time
}

// Provider plans and runs builds.
type Provider struct{ c Config }

// New makes a provider.
func New(c Config) *Provider {
	if c.Look == nil {
		c.Look = exec.LookPath
	}
	if c.Target == "" {
		c.Target = "snowflake"
	}
	if c.Grace == 0 {
		c.Grace = 10 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Provider{c}
}

// Name is part of deploy.Provider.
func (*Provider) Name() string { return Name }

// Plan is part of deploy.Provider. It is one call.
func (p *Provider) Plan(ctx context.Context, in deploy.Input) (deploy.Outcome, error) {
	pipeline, err := pipelineOf(in.Artifacts)
	if err != nil {
		return deploy.Outcome{}, err
	}
	last, err := p.record(ctx)
	if err != nil {
		return deploy.Outcome{}, err
	}
	o := deploy.Outcome{State: digest(last.Files)}
	if in.Destroy {
		if len(last.Files) > 0 {
			o.Changes = []deploy.Change{forget(pipeline)}
		}
		return o, nil
	}
	pr := projectOf(in.Artifacts)
	if c := build(pipeline, pr, last); c != nil {
		o.Changes = []deploy.Change{*c}
	}
	o.Changes = append(o.Changes, left(in.Artifacts, pr, last)...)
	return o, nil
}

// Built is what a build provides: whoever needs it comes after the models are
// built, or left to the schedule.
const Built = "dbt:build"

// build is the change that is due, or nil. It is the same with and without dbt.
func build(pipeline string, pr *project, last Record) *deploy.Change {
	want := digest(pr.files)
	if !pr.builds() || want == digest(last.Files) {
		return nil
	}
	c := &deploy.Change{ID: Name + ":build:" + pipeline, Provider: Name, Kind: "build", Name: pipeline, Action: deploy.Create, Risk: deploy.Safe,
		Content: want, Needs: needed(pr.needs), Provides: []string{Built}}
	why := "nothing was built yet: " + pr.counted()
	if len(last.Files) > 0 {
		c.Action, c.Fields = deploy.Update, pr.changed(last.Files)
		why = fmt.Sprintf("%d %s of the project changed", len(c.Fields), plural(len(c.Fields), "file", "files"))
	}
	if last.Run != nil && last.Run.Outcome == Failed && last.Run.Files == want {
		why += "; the last build of these files failed"
		if len(last.Run.Failing) > 0 {
			why += " at " + last.Run.Failing[0].Node
		}
	}
	c.Reason = why + "; apply runs dbt where it is installed, else the scheduled task does"
	c.Origins = pr.originsOf(c.Fields)
	return c
}

// needed are the needs of a build in the words of those who provide them: raw
// tables, keys, schemas. The sync views are made empty before, so that dbt may
// replace them.
func needed(needs []string) []string {
	return slices.DeleteFunc(slices.Clone(needs), func(need string) bool { return strings.HasPrefix(need, "stack:") })
}

// counted says what there is to build.
func (p *project) counted() string {
	var models, snapshots, tests int
	for _, f := range p.files {
		switch top, _, _ := strings.Cut(f.Path, "/"); {
		case nodeOf(f.Path) == "":
		case top == "models":
			models++
		case top == "snapshots":
			snapshots++
		default:
			tests++
		}
	}
	return fmt.Sprintf("%d %s, %d %s, %d %s", models, plural(models, "model", "models"), snapshots, plural(snapshots, "snapshot", "snapshots"),
		tests, plural(tests, "test in a file of its own", "tests in files of their own"))
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// originsOf are the lines that the changed files come from.
func (p *project) originsOf(fields []deploy.FieldChange) []string {
	var out []string
	for _, f := range fields {
		out = append(out, p.origins[f.Path]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// forget is what is left to do when the pipeline is taken down: models and
// snapshots are in the database, which is kept; a later apply must build anew.
func forget(pipeline string) deploy.Change {
	return deploy.Change{ID: Name + ":record:" + pipeline, Provider: Name, Kind: "record", Name: pipeline, Action: deploy.Delete, Risk: deploy.Safe,
		Reason: "the pipeline is taken down; its tables and views stay in the database", Needs: []string{"gone:stack:sync"}}
}

// Apply is part of deploy.Provider.
func (p *Provider) Apply(ctx context.Context, c deploy.Change, in deploy.Input, progress deploy.Progress) (deploy.Outputs, error) {
	last, err := p.record(ctx)
	if err != nil {
		return nil, err
	}
	if c.Action == deploy.Delete {
		return nil, p.keep(ctx, Record{Run: &Run{Began: p.c.Now(), Ended: p.c.Now(), Outcome: Down}})
	}
	pr := projectOf(in.Artifacts)
	run := &Run{Files: digest(pr.files), Began: p.c.Now()}
	failure := p.build(ctx, pr, c, run, progress)
	if failure != nil && run.Outcome == "" {
		return nil, failure // dbt did not come to an end
	}
	run.Ended = p.c.Now()
	last.Run = run
	if run.Outcome != Failed {
		last.Files = pr.files
	}
	if err := p.keep(ctx, last); err != nil {
		return nil, errors.Join(failure, err)
	}
	return run.outputs(), failure
}

func (r *Run) outputs() deploy.Outputs {
	if r.Outcome == Left {
		return nil
	}
	return deploy.Outputs{"dbt.pass": fmt.Sprint(r.Pass), "dbt.warn": fmt.Sprint(r.Warn), "dbt.error": fmt.Sprint(r.Error), "dbt.skip": fmt.Sprint(r.Skip)}
}

func pipelineOf(artifacts []emit.Artifact) (string, error) {
	for _, a := range artifacts {
		if a.Path == settings.Path {
			s, err := settings.Parse(a.Content)
			return s.Pipeline, err
		}
	}
	return "", fmt.Errorf("the build has no %s: it was made by another version of tapestry-ci. Compile it again", settings.Path)
}
