package ci

import (
	"context"
	"errors"
	"fmt"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/github"
)

// each goes through the projects. What was decided is made final for each of them,
// with the comment that its plan is in.
func (r *run) each(ctx context.Context, d github.Decision, asked github.Asked, projects []project) error {
	combined, err := r.combined(ctx, d, projects)
	if err != nil {
		return err
	}
	final := d
	for _, p := range projects {
		reviewed, err := r.reviewed(ctx, d, asked, p)
		if err == nil {
			final = r.authorize(d, asked, reviewed)
			if combined[p] != "" {
				final.Approved = combined[p]
			}
			err = r.one(ctx, final, p, reviewed)
		}
		r.failed(p, err)
	}
	return errors.Join(r.outputs(final), r.said.err())
}

// authorize makes a decision final. What goes to another branch than the default
// one is not applied from there, as a push to that branch is not.
func (r *run) authorize(d github.Decision, asked github.Asked, reviewed review) github.Decision {
	final := github.Authorize(r.event, d, asked, reviewed.planned())
	if r.event.Kind == github.KindComment && final.What == github.Apply && asked.Pull.BaseRef != r.event.Default {
		final.What, final.Live, final.Refused, final.Approved = github.Nothing, false, true, ""
		final.Reason = fmt.Sprintf("the pull request goes to %s, and only what goes to %s is applied", asked.Pull.BaseRef, orElse(r.event.Default, "the default branch"))
	}
	return final
}

// one does what was decided about one project.
func (r *run) one(ctx context.Context, d github.Decision, p project, reviewed review) error {
	if d.Refused && r.event.Kind != github.KindPush {
		return errors.Join(errors.New(d.Reason), r.sayNo(ctx, d, p.path))
	}
	if err := r.checkedOut(ctx, d); err != nil {
		return err
	}
	switch d.What {
	case github.Apply:
		return r.apply(ctx, d, p, reviewed)
	case github.Nothing:
		return r.notApproved(ctx, d, p)
	case github.Drift:
		return r.drift(ctx, d, p)
	}
	return r.plan(ctx, d, p)
}

// combined holds the one digest that a person gave by hand to the plans of all
// projects, where there are several, and gives the digest that each is applied
// with.
func (r *run) combined(ctx context.Context, d github.Decision, projects []project) (map[project]string, error) {
	if d.What != github.Apply || r.event.Kind != github.KindDispatch || len(projects) < 2 {
		return nil, nil
	}
	if err := r.checkedOut(ctx, d); err != nil {
		return nil, err
	}
	each, plans := map[project]string{}, []*deploy.Plan{}
	for _, p := range projects {
		f := r.look(ctx, d, p)
		if f.plan == nil {
			return nil, fmt.Errorf("nothing was applied, since there is no plan for %s: %w", p.path, f.why())
		}
		plans, each[p] = append(plans, f.plan), f.plan.Digest
	}
	if now := digestOf(plans); now != d.Approved {
		return nil, fmt.Errorf("nothing was applied: the digest that was given is %s, and that of all plans is %s by now: run this workflow by hand with plan, and look at the plans", d.Approved, now)
	}
	return each, nil
}

// sayNo answers a command that must not be done.
func (r *run) sayNo(ctx context.Context, d github.Decision, where string) error {
	body := refusal(d, r.context(d, project{path: where, env: r.Env}))
	r.summary(body.Whole)
	if !d.Comment || r.client == nil {
		return nil
	}
	_, _, err := r.client.Upsert(ctx, d.PR, body.Marker.Own, body.Text)
	return err
}

// decide says what would be done, for the jobs that come after this one. Nothing
// is checked out here, so the projects are those that were planned.
func (r *run) decide(ctx context.Context, d github.Decision, asked github.Asked) error {
	if !d.Ask {
		return r.outputs(d)
	}
	reviews, err := r.reviews(ctx, d, asked)
	if err != nil {
		return err
	}
	final := r.authorize(d, asked, review{})
	for _, one := range reviews {
		if final = r.authorize(d, asked, one); !final.Refused {
			break
		}
	}
	if !final.Refused {
		return r.outputs(final)
	}
	r.problem(diag.Warning, final.Reason)
	if err = r.sayNo(ctx, final, r.repositoryPath(r.File)); r.event.Kind == github.KindPush {
		err = errors.Join(ErrTold, err)
	}
	return errors.Join(err, r.outputs(final)) // a stranger's comment makes no job fail
}
