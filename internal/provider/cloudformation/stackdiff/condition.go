package stackdiff

import (
	"fmt"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// truth is what is known of a condition.
type truth uint8

const (
	maybe truth = iota
	yes
	no
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// verdict is a condition as far as it is known. The digest stands for what it
// asks where that is open.
type verdict struct {
	truth  truth
	digest string
}

// judgement decides the conditions of a template, each once.
type judgement struct {
	reader *reader
	nodes  *source.Node
	open   map[string]bool // being decided: to meet one again is a circle
	err    error
}

// decide fills in the reader's conditions.
func (r *reader) decide(conditions *source.Node) error {
	j := judgement{reader: r, nodes: conditions, open: map[string]bool{}}
	if conditions == nil {
		return nil
	}
	for _, e := range conditions.Entries {
		j.named(e.Key)
	}
	return j.err
}

func (j *judgement) named(name string) verdict {
	if v, ok := j.reader.conditions[name]; ok {
		return v
	}
	n := j.nodes.Get(name)
	switch {
	case n == nil:
		j.fail(fmt.Errorf("the condition %s is not defined", name))
	case j.open[name]:
		j.fail(fmt.Errorf("the condition %s depends on itself", name))
	default:
		j.open[name] = true
		v := j.of(n)
		j.reader.conditions[name] = v
		return v
	}
	return verdict{}
}

func (j *judgement) fail(err error) {
	if j.err == nil {
		j.err = err
	}
}

func (j *judgement) of(n *source.Node) verdict {
	name, arg, ok := intrinsic(n)
	if !ok && len(n.Entries) == 1 && n.Entries[0].Key == "Condition" {
		name, arg = "Condition", n.Entries[0].Value
	}
	switch name {
	case "Condition":
		if arg.Kind == source.Scalar {
			return j.named(arg.Text)
		}
	case "Equals":
		if args := j.reader.args(arg); len(args) == 2 {
			return same(args[0], args[1])
		}
	case "Not":
		if arg.Kind == source.List && len(arg.Items) == 1 {
			return not(j.of(arg.Items[0]))
		}
	case "And", "Or":
		if arg.Kind == source.List && len(arg.Items) > 0 {
			return j.several(name, arg.Items)
		}
	}
	return verdict{digest: digest(write(j.reader.read(n)))}
}

func not(v verdict) verdict {
	switch v.truth {
	case yes:
		return verdict{truth: no}
	case no:
		return verdict{truth: yes}
	}
	return verdict{digest: digest("not " + v.digest)}
}

// several decides And and Or: one part that settles it is enough, and what is
// known otherwise does not count.
func (j *judgement) several(name string, parts []*source.Node) verdict {
	settles := truthOf(name == "Or")
	var open []string
	settled := false
	for _, p := range parts {
		v := j.of(p)
		settled = settled || v.truth == settles
		if v.truth == maybe {
			open = append(open, v.digest)
		}
	}
	switch {
	case settled:
		return verdict{truth: settles}
	case len(open) == 0:
		return verdict{truth: truthOf(name == "And")}
	}
	return verdict{digest: digest(fmt.Sprint(name, open))}
}

func same(a, b value) verdict {
	if equal(a, b) {
		return verdict{truth: yes}
	}
	if known(a) && known(b) {
		return verdict{truth: truthOf(write(unmask(a)) == write(unmask(b)))}
	}
	return verdict{digest: digest("equals " + write(a) + " " + write(b))}
}

// unmask lets a masked value be compared with a plain one.
func unmask(v value) value {
	if v.form == masked {
		return str(v.text)
	}
	return v
}

// known reports whether nothing in a value is left to CloudFormation.
func known(v value) bool {
	if v.form == call {
		return false
	}
	for _, item := range v.items {
		if !known(item) {
			return false
		}
	}
	return true
}
