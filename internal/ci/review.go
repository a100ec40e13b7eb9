package ci

import (
	"context"
	"path"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/github"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

// review is the plan that people have seen: what the comment with it says. It is
// empty where there is no such comment of our own.
type review struct {
	marker comment.Marker
	record Record
}

func (v review) planned() github.Planned {
	return github.Planned{Commit: v.marker.Commit, Base: v.record.Base, Digest: v.marker.Digest}
}

// pullOf is the pull request whose comments hold the plan.
func (r *run) pullOf(d github.Decision, asked github.Asked) int {
	if d.PR == 0 && asked.Pull != nil {
		return asked.Pull.Number
	}
	return d.PR
}

// reviewed reads the comment with a project's plan, where a decision rests on it.
func (r *run) reviewed(ctx context.Context, d github.Decision, asked github.Asked, p project) (review, error) {
	number := r.pullOf(d, asked)
	if !d.Ask || number == 0 {
		return review{}, nil
	}
	place := comment.Marker{Kind: comment.KindPlan, Project: p.path, Environment: p.env}
	found, ok, err := r.client.Find(ctx, number, place.Own)
	if err != nil || !ok {
		return review{}, err
	}
	return reviewOf(found.Body), nil
}

func reviewOf(body string) review {
	marker, _ := comment.Find(body)
	return review{marker, findRecord(body)}
}

// reviews reads the comments with the plans of all projects that --file can mean,
// where the projects themselves are not there.
func (r *run) reviews(ctx context.Context, d github.Decision, asked github.Asked) ([]review, error) {
	number := r.pullOf(d, asked)
	if number == 0 {
		return nil, nil
	}
	pattern := r.repositoryPath(orElse(r.File, "tapestry.yaml"))
	var list []review
	_, _, err := r.client.Find(ctx, number, func(body string) bool {
		m, ok := comment.Find(body)
		if !ok || m.Kind != comment.KindPlan || m.Environment != orElse(r.Env, defaultEnvironment) {
			return false
		}
		fits, _ := path.Match(pattern, m.Project) // a pattern that is none fits nothing
		if fits || m.Project == path.Join(pattern, "tapestry.yaml") {
			if meant(project{path: m.Project, env: m.Environment}, r.event.Arguments) {
				list = append(list, reviewOf(body))
			}
		}
		return false // all of them
	})
	return list, err
}

// approve says whether what an apply is about to do was reviewed: it has the
// digest, or is what an interrupted apply of the reviewed plan left. What is empty
// by now is nothing to do.
func approve(digest string, f Fresh, reviewed Record) (Approval, error) {
	interrupted := f.Last != nil && f.Last.Plan == digest && f.Kept != nil && f.Kept.Digest == digest
	switch {
	case f.Plan.Digest == digest && !f.Plan.Empty():
		return Approval{f.Plan, digest}, nil
	case f.Plan.Empty():
		return Approval{}, nil
	case interrupted:
		rest, err := deploy.Reapprove(f.Kept, f.Plan, f.Last)
		return Approval{rest, digest}, err
	}
	return Approval{}, &deploy.Refused{Why: "what is there now is not what was reviewed; nothing was applied",
		Differences: reviewed.differences(f.Plan), Next: "look at the new plan"}
}
