package stackdiff

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// sections are those outside Resources whose differences are told. Conditions
// and Mappings are not among them: what they decide is.
var sections = []string{"Description", "Metadata", "Rules", "Transform"}

// rest tells what else differs.
func rest(templates [2]*template, sides [2]Side) []deploy.FieldChange {
	all := parameters(templates, sides, secrets(templates))
	for _, s := range sections {
		all = append(all, differences(s, "", templates[0].plain(s), templates[1].plain(s))...)
	}
	all = append(all, differences("Outputs", "", templates[0].outputs(), templates[1].outputs())...)
	all = append(all, differences("Tags", "", tags(sides[0]), tags(sides[1]))...)
	var shown []deploy.FieldChange
	for _, f := range all {
		shown = append(shown, f.shown())
	}
	return shown
}

// plain reads a section as it is written.
func (t *template) plain(section string) value {
	n := t.root.Get(section)
	if n == nil {
		return value{form: absent}
	}
	return t.reader.read(n)
}

func tags(s Side) value {
	m := map[string]value{}
	for k, v := range s.Tags {
		m[k] = str(v)
	}
	return entries(m)
}

// outputs are those that exist.
func (t *template) outputs() value {
	m := map[string]value{}
	for _, e := range entriesOf(t.section("Outputs")) {
		v := t.reader.read(e.Value)
		switch c := v.get("Condition"); t.reader.conditions[c.text].truth {
		case no:
			continue
		case yes:
			v = v.without("Condition")
		}
		m[e.Key] = v
	}
	return entries(m)
}

// parameters compares declarations and values. A value that is not known yet on
// either side is no difference.
func parameters(templates [2]*template, sides [2]Side, secrets map[string]bool) []field {
	var declared, values [2]map[string]value
	unsettled := open(templates, sides)
	for i, t := range templates {
		declared[i], values[i] = map[string]value{}, map[string]value{}
		for _, e := range entriesOf(t.section("Parameters")) {
			declared[i][e.Key] = declaration(t.reader, e.Value)
			if v, ok := given(e, sides[i]); ok && !unsettled[e.Key] {
				values[i][e.Key] = scalar(v, secrets[e.Key])
			}
		}
	}
	all := differences("Parameters", "", entries(values[0]), entries(values[1]))
	for _, name := range union(keys(declared[0]), keys(declared[1])) {
		before, after := item(declared[0], name), item(declared[1], name)
		_, shown := values[0][name]
		_, too := values[1][name]
		// One that comes or goes is told by its value, where it has one.
		if before.form == after.form || !shown && !too {
			all = append(all, differences("Parameters."+name, "", before, after)...)
		}
	}
	return all
}

// declaration is a parameter without its Default, which counts as its value.
func declaration(r *reader, n *source.Node) value {
	return r.read(n).without("Default")
}

func scalar(s string, secret bool) value {
	if secret {
		return value{form: masked, text: s}
	}
	return str(s)
}

func keys(m map[string]value) []string { return entries(m).keys }

// renewed gives the outputs that name a resource which is replaced: they get a
// new value although the template says the same.
func renewed(templates [2]*template, findings []*finding) []deploy.FieldChange {
	deep := map[string]bool{}
	for _, f := range findings {
		deep[f.id] = f.depth >= perhapsNew
	}
	var all []deploy.FieldChange
	before, outputs := templates[0].outputs(), templates[1].outputs()
	for i, name := range outputs.keys {
		v := outputs.items[i].get("Value")
		if !equal(v, before.get(name).get("Value")) {
			continue // shown anyway
		}
		if slices.ContainsFunc(refers(v), func(id string) bool { return deep[id] }) {
			all = append(all, deploy.FieldChange{Path: "Outputs." + name + ".Value", Before: show(v), After: show(v) + " (new)"})
		}
	}
	return all
}

func byPath(a, b deploy.FieldChange) int { return strings.Compare(a.Path, b.Path) }
