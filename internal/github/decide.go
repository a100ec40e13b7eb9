package github

import (
	"fmt"
	"slices"
)

// What is to be done.
type What string

// What can be done.
const (
	Nothing  What = "nothing"
	Validate What = "validate" // look at the file, read nothing live
	Plan     What = "plan"
	Drift    What = "drift" // plan, and keep an issue about what differs
	Apply    What = "apply"
)

// Inputs are what the workflow gives the action.
type Inputs struct {
	// Command is auto (or empty), plan, apply, drift or validate. decide is auto for
	// a caller that only says what it would do.
	Command string
	// NoComment keeps comments away.
	NoComment bool
}

// Decision is what is to be done about an event.
type Decision struct {
	What What
	// Live says that live systems may be read: the job has rights for it.
	Live bool
	// Comment says that the pull request PR gets a comment. Where the event is
	// Untrusted, nothing else can be written either: no check run, no deployment.
	Comment bool
	PR      int
	// Refused says that something was asked for that must not be done; Reason says
	// why, and why nothing is done where nothing is.
	Refused bool
	Reason  string
	// Ask says that the API has to be asked before anything is done: see Ask and
	// Authorize. Until then the decision is not final.
	Ask bool

	// Commit is what has to be checked out: what is planned and applied. Whoever
	// does it compares it with what is checked out. Head is the last commit of the
	// pull request, which the plan's comment names.
	Commit, Head string
	// Approved is the digest of the plan that may be applied. Whoever applies
	// plans anew and compares; it is never enough by itself.
	Approved string
}

func nothing(reason string, args ...any) Decision {
	return Decision{What: Nothing, Reason: fmt.Sprintf(reason, args...)}
}

// refuse keeps where the answer goes, and drops all rights.
func (d Decision) refuse(reason string, args ...any) Decision {
	return Decision{What: Nothing, Refused: true, Reason: fmt.Sprintf(reason, args...), PR: d.PR, Comment: d.Comment, Commit: d.Commit, Head: d.Head}
}

// Decide says what an event asks for. It is pure, and never gives an apply or a
// comment to code that nobody with the right to write has put there.
func Decide(e Event, in Inputs) Decision {
	d := byEvent(e)
	if in.NoComment {
		d.Comment = false
	}
	return overridden(e, d, in.Command)
}

func byEvent(e Event) Decision {
	switch e.Kind {
	case KindPullRequest:
		return ofPullRequest(e)
	case KindPush:
		return ofPush(e)
	case KindMergeGroup:
		if e.Action != "checks_requested" {
			return nothing("the merge group was %s", e.Action)
		}
		return Decision{What: Plan, Live: true, Commit: e.Commit}
	case KindSchedule:
		return Decision{What: Drift, Live: true, Commit: e.Commit}
	case KindDispatch:
		return ofDispatch(e)
	case KindComment:
		return ofComment(e)
	}
	if e.Name == "pull_request_target" {
		return Decision{}.refuse("pull_request_target runs strangers' code with this repository's rights: use pull_request")
	}
	return Decision{}.refuse("there is nothing to do about the event %s", e.Name)
}

func ofPullRequest(e Event) Decision {
	if !slices.Contains([]string{"opened", "synchronize", "reopened", "ready_for_review"}, e.Action) && !(e.Action == "edited" && e.Retargeted) {
		return nothing("a pull request that is %s needs no plan", e.Action)
	}
	d := Decision{What: Plan, Live: true, Comment: true, PR: e.Number, Commit: e.Commit, Head: e.Head}
	if e.Untrusted {
		d.Live, d.Comment = false, false
		d.Reason = "the run has no rights (" + stranger(e) + "): the plan is made without live state and stands in the job's summary"
	}
	return d
}

func stranger(e Event) string {
	if e.Fork {
		return "the pull request comes from a fork"
	}
	return "it was started by " + e.Actor
}

func ofPush(e Event) Decision {
	switch {
	case e.Deleted:
		return nothing("the branch was deleted")
	case e.Default == "":
		return nothing("the event does not say which branch is the default one")
	case e.Ref != "refs/heads/"+e.Default:
		return nothing("only a push to %s is applied, not one to %s", e.Default, e.Ref)
	}
	return Decision{What: Apply, Live: true, Comment: true, Commit: e.Commit, Ask: true}
}

// ofDispatch: only people who may write can start a workflow by hand.
func ofDispatch(e Event) Decision {
	d := Decision{What: Plan, Live: true, Commit: e.Commit}
	switch e.Command {
	case "", "plan":
		return d
	case "drift":
		d.What = Drift
		return d
	case "validate":
		return Decision{What: Validate, Commit: e.Commit}
	case "apply":
		return ofDispatchedApply(e, d)
	}
	return d.refuse("the command %q is none of plan, apply, drift, validate", e.Command)
}

func ofDispatchedApply(e Event, d Decision) Decision {
	if e.Default == "" || e.Ref != "refs/heads/"+e.Default {
		return d.refuse("only %s is applied, and this run is on %s", orElse(e.Default, "the default branch"), e.Ref)
	}
	if e.Digest == "" {
		return d.refuse("an apply by hand needs the digest of the plan that you approve: run the workflow with plan first and give its digest as plan-digest")
	}
	d.What, d.Approved = Apply, e.Digest
	return d
}

func ofComment(e Event) Decision {
	switch {
	case e.Action != "created":
		return nothing("only a new comment is a command, not one that was %s", e.Action)
	case e.Number == 0 || e.Command == "":
		return nothing("the comment is no command to tapestry-ci on a pull request")
	}
	d := Decision{Live: true, Comment: true, PR: e.Number, Ask: true}
	switch e.Command {
	case "plan":
		d.What = Plan
	case "apply":
		d.What = Apply
	default:
		return nothing("tapestry-ci knows the commands plan and apply, not %q", e.Command)
	}
	return d
}

// overridden lets the workflow ask for less than the event would give, and never
// for more.
func overridden(e Event, d Decision, command string) Decision {
	if command == "" || command == "auto" || command == "decide" || d.Refused || command == string(d.What) {
		return d
	}
	if d.What == Nothing || e.Kind == KindComment && What(command) == Apply {
		return d
	}
	if e.Kind == KindComment && slices.Contains([]What{Validate, Plan, Drift}, What(command)) {
		return d.refuse("the workflow lets comments do no more than %s here", command)
	}
	switch What(command) {
	case Validate:
		return Decision{What: Validate, Commit: d.Commit, Head: d.Head, PR: d.PR}
	case Plan, Drift:
		if What(command) == Drift && !d.Live {
			return d.refuse("drift cannot be looked for without live state (%s)", stranger(e))
		}
		plan := Decision{What: What(command), Live: d.Live, Commit: d.Commit, Head: d.Head, PR: d.PR, Reason: d.Reason}
		plan.Comment = d.Comment && d.PR != 0 && plan.What == Plan
		return plan
	case Apply:
		return d.refuse("%s is never applied: merge it to the default branch, or write \"/tapestry apply\" on the pull request", e.Name)
	}
	return d.refuse("the input command is %q; it can be auto, decide, plan, apply, drift or validate", command)
}
