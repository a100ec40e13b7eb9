package stackdiff

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

//go:embed kinds.yaml
var kindsYAML []byte

// kind is what is known of a type of resource; kinds.yaml says what each word
// means.
type kind struct {
	known                               bool
	source, data, outage, name, lock    string
	snapshots                           bool
	replace, mayReplace, fixed, inPlace []string
	unless                              map[string]string
	disrupts, guards, weaker, lower     []remark
}

// remark is a property with what is said of it, in the order of the file.
type remark struct{ property, text string }

// kinds is the whole table, by type.
var kinds = sync.OnceValue(func() map[string]kind {
	root, problems := source.Parse("kinds.yaml", kindsYAML)
	if len(problems) > 0 {
		panic(fmt.Sprintf("kinds.yaml: %v", problems)) // it is part of the program
	}
	all := map[string]kind{}
	for _, e := range root.Entries {
		all[e.Key] = kindOf(e.Value)
	}
	return all
})

func kindOf(n *source.Node) kind {
	k := kind{known: true, unless: map[string]string{}}
	single := map[string]*string{"source": &k.source, "data": &k.data, "outage": &k.outage, "name": &k.name, "lock": &k.lock}
	several := map[string]*[]string{"replace": &k.replace, "may_replace": &k.mayReplace, "fixed": &k.fixed, "in_place": &k.inPlace}
	remarks := map[string]*[]remark{"disrupts": &k.disrupts, "guards": &k.guards, "weaker": &k.weaker, "lower": &k.lower}
	for _, e := range n.Entries {
		if p := single[e.Key]; p != nil {
			*p = e.Value.Text
		}
		if p := several[e.Key]; p != nil {
			*p = texts(e.Value)
		}
		if p := remarks[e.Key]; p != nil {
			*p = words(e.Value)
		}
	}
	k.snapshots = n.Get("snapshots") != nil
	if unless := n.Get("unless"); unless != nil {
		for _, w := range words(unless) {
			k.unless[w.property] = w.text
		}
	}
	return k
}

func words(n *source.Node) []remark {
	var all []remark
	for _, e := range n.Entries {
		all = append(all, remark{e.Key, e.Value.Text})
	}
	return all
}

// names reports whether the table says anything of a top-level property.
func (k kind) names(property string) bool {
	for _, list := range [][]string{k.replace, k.mayReplace, k.fixed, k.inPlace} {
		if slices.ContainsFunc(list, func(p string) bool { return p == property || strings.HasPrefix(p, property+"/") }) {
			return true
		}
	}
	return false
}

// firstOff is said of a lock.
const firstOff = " has to be switched off before"

// locked names what keeps a resource from being deleted, or nothing.
func (k kind) locked(properties value) string {
	for _, g := range k.guards {
		if g.property == k.lock && strings.EqualFold(dig(properties, k.lock).text, g.text) {
			return dotted(k.lock)
		}
	}
	return ""
}

// dig gives the value at a path such as EncryptionConfiguration/KmsKey. Items
// of a list are named by their key.
func dig(v value, path string) value {
	for _, step := range strings.Split(path, "/") {
		if v.form == list {
			v = entry(v, step)
		} else {
			v = v.get(step)
		}
	}
	return v
}

func entry(v value, name string) value {
	for _, item := range v.items {
		for _, key := range itemKeys {
			if k := item.get(key); k.form == text && k.text == name {
				return item
			}
		}
	}
	return value{form: absent}
}
