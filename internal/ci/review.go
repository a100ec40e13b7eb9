package ci

import (
	"context"
	"path"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/github"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

// review is the plan that people have seen: what the comment with it says. It is
// empty where there is no such comment of our own.
type review struct {
	marker comment.Marker
	record Record
	at     time.Time // when the comment was last written
}

func (v review) planned() github.Planned {
	return github.Planned{Commit: v.marker.Commit, Base: v.record.Base, Digest: v.marker.Digest, At: v.at}
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
	return reviewOf(found), nil
}

func reviewOf(c github.Comment) review {
	marker, _ := comment.Find(c.Body)
	return review{marker, findRecord(c.Body), c.Updated}
}

// reviews reads the comments with the plans of all projects that --file can mean,
// where the projects themselves are not there.
func (r *run) reviews(ctx context.Context, d github.Decision, asked github.Asked) ([]review, error) {
	number := r.pullOf(d, asked)
	if number == 0 {
		return nil, nil
	}
	written, err := r.client.Written(ctx, number)
	var list []review
	for _, one := range written {
		m, ok := comment.Find(one.Body)
		if ok && m.Kind == comment.KindPlan && r.means(project{path: m.Project, env: m.Environment}) {
			list = append(list, reviewOf(one))
		}
	}
	return list, err
}

// means reports whether --file, --env and the words of a command fit a project of
// which only the name is known.
func (r *run) means(p project) bool {
	env := orElse(r.Env, defaultEnvironment)
	if len(r.event.Arguments) > 1 { // another step of this workflow has that environment
		env = r.event.Arguments[1]
	}
	pattern := r.repositoryPath(orElse(r.File, "tapestry.yaml"))
	file, _ := path.Match(pattern, p.path) // a pattern that is none fits nothing
	folder, _ := path.Match(path.Join(pattern, "tapestry.yaml"), p.path)
	return p.env == env && (file || folder) && meant(p, r.event.Arguments)
}

// approve says whether what an apply is about to do was reviewed: it has the
// digest, or is what an interrupted apply of the reviewed plan left. What is empty
// by now is nothing to do.
//
// moved says that what an apply is for is not the newest any more. Then what was
// interrupted is not gone on with: it may have been taken back since.
func approve(digest string, f Fresh, reviewed Record, moved bool) (Approval, error) {
	interrupted := f.Last != nil && f.Last.Plan == digest && f.Kept != nil && f.Kept.Digest == digest
	switch {
	case f.Plan.Digest == digest && !f.Plan.Empty():
		return Approval{f.Plan, digest}, nil
	case f.Plan.Empty():
		return Approval{}, nil
	case interrupted && moved:
		return Approval{}, &deploy.Refused{Why: "the apply was interrupted, and the branch has moved on since; nothing more was applied",
			Differences: reviewed.differences(f.Plan), Next: "run this workflow by hand on what the branch is now, with plan and then with apply and the plan's digest"}
	case interrupted:
		rest, err := deploy.Reapprove(f.Kept, f.Plan, f.Last)
		return Approval{rest, digest}, err
	}
	return Approval{}, &deploy.Refused{Why: "what is there now is not what was reviewed; nothing was applied",
		Differences: reviewed.differences(f.Plan), Next: "look at the new plan"}
}
