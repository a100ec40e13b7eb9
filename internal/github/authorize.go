package github

import "time"

// Planned is what the comment with the plan says was planned. It is empty where
// there is no such comment of our own.
type Planned struct {
	// Commit is the pull request's last commit then, Base the tip of its base.
	Commit, Base string
	Digest       string
	// At is when the comment was last written. A plan that was written after
	// somebody said yes is none that they have seen.
	At time.Time
}

// Authorize makes a decision final: with what the API answered and the plan that
// people have seen, it is let be or refused. It is pure.
func Authorize(e Event, d Decision, a Asked, p Planned) Decision {
	if !d.Ask {
		return d
	}
	d.Ask = false
	if e.Kind == KindPush {
		return authorizeMerge(d, a.Pull, p)
	}
	if a.Permission != "admin" && a.Permission != "write" {
		return d.refuse("%s may not write to this repository, so may not ask for this", e.Actor)
	}
	pr := a.Pull
	switch {
	case pr == nil:
		return d.refuse("the pull request was not found")
	case !pr.Open:
		return d.refuse("the pull request is not open any more")
	case pr.Fork:
		return d.refuse("the pull request comes from a fork, whose code gets no rights: it is planned without live state, and applied once it is merged and planned here")
	case pr.Conflict || pr.Merge == "":
		return d.refuse("the pull request cannot be merged as it is: bring it up to date with %s", pr.BaseRef)
	case !fresh(pr):
		return d.refuse("%s or the pull request has moved since GitHub last tried to merge them: wait a minute and ask again", pr.BaseRef)
	}
	d.Commit, d.Head = pr.Merge, pr.Head
	if d.What == Plan {
		return d
	}
	return authorizeApply(e, d, pr, p)
}

// fresh reports whether the trial merge is one of what is there now.
func fresh(pr *Pull) bool {
	return len(pr.Parents) == 2 && pr.Parents[0] == pr.BaseTip && pr.Parents[1] == pr.Head
}

// later reports whether one moment is after another, where both are known.
func later(a, b time.Time) bool { return !a.IsZero() && !b.IsZero() && a.After(b) }

func authorizeApply(e Event, d Decision, pr *Pull, p Planned) Decision {
	switch {
	case pr.State == "blocked":
		return d.refuse("GitHub would not let it be merged now: a review or a check that %s asks for is missing", pr.BaseRef)
	case pr.Draft:
		return d.refuse("the pull request is a draft: say that it is ready first")
	case p.Commit == "" || p.Digest == "":
		return d.refuse("nothing was planned for this pull request yet: write \"/tapestry plan\" first, and look at the plan")
	case p.Commit != pr.Head:
		return d.refuse("the plan is for commit %s, and the pull request is at %s by now: look at the new plan first", short(p.Commit), short(pr.Head))
	case later(p.At, e.Asked):
		return d.refuse("the plan was written after the command was: look at it, and write the command again")
	case p.Base != "" && p.Base != pr.BaseTip:
		return d.refuse("the plan was made on top of %s of %s, which is at %s by now: write \"/tapestry plan\" and look at the new plan", short(p.Base), pr.BaseRef, short(pr.BaseTip))
	}
	d.Approved = p.Digest
	return d
}

// authorizeMerge: what was merged is applied if it is what was planned. That the
// base has not moved shows in the digest, which whoever applies compares.
func authorizeMerge(d Decision, pr *Pull, p Planned) Decision {
	const byHand = "run this workflow by hand with plan, look at the plan, and run it again with apply and the plan's digest"
	if pr == nil {
		d.Comment = false
		return d.refuse("commit %s came without a pull request, so nobody has seen its plan: %s", short(d.Commit), byHand)
	}
	d.PR, d.Head = pr.Number, pr.Head
	switch {
	case p.Commit == "" || p.Digest == "":
		return d.refuse("pull request %d was merged without a plan: %s", pr.Number, byHand)
	case p.Commit != pr.Head:
		return d.refuse("pull request %d was planned at commit %s and merged at %s: %s", pr.Number, short(p.Commit), short(pr.Head), byHand)
	case later(p.At, pr.MergedAt):
		return d.refuse("pull request %d was planned only after it was merged: %s", pr.Number, byHand)
	}
	d.Approved = p.Digest
	return d
}

func short(sha string) string {
	if len(sha) > 8 {
		return sha[:8]
	}
	return sha
}
