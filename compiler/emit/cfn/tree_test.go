package cfn

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// built is one resource of a variant, taken apart.
type built struct {
	variant, file string
	id, typ       string
	body          obj
	properties    obj
}

func (b built) String() string { return b.variant + " " + b.file + " " + b.id }

// resourcesOf gives every resource of every template of the variants.
func resourcesOf(variants ...variant) []built {
	var all []built
	for _, v := range variants {
		for _, t := range Templates(v.pipeline) {
			for i, e := range t.stack.resources {
				body := e.Value.(obj)
				properties, _ := body.Get("Properties").(obj)
				all = append(all, built{v.name, t.Path, e.Key, t.Resources[i].Type, body, properties})
			}
		}
	}
	return all
}

// resource gives one resource of a pipeline by its logical id.
func resource(t *testing.T, p *ir.Pipeline, file, id string) built {
	t.Helper()
	for _, r := range resourcesOf(variant{"", p}) {
		if r.file == file && r.id == id {
			return r
		}
	}
	require.Fail(t, "no resource "+id+" in "+file)
	return built{}
}

// walk calls visit for n and everything below it.
func walk(n node, visit func(node)) {
	visit(n)
	switch v := n.(type) {
	case obj:
		for _, e := range v {
			walk(e.Value, visit)
		}
	case list:
		for _, item := range v {
			walk(item, visit)
		}
	case yamltree.Tagged:
		walk(v.Value, visit)
	case yamltree.Commented:
		walk(v.Value, visit)
	}
}

// bare takes the comment off an item.
func uncommented(n node) node {
	if c, ok := n.(yamltree.Commented); ok {
		return c.Value
	}
	return n
}

// text is a node as it is written, for comparisons.
func text(n node) string {
	return string(yamltree.Document{Root: obj{k("x", n)}}.Bytes())
}

func texts(l list) []string {
	all := []string{}
	for _, n := range l {
		all = append(all, text(n))
	}
	return all
}

// statementsIn gives every policy statement below n.
func statementsIn(n node) []obj {
	var all []obj
	walk(n, func(n node) {
		m, ok := n.(obj)
		if ok && m.Get("Effect") != nil && m.Get("Action") != nil {
			all = append(all, m)
		}
	})
	return all
}

func field(m obj, key string) string {
	s, _ := m.Get(key).(str)
	return string(s)
}
