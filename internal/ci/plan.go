package ci

import (
	"context"
	"errors"
	"fmt"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/github"
	"github.com/tapestry-ci/tapestry-ci/internal/report"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

// finding is what came of looking at a project: mistakes, an error, or a plan.
type finding struct {
	checked *Checked
	plan    *deploy.Plan
	err     error
}

func (f finding) mistakes() bool { return f.checked != nil && f.checked.Diagnostics.HasErrors() }

// why is the reason that there is no plan.
func (f finding) why() error {
	if f.err == nil && f.mistakes() {
		return errors.New("the file has mistakes")
	}
	return f.err
}

// look checks a project and, where there is a plan to be made, makes it.
func (r *run) look(ctx context.Context, d github.Decision, p project) finding {
	var f finding
	f.err = r.quietly(func() (err error) {
		if f.checked, err = r.Work.Check(ctx, p.file, d.What == github.Validate && r.Env == ""); err != nil || f.mistakes() {
			return err
		}
		switch {
		case d.What == github.Validate:
		case d.Live || d.Refused:
			f.plan, err = r.Work.Plan(ctx, p.file)
		default:
			f.plan, err = r.Work.Preview(ctx, p.file)
		}
		return err
	})
	if f.plan != nil {
		f.plan.Commit = d.Commit
		if !d.Live && d.Reason != "" && !d.Refused {
			f.plan.Notes = append(f.plan.Notes, d.Reason)
		}
	}
	return f
}

// plan tells a pull request, or whoever asked, what an apply would do.
func (r *run) plan(ctx context.Context, d github.Decision, p project) error {
	check := r.openCheck(ctx, d, "plan", p)
	f := r.look(ctx, d, p)
	shown := r.annotate(f, p)
	c := r.context(d, p)
	if f.checked != nil {
		c.Graph = f.checked.Graph
	}
	body := bodyOf(f, c, r.said.base)
	r.summary(body.Whole)
	err := errors.Join(r.savePlan(f.plan, p), r.logPlan(f.plan))
	if d.Comment && d.What == github.Plan {
		err = errors.Join(err, r.postPlan(ctx, d, body))
	}
	title, conclusion := verdict(f)
	r.closeCheck(ctx, check, github.CheckResult{Conclusion: conclusion, Title: title, Summary: body.Whole, Diagnostics: unshown(shown)})
	switch {
	case f.mistakes():
		err = errors.Join(err, ErrTold)
	case f.err != nil && r.event.Untrusted && f.checked != nil:
		r.problem(diag.Warning, "there is no preview without live state: "+f.err.Error())
	case f.err != nil:
		err = errors.Join(err, f.err)
	}
	return err
}

// postPlan writes the comment with the plan. A job that comes late, or is run again
// after the pull request has moved, would write an old plan over the newest one,
// and one that comes after the merge a plan that nobody has seen.
func (r *run) postPlan(ctx context.Context, d github.Decision, body comment.Body) error {
	current, err := r.client.Current(ctx, d.PR, d.Head)
	if err != nil {
		return err
	}
	if !current {
		r.problem(diag.Warning, fmt.Sprintf("pull request %d is closed or has other commits by now, so its comment stays as it is", d.PR))
		return nil
	}
	_, _, err = r.client.Upsert(ctx, d.PR, body.Marker.Own, body.Text)
	return err
}

// bodyOf is the text about a finding. That of a plan ends in its Record.
func bodyOf(f finding, c comment.Context, base string) comment.Body {
	switch {
	case f.mistakes():
		return comment.Invalid(f.checked.Diagnostics, f.checked.Source, c, comment.Options{})
	case f.err != nil:
		return comment.Failed(f.err, c, comment.Options{})
	case f.plan == nil:
		return valid(c)
	}
	record := newRecord(base, f.plan).encode()
	body := comment.Plan(f.plan, c, comment.Options{Limit: comment.DefaultLimit - len(record) - 1})
	body.Text += "\n" + record
	return body
}

// verdict is a finding in a few words.
func verdict(f finding) (string, github.Conclusion) {
	switch {
	case f.mistakes():
		return "no plan: the file has mistakes", github.Failure
	case f.err != nil:
		return "the plan could not be made", github.Failure
	case f.plan == nil:
		return "the file is valid", github.Success
	case len(f.plan.Blocked()) > 0:
		return report.Headline(f.plan), github.Neutral
	}
	return report.Headline(f.plan), github.Success
}

// drift keeps one issue about what is not as the file says.
func (r *run) drift(ctx context.Context, d github.Decision, p project) error {
	f := r.look(ctx, d, p)
	r.annotate(f, p)
	if f.plan == nil {
		r.summary(bodyOf(f, r.context(d, p), "").Whole)
		return orTold(f.err)
	}
	c := r.context(d, p)
	c.Graph = f.checked.Graph
	body := comment.Drift(f.plan, c, comment.Options{})
	r.summary(body.Whole)
	err := errors.Join(r.savePlan(f.plan, p), r.logPlan(f.plan))
	if r.client == nil {
		return errors.Join(err, errors.New("there is no token for GitHub's API: give the action its input github-token"))
	}
	issue := github.Issue{Title: fmt.Sprintf("Drift: %s in %s", f.plan.Pipeline, p.env), Body: body.Text, Label: driftLabel, Own: body.Marker.Own}
	var failed error
	if f.plan.Empty() {
		_, failed = r.client.CloseIssue(ctx, issue)
	} else {
		var number int
		if number, _, failed = r.client.UpsertIssue(ctx, issue); failed == nil {
			r.problem(diag.Warning, fmt.Sprintf("%s: what is live is not as the file says: see issue #%d", p.name(), number))
		}
	}
	return errors.Join(err, failed)
}

// driftLabel is the label of issues about drift.
const driftLabel = "tapestry-drift"

// orTold is an error, or that it was told already.
func orTold(err error) error {
	if err == nil {
		return ErrTold
	}
	return err
}
