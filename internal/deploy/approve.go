package deploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Refused says why a plan is not applied, with every difference.
type Refused struct {
	Why         string
	Differences []string
	Next        string
}

func (r *Refused) Error() string {
	text := r.Why
	for _, d := range r.Differences {
		text += "\n  " + d
	}
	if r.Next != "" {
		text += "\n" + r.Next
	}
	return text
}

// Reapprove compares the plan that was approved with one that was just made. It
// gives the plan to execute: the fresh one, which is the same, or, where an
// earlier apply of the approved plan was interrupted, what is left of it.
//
// The digest in the approved plan is never taken at its word.
func Reapprove(approved, fresh *Plan, last *Run) (*Plan, error) {
	digest, err := approved.digest()
	if err != nil {
		return nil, err
	}
	if digest != approved.Digest {
		return nil, &Refused{Why: "the plan file was changed after it was made: its digest is " + approved.Digest + ", its content has " + digest,
			Next: "Make a new plan, look at it, and apply that."}
	}
	if fresh.Digest == approved.Digest {
		return fresh, nil
	}
	differences := Compare(approved, fresh)
	if last != nil && last.Plan == approved.Digest && !last.Finished() && isRest(approved, fresh, last) {
		return fresh, nil
	}
	return nil, &Refused{Why: "what is there now is not what the plan was made for; nothing was applied", Differences: differences,
		Next: "Make a new plan, look at it, and apply that."}
}

// isRest reports whether fresh is what an interrupted apply of approved left:
// the same file, every change of it one of those approved, and whatever is
// missing known to the ledger as started or done.
func isRest(approved, fresh *Plan, last *Run) bool {
	if fresh.Artifacts != approved.Artifacts || fresh.Destroy != approved.Destroy {
		return false
	}
	for _, c := range fresh.Changes {
		if c.Aside {
			continue
		}
		if was := approved.Change(c.ID); (was == nil || was.Content != c.Content) && !wasDeferred(approved, c) {
			return false
		}
	}
	for _, c := range approved.Changes {
		known := func(f Change) bool { return f.ID == c.ID || c.Action == Deferred && standsFor(c.ID, f.ID) }
		if !c.Empty() && !c.Aside && !slices.ContainsFunc(fresh.Changes, known) && !last.began(c) {
			return false
		}
	}
	return true
}

// wasDeferred reports whether a change is one that the approved plan left open.
func wasDeferred(approved *Plan, c Change) bool {
	return c.Action == Create && c.Risk != Destructive && slices.ContainsFunc(approved.Changes, func(a Change) bool {
		return a.Action == Deferred && a.Provider == c.Provider && standsFor(a.ID, c.ID)
	})
}

// began reports whether the run knows a change, or one that it stands for.
func (r *Run) began(c Change) bool {
	return slices.ContainsFunc(r.Steps, func(s RunStep) bool {
		return s.Change == c.ID || c.Action == Deferred && standsFor(c.ID, s.Change)
	})
}

// Compare says in words what differs between two plans, sorted.
func Compare(a, b *Plan) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if a.Pipeline != b.Pipeline || a.Environment != b.Environment || a.Target != b.Target {
		add("the plan is for %s in %s on %s, this is %s in %s on %s", a.Pipeline, a.Environment, a.Target, b.Pipeline, b.Environment, b.Target)
	}
	if a.Destroy != b.Destroy {
		add("one of the two takes the pipeline down")
	}
	if a.Artifacts != b.Artifacts {
		add("the pipeline file or what it is compiled to changed")
	}
	for _, s := range a.State {
		i := slices.IndexFunc(b.State, func(t StateDigest) bool { return t.Provider == s.Provider })
		if i < 0 || b.State[i].Digest != s.Digest {
			add("the live state of %s moved", s.Provider)
		}
	}
	for _, c := range a.Changes {
		if d := b.Change(c.ID); c.Aside {
			continue
		} else if d == nil {
			add("%s: no longer there (the plan has: %s)", c.ID, c.Action)
		} else if !sameChange(c, *d) {
			add("%s: %s", c.ID, describeDifference(c, *d))
		}
	}
	for _, c := range b.Changes {
		if a.Change(c.ID) == nil && !c.Aside {
			add("%s: new (%s)", c.ID, c.Action)
		}
	}
	return out
}

func sameChange(a, b Change) bool {
	x, errA := json.Marshal(bare(a))
	y, errB := json.Marshal(bare(b))
	return errors.Join(errA, errB) == nil && string(x) == string(y)
}

func describeDifference(a, b Change) string {
	if a.Action != b.Action {
		return fmt.Sprintf("the plan has %s, now it is %s", a.Action, b.Action)
	}
	if x, y := a.Effect.String(), b.Effect.String(); x != y {
		return fmt.Sprintf("the plan has %s, now it is %s", x, y)
	}
	return "its content changed"
}

// String gives the counts in words, such as "1 created, 2 removed".
func (e *Effect) String() string {
	if e == nil {
		return "no effect"
	}
	var parts []string
	for _, c := range e.Counts() {
		parts = append(parts, fmt.Sprintf("%d %s", c.N, c.Name))
	}
	if parts == nil {
		return "no effect"
	}
	return strings.Join(parts, ", ")
}

// Counts lists the counts that are not zero, with their words.
func (e *Effect) Counts() []Count {
	if e == nil {
		return nil
	}
	rejected := 0
	for _, r := range e.Rejected {
		rejected += r.N
	}
	var out []Count
	for _, c := range []Count{{"created", e.Created}, {"changed", e.Changed}, {"removed", e.Removed}, {"kept", e.Kept},
		{"rejected", rejected}, {"unchanged", e.Unchanged}, {"rows in", e.RowsIn}, {"rows out", e.RowsOut},
		{"duplicates merged", e.Merged}, {"without a key dropped", e.Dropped}} {
		if c.N != 0 {
			out = append(out, c)
		}
	}
	return out
}
