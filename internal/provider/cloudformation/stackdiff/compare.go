package stackdiff

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// depth says how far a change goes into a resource.
type depth uint8

const (
	untouched depth = iota
	inPlace
	perhapsNew // replaced in some cases
	isNew      // replaced
)

// finding is what is found out about one resource, step by step.
type finding struct {
	id            string
	before, after *resource
	kind          kind
	depth         depth
	fields        []deploy.FieldChange
	// why says what makes the resource new, costs what else the change brings.
	why, costs []string
	risk       deploy.Risk
	lock       string
}

// deepen raises the depth, and keeps the reasons of the deepest one only.
func (f *finding) deepen(d depth, why string) {
	if d > f.depth {
		f.depth, f.why = d, nil
	}
	if d == f.depth && why != "" && !slices.Contains(f.why, why) {
		f.why = append(f.why, why)
	}
}

// cost notes what a change brings about besides, and how bad that is.
func (f *finding) cost(risk deploy.Risk, text string) {
	if severity(risk) > severity(f.risk) {
		f.risk = risk
	}
	if !slices.Contains(f.costs, text) {
		f.costs = append(f.costs, text)
	}
}

func severity(r deploy.Risk) int {
	return slices.Index([]deploy.Risk{deploy.Safe, deploy.Disruptive, deploy.Destructive}, r)
}

// look compares a resource that is on both sides.
func look(id string, before, after *resource) *finding {
	f := &finding{id: id, before: before, after: after, kind: kinds()[before.kind], risk: deploy.Safe}
	if before.kind != after.kind {
		f.fields = []deploy.FieldChange{{Path: "Type", Before: before.kind, After: after.kind}}
		f.deepen(isNew, "its type changes, which CloudFormation refuses under one logical id: give it another")
		return f
	}
	if before.exists != after.exists {
		f.fields = append(f.fields, deploy.FieldChange{Path: "Condition", After: "decided at apply"})
		f.deepen(inPlace, "whether it exists is decided at apply")
	}
	f.attributes()
	f.properties()
	return f
}

func (f *finding) attributes() {
	for _, d := range differences("", "", f.before.attributes, f.after.attributes) {
		f.fields = append(f.fields, d.shown())
		f.deepen(inPlace, "")
	}
	for _, name := range []string{"DeletionPolicy", "UpdateReplacePolicy"} {
		was, is := f.before.policy(name, f.kind), f.after.policy(name, f.kind)
		if saves(was) > saves(is) {
			f.cost(deploy.Disruptive, fmt.Sprintf("%s %s is taken away: later changes can lose %s", name, was, cmp.Or(f.kind.data, "it")))
		}
	}
}

func (f *finding) properties() {
	a, b := f.before.properties, f.after.properties
	found := differences("Properties", "", a, b)
	if len(found) == 0 {
		return
	}
	for _, d := range found {
		f.fields = append(f.fields, d.shown())
	}
	f.deepen(inPlace, "")
	if a.form != object || b.form != object {
		f.deepen(perhapsNew, "its properties are not known before apply")
		return
	}
	for _, name := range union(a.keys, b.keys) {
		if !equal(a.get(name), b.get(name)) && !f.kind.names(name) {
			f.deepen(perhapsNew, name+" is not known to leave it as it is")
		}
	}
	f.apply(func(path string) bool { return !equal(dig(a, path), dig(b, path)) }, "%s changes")
	f.protection(a, b)
}

// apply lets the table speak of every property that touched names.
func (f *finding) apply(touched func(path string) bool, because string) {
	for _, p := range f.kind.replace {
		if touched(p) {
			f.deepen(isNew, fmt.Sprintf(because, dotted(p)))
		}
	}
	for _, p := range f.kind.mayReplace {
		if touched(p) && !f.settled(p) {
			f.deepen(perhapsNew, fmt.Sprintf(because, dotted(p)))
		}
	}
	for _, p := range f.kind.fixed {
		if touched(p) {
			f.cost(deploy.Disruptive, "CloudFormation refuses to change "+dotted(p))
		}
	}
	for _, w := range f.kind.disrupts {
		if touched(w.property) {
			f.cost(deploy.Disruptive, w.text)
		}
	}
}

func dotted(path string) string { return strings.ReplaceAll(path, "/", ".") }

// settled reports whether the resource shows that a change of the property
// leaves it as it is.
func (f *finding) settled(property string) bool {
	rule, ok := f.kind.unless[property]
	name, want, exact := strings.Cut(rule, "=")
	shows := func(v value) bool { return v.form != absent && (!exact || v.form == text && v.text == want) }
	return ok && shows(f.before.properties.get(name)) && shows(f.after.properties.get(name))
}

// protection looks at values that protect.
func (f *finding) protection(a, b value) {
	for _, w := range f.kind.guards {
		was, is := dig(a, w.property), dig(b, w.property)
		if strings.EqualFold(was.text, w.text) && !strings.EqualFold(is.text, w.text) {
			f.cost(deploy.Disruptive, fmt.Sprintf("%s is %s no longer", dotted(w.property), w.text))
		}
	}
	for _, w := range f.kind.weaker {
		if was, is, ok := numbers(dig(a, w.property), dig(b, w.property)); ok && is < was {
			f.cost(deploy.Disruptive, w.text)
		}
	}
	for _, w := range f.kind.lower {
		was, is := dig(a, w.property), dig(b, w.property)
		if x, y, ok := numbers(was, is); ok && y < x || was.form == absent && is.form != absent {
			f.cost(deploy.Destructive, w.text)
		}
	}
}

func numbers(a, b value) (x, y float64, ok bool) {
	x, err1 := strconv.ParseFloat(a.text, 64)
	y, err2 := strconv.ParseFloat(b.text, 64)
	return x, y, err1 == nil && err2 == nil && a.form == text && b.form == text
}

// policy is what a resource's DeletionPolicy or UpdateReplacePolicy comes to:
// Retain, Snapshot or Delete.
func (r *resource) policy(name string, k kind) string {
	switch v := r.attribute(name); {
	case v == "Retain", v == "RetainExceptOnCreate" && name == "DeletionPolicy":
		return "Retain"
	case v == "Snapshot" && k.snapshots:
		return v
	case v == "" && name == "DeletionPolicy" && r.kind == "AWS::RDS::DBInstance" && r.properties.get("DBClusterIdentifier").form == absent:
		return "Snapshot" // the one type that has it by default
	}
	return "Delete"
}

func saves(policy string) int { return slices.Index([]string{"Delete", "Snapshot", "Retain"}, policy) }
