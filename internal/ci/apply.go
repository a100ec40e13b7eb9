package ci

import (
	"context"
	"errors"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/github"
	"github.com/tapestry-ci/tapestry-ci/internal/report"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

// attempt is one apply of one project.
type attempt struct {
	d          github.Decision
	p          project
	c          comment.Context
	fresh      *deploy.Plan // what was planned under the lock
	executed   *deploy.Plan // what was begun
	deployment int64
	check      check
}

// apply makes what was reviewed, and says what came of it.
func (r *run) apply(ctx context.Context, d github.Decision, p project, reviewed review) error {
	a := &attempt{d: d, p: p, c: r.context(d, p), check: r.openCheck(ctx, d, "apply", p)}
	checked, err := r.checkFile(ctx, p)
	if err != nil {
		return r.refuse(ctx, a, reviewed, noPlan(err))
	}
	a.c.Graph = checked.Graph
	if checked.Diagnostics.HasErrors() {
		return r.refuse(ctx, a, reviewed, &deploy.Refused{Why: "the file has mistakes; nothing was applied", Next: "see the annotations of this run"})
	}
	moved, err := r.moved(ctx, d)
	if err != nil {
		return r.refuse(ctx, a, reviewed, noPlan(err))
	}
	var result *deploy.Result
	err = r.quietly(func() (err error) {
		result, err = r.Work.Apply(ctx, p.file, func(f Fresh) (Approval, error) {
			a.fresh = f.Plan
			ok, err := approve(d.Approved, f, reviewed.record, moved)
			if err == nil && ok.Plan != nil {
				a.executed = ok.Plan
				r.startDeployment(ctx, a)
			}
			return ok, err
		})
		return err
	})
	ctx = context.WithoutCancel(ctx) // whoever cancels the job wants to know how far it came
	if result != nil {
		return errors.Join(err, r.applied(ctx, a, result))
	}
	if err != nil {
		return r.refuse(ctx, a, reviewed, refusedBy(err, a.executed))
	}
	return r.nothingToApply(ctx, a)
}

// moved reports whether the branch of a push is somewhere else by now.
func (r *run) moved(ctx context.Context, d github.Decision) (bool, error) {
	if r.event.Kind != github.KindPush || r.client == nil {
		return false, nil
	}
	tip, err := r.client.Tip(ctx, r.event.Default)
	return err == nil && tip != d.Commit, err
}

// checkFile checks a project before an apply: what was reviewed was valid, but a
// variable may be gone.
func (r *run) checkFile(ctx context.Context, p project) (checked *Checked, err error) {
	err = r.quietly(func() (err error) {
		checked, err = r.Work.Check(ctx, p.file, false)
		return err
	})
	r.annotate(finding{checked: checked}, p)
	return checked, err
}

func noPlan(err error) *deploy.Refused {
	return &deploy.Refused{Why: "nothing was applied: " + err.Error(), Next: "take away the cause, and run the job again"}
}

// refusedBy is an error of an apply that did nothing, as a refusal.
func refusedBy(err error, executed *deploy.Plan) *deploy.Refused {
	var refused *deploy.Refused
	if !errors.As(err, &refused) {
		return noPlan(err)
	}
	if executed == nil || len(executed.Destructive()) == 0 || len(executed.Blocked()) > 0 {
		return refused
	}
	var ids []string // a job has an input where a person has a flag
	for _, c := range executed.Destructive() {
		ids = append(ids, c.ID)
	}
	out := *refused
	out.Next = allowSentence + " Ids: " + strings.Join(ids, " ")
	return &out
}

const allowSentence = "If that is meant, run the workflow by hand on the default branch with apply, the plan's digest, and the ids (or the digest again, for all of them) as allow."

// notApproved says that a merge is not applied, and what it would have been.
func (r *run) notApproved(ctx context.Context, d github.Decision, p project) error {
	a := &attempt{d: d, p: p, c: r.context(d, p), check: r.openCheck(ctx, d, "apply", p)}
	f := r.look(ctx, d, p)
	r.annotate(f, p)
	a.fresh = f.plan
	if f.checked != nil {
		a.c.Graph = f.checked.Graph
	}
	if f.plan != nil && f.plan.Empty() {
		return r.nothingToApply(ctx, a)
	}
	refused := &deploy.Refused{Why: d.Reason}
	if err := f.why(); err != nil {
		refused.Differences = []string{"there is no new plan: " + err.Error()}
	}
	return r.refuse(ctx, a, review{}, refused)
}

// refuse tells why nothing was applied, and what an apply would do now.
func (r *run) refuse(ctx context.Context, a *attempt, reviewed review, why *deploy.Refused) error {
	refusal := comment.Refusal{Reason: *why, Reviewed: reviewed.marker.Digest}
	if a.fresh != nil {
		a.fresh.Commit, refusal.Pipeline, refusal.Fresh = a.d.Commit, a.fresh.Pipeline, a.fresh.Digest
		c := a.c // what is posted with a refusal approves nothing, so it names no way to apply
		c.Command, c.Branch = "", ""
		body := renamed(comment.Plan(a.fresh, c, comment.Options{}), kindFresh)
		defer r.summary(body.Whole)
		refusal.NewPlan = r.say(ctx, a.d, body)
		r.warn(errors.Join(r.savePlan(a.fresh, a.p), r.logPlan(a.fresh)))
	}
	body := comment.Refused(refusal, a.c, comment.Options{})
	r.summary(body.Whole)
	r.say(ctx, a.d, body)
	r.endDeployment(ctx, a, github.Failed, "not applied")
	r.closeCheck(ctx, a.check, github.CheckResult{Conclusion: github.Failure, Title: "not applied", Summary: body.Whole})
	r.problem(diag.Error, "not applied: "+why.Error())
	return ErrTold
}

// nothingToApply is the end of most merges: what is live is as the file says.
func (r *run) nothingToApply(ctx context.Context, a *attempt) error {
	body := comment.Nothing(a.fresh, a.c, comment.Options{})
	r.summary(body.Whole)
	err := errors.Join(r.savePlan(a.fresh, a.p), r.writer.Text("nothing to apply: "+a.p.name()+" is as the file says"))
	r.closeCheck(ctx, a.check, github.CheckResult{Conclusion: github.Success, Title: "nothing to apply", Summary: body.Whole})
	return err
}

// applied tells what came of an apply.
func (r *run) applied(ctx context.Context, a *attempt, result *deploy.Result) error {
	body := comment.Result(result, a.executed, a.c, comment.Options{})
	r.summary(body.Whole)
	r.say(ctx, a.d, body)
	r.warn(errors.Join(r.savePlan(a.executed, a.p), r.writer.Text(report.ResultLine(result))))
	title := report.ResultLine(result)
	if result.Status == "done" {
		r.endDeployment(ctx, a, github.Deployed, title)
		r.closeCheck(ctx, a.check, github.CheckResult{Conclusion: github.Success, Title: title, Summary: body.Whole})
		return nil
	}
	r.endDeployment(ctx, a, github.Failed, title)
	r.closeCheck(ctx, a.check, github.CheckResult{Conclusion: github.Failure, Title: title, Summary: body.Whole})
	for _, f := range result.Failed {
		r.problem(diag.Error, f.Change+": "+f.Error)
	}
	return errors.New(a.p.name() + ": " + title)
}

// say writes a comment of its own about an apply. Where that fails the summary
// says the same, and what is done is done.
func (r *run) say(ctx context.Context, d github.Decision, body comment.Body) string {
	if !d.Comment || d.PR == 0 || r.client == nil {
		return ""
	}
	made, _, err := r.client.Upsert(ctx, d.PR, body.Marker.Own, body.Text)
	r.warn(err)
	return made.URL
}

func (r *run) startDeployment(ctx context.Context, a *attempt) {
	if r.client == nil || r.event.Untrusted {
		return
	}
	id, err := r.client.StartDeployment(ctx, github.Deployment{SHA: a.d.Commit, Environment: a.executed.Pipeline + "/" + a.executed.Environment,
		Key: r.event.Key + "/" + a.p.path, Description: report.Headline(a.executed)}, r.event.RunURL)
	a.deployment = id
	r.warn(err)
}

func (r *run) endDeployment(ctx context.Context, a *attempt, state github.DeploymentState, text string) {
	if a.deployment != 0 {
		r.warn(r.client.SetDeployment(ctx, a.deployment, state, text, r.event.RunURL))
	}
}
