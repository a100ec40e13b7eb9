package stackdiff

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// open gives the parameters whose value cannot be compared, because it is not
// known on one of the sides: they stay references on both.
func open(templates [2]*template, sides [2]Side) map[string]bool {
	names := map[string]bool{}
	for i, t := range templates {
		for _, e := range entriesOf(t.section("Parameters")) {
			v, ok := given(e, sides[i])
			// A stack tells the value of a NoEcho parameter as stars.
			if !ok || v == Unknown || hidden(e.Value) && v == mask {
				names[e.Key] = true
			}
		}
	}
	return names
}

func entriesOf(n *source.Node) []source.Entry {
	if n == nil {
		return nil
	}
	return n.Entries
}

// given is the value of a parameter, or its Default.
func given(e source.Entry, side Side) (string, bool) {
	if v, ok := side.Parameters[e.Key]; ok {
		return v, true
	}
	if d := e.Value.Get("Default"); d != nil && d.Kind != source.Map {
		return strings.Join(texts(d), ","), true
	}
	return "", false
}

func texts(n *source.Node) []string {
	if n.Kind != source.List {
		return []string{n.Text}
	}
	var all []string
	for _, item := range n.Items {
		all = append(all, item.Text)
	}
	return all
}

func hidden(declaration *source.Node) bool {
	n := declaration.Get("NoEcho")
	return n != nil && strings.EqualFold(n.Text, "true")
}

// secrets gives the parameters that one of the sides never shows.
func secrets(templates [2]*template) map[string]bool {
	names := map[string]bool{}
	for _, t := range templates {
		for _, e := range entriesOf(t.section("Parameters")) {
			if hidden(e.Value) {
				names[e.Key] = true
			}
		}
	}
	return names
}

// values gives what Ref of each parameter is, but for those that are open.
func (t *template) values(side Side, open, secrets map[string]bool) map[string]value {
	all := map[string]value{}
	for _, e := range entriesOf(t.section("Parameters")) {
		if open[e.Key] {
			continue
		}
		v, _ := given(e, side)
		all[e.Key] = typed(e.Value.Get("Type"), v, secrets[e.Key])
	}
	return all
}

// typed is a value as its type has it. Of a parameter that names one of the
// Parameter Store, the name is all that is known here.
func typed(kind *source.Node, v string, secret bool) value {
	form, name := text, ""
	if secret {
		form = masked
	}
	if kind != nil {
		name = kind.Text
	}
	scalar := value{form: form, text: v}
	switch {
	case strings.HasPrefix(name, "AWS::SSM::Parameter::Value<"):
		return fn("Parameter", scalar)
	case !strings.HasPrefix(name, "List<") && name != "CommaDelimitedList":
		return scalar
	}
	var items []value
	for _, s := range strings.Split(v, ",") {
		items = append(items, value{form: form, text: strings.TrimSpace(s)})
	}
	return seq(slices.Clip(items)...)
}
