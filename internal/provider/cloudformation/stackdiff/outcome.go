package stackdiff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// outcome says what becomes of a resource that is on both sides, or nothing.
func (f *finding) outcome() (Resource, bool) {
	r := Resource{LogicalID: f.id, Type: f.after.kind, Fields: f.fields, Action: deploy.Update}
	var reasons []string
	switch f.depth {
	case untouched:
		return r, false
	case inPlace:
		reasons = f.why
	case perhapsNew:
		r.Action, r.Conditional = deploy.Replace, true
		reasons = append(reasons, "may be replaced: "+strings.Join(f.why, ", "))
	case isNew:
		r.Action = deploy.Replace
		reasons = append(reasons, "is replaced: "+strings.Join(f.why, ", "))
	}
	if r.Action == deploy.Replace {
		f.lost()
	}
	r.Risk, r.Lock = f.risk, f.lock
	r.Reason = strings.Join(append(reasons, f.costs...), "; ")
	if r.Reason == "" {
		r.Reason = "changes in place"
	}
	return r, true
}

// lost says what goes with the old one where a resource is replaced. Only a
// policy that both sides have can be relied on.
func (f *finding) lost() {
	if f.lock = f.kind.locked(f.before.properties); f.lock != "" {
		f.cost(deploy.Disruptive, f.lock+firstOff)
	}
	if name := f.after.properties.get(f.kind.name); name.form != absent && equal(name, f.before.properties.get(f.kind.name)) {
		f.cost(deploy.Disruptive, "CloudFormation refuses that while "+f.kind.name+" stays the same")
	}
	policy := weaker(f.before.policy("UpdateReplacePolicy", f.kind), f.after.policy("UpdateReplacePolicy", f.kind))
	switch {
	case f.kind.data == "" && f.kind.known:
		if f.kind.outage != "" {
			f.cost(deploy.Disruptive, f.kind.outage)
		}
	case policy == "Retain":
		f.cost(deploy.Disruptive, "the old one is kept outside of the stack (UpdateReplacePolicy Retain), the new one starts empty")
	case policy == "Snapshot":
		f.cost(f.kind.snapshotRisk(), "a last snapshot is taken of the old one (UpdateReplacePolicy Snapshot), the new one starts empty")
	default:
		f.cost(deploy.Destructive, "loses "+f.kind.holds())
	}
}

func weaker(a, b string) string {
	if saves(a) < saves(b) {
		return a
	}
	return b
}

func (k kind) holds() string {
	if !k.known {
		return "whatever it holds: its type is not known here"
	}
	return k.data
}

// created is a resource that comes.
func created(id string, r *resource) Resource {
	out := Resource{LogicalID: id, Type: r.kind, Action: deploy.Create, Risk: deploy.Safe, Reason: "is not there yet"}
	if r.exists.truth == maybe {
		out.Conditional, out.Reason = true, "is not there yet; whether it comes is decided at apply"
	}
	return out
}

// removed is a resource that goes. after is nil, or the resource with a
// condition that does not hold any more.
func removed(id string, before, after *resource) Resource {
	k := kinds()[before.kind]
	out := Resource{LogicalID: id, Type: before.kind, Action: deploy.Delete}
	policy, why := before.policy("DeletionPolicy", k), "leaves the template"
	if after != nil {
		why = "its condition does not hold any more"
		policy = weaker(policy, after.policy("DeletionPolicy", k))
	}
	if before.exists.truth == maybe || after != nil && after.exists.truth == maybe {
		out.Conditional, why = true, "may leave the stack: that is decided at apply"
	}
	risk, said := k.going(policy, before)
	lock := ""
	if policy == "Retain" {
		out.Action = deploy.Keep
	} else if out.Lock = k.locked(before.properties); out.Lock != "" {
		lock = out.Lock + firstOff
	}
	out.Risk = risk
	out.Reason = strings.Join(slices.DeleteFunc([]string{why, said, lock}, func(s string) bool { return s == "" }), "; ")
	return out
}

// going says what is lost with a resource under a policy.
func (k kind) going(policy string, r *resource) (deploy.Risk, string) {
	holds := k.data != "" || !k.known
	switch {
	case policy == "Retain" && holds:
		return deploy.Disruptive, "it is kept outside of the stack (DeletionPolicy Retain)"
	case policy == "Retain":
		return deploy.Safe, "it is kept outside of the stack (DeletionPolicy Retain)"
	case !holds && k.outage == "":
		return deploy.Safe, ""
	case !holds:
		return deploy.Disruptive, "what still uses it stops working"
	case policy == "Snapshot":
		return k.snapshotRisk(), fmt.Sprintf("a last snapshot is taken (DeletionPolicy %s), and nothing loads it again by itself", cmp.Or(r.attribute("DeletionPolicy"), "Snapshot, by default"))
	}
	return deploy.Destructive, "loses " + k.holds()
}

// snapshotRisk is how bad it is that only a snapshot stays. What can be protected
// against deletion is what somebody would miss.
func (k kind) snapshotRisk() deploy.Risk {
	if k.lock != "" {
		return deploy.Destructive
	}
	return deploy.Disruptive
}

func byID(a, b Resource) int { return strings.Compare(a.LogicalID, b.LogicalID) }
