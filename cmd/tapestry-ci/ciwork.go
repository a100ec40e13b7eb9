package main

import (
	"context"
	"errors"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/ci"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/graph"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

// ciWork is what the verbs do, for a job that tells of it elsewhere.
type ciWork struct {
	target
	s     stdio
	allow []string
}

var _ ci.Work = ciWork{}

// Check compiles.
func (w ciWork) Check(_ context.Context, file string, every bool) (*ci.Checked, error) {
	l, err := project{Path: file}.load(w.s, w.Env)
	if err != nil {
		return nil, err
	}
	r := (*compiler.Result)(nil)
	if every {
		l.options.Environment = ""
		r = compiler.CheckEnvironments(l.fsys, l.file, l.options)
	} else {
		r = compiler.Check(l.fsys, l.file, l.options)
	}
	out := &ci.Checked{Diagnostics: r.Diagnostics, Source: r.Source}
	if r.Pipeline != nil {
		out.Graph = drawn(graph.New(r.Pipeline))
	}
	return out, nil
}

// drawn is the pipeline for the picture of a comment.
func drawn(g graph.Graph) *comment.Graph {
	out := &comment.Graph{}
	for _, n := range g.Nodes {
		out.Nodes = append(out.Nodes, comment.Node{ID: n.ID, Kind: n.Kind, Name: n.Name, Group: n.Group})
	}
	for _, e := range g.Edges {
		out.Edges = append(out.Edges, comment.Edge{From: e.From, To: e.To})
	}
	return out
}

// Plan plans with the rights of a job that only reads.
func (w ciWork) Plan(ctx context.Context, file string) (*deploy.Plan, error) {
	d, err := w.open(ctx, file, w.s, want{})
	if err != nil {
		return nil, err
	}
	defer d.close()
	return d.plan(ctx)
}

// Preview plans on samples, as if nothing were there.
func (w ciWork) Preview(ctx context.Context, file string) (*deploy.Plan, error) {
	w.target.Target = "local"
	return w.Plan(ctx, file)
}

// Apply plans under the lock, and executes what is approved of it.
func (w ciWork) Apply(ctx context.Context, file string, approve func(ci.Fresh) (ci.Approval, error)) (result *deploy.Result, err error) {
	d, err := w.open(ctx, file, w.s, want{live: true, applying: true})
	if err != nil {
		return nil, err
	}
	defer d.close()
	release, err := d.hold(ctx, w.target)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, release()) }()
	fresh := ci.Fresh{}
	if fresh.Plan, err = d.plan(ctx); err != nil {
		return nil, err
	}
	if fresh.Plan.Empty() {
		if err := d.keepFirst(ctx); err != nil {
			return nil, err
		}
	}
	if fresh.Last, err = d.lastRun(); err != nil {
		return nil, err
	}
	if fresh.Last != nil && !fresh.Last.Finished() {
		if fresh.Kept, err = d.kept(ctx, fresh.Last.Plan); err != nil {
			return nil, err
		}
	}
	ok, err := approve(fresh)
	if err != nil || ok.Plan == nil {
		return nil, err
	}
	if ok.Plan.Digest == ok.Digest {
		if err := d.keep(ctx, ok.Plan); err != nil {
			return nil, err
		}
	}
	tell := progress{w: w.s.err, began: time.Now()}
	return d.execute(ctx, ok.Plan, deploy.Execution{Approved: ok.Digest, Parallel: 4, Allow: allowance{given: w.allow, standing: true}.ids(ok.Plan, ok.Digest), Events: tell.event})
}
