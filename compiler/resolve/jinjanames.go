package resolve

import "slices"

// jinjaNames are the names that a SQL file sets for itself, one scope in the
// other. A name that is set on one way only is none behind it: on the other way
// Jinja would find dbt's.
type jinjaNames []jinjaScope

type jinjaScope struct {
	word     string     // what opened it: if, for, set
	names    []string   // those of the branch that is read
	branches [][]string // of an if: those of the branches before
	whole    bool       // of an if: there is an else
}

func (n jinjaNames) has(name string) bool {
	return slices.ContainsFunc(n, func(s jinjaScope) bool { return s.word != "set" && slices.Contains(s.names, name) })
}

func (n jinjaNames) bind(names []string) {
	for i := len(n) - 1; i >= 0; i-- {
		if n[i].word != "set" {
			n[i].names = append(n[i].names, names...)
			return
		}
	}
}

func (n *jinjaNames) push(word string, names []string) {
	*n = append(*n, jinjaScope{word: word, names: slices.Clone(names)})
}

// turn begins another branch.
func (n jinjaNames) turn(last bool) {
	if len(n) == 1 {
		return // one that nothing opened; Jinja refuses it
	}
	top := &n[len(n)-1]
	top.branches, top.names, top.whole = append(top.branches, top.names), nil, last
}

// pop ends a scope. The names of {% set x %}…{% endset %} hold from there on, and
// so do those that every branch of an if has set.
func (n *jinjaNames) pop() {
	if len(*n) == 1 {
		return
	}
	top := (*n)[len(*n)-1]
	*n = (*n)[:len(*n)-1]
	switch {
	case top.word == "set":
		n.bind(top.names)
	case top.word == "if" && top.whole:
		n.bind(slices.DeleteFunc(top.names, func(name string) bool {
			return slices.ContainsFunc(top.branches, func(branch []string) bool { return !slices.Contains(branch, name) })
		}))
	}
}
