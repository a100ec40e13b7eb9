package resolve

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Choose finds the form of f that n is meant to be: the one whose constants n
// gives, or else the one that shares most fields with it. It is nil where f has
// no forms.
func Choose(f *catalog.Field, n *source.Node) *catalog.Variant {
	var best *catalog.Variant
	score := -1
	for i := range f.OneOf {
		if s := fit(&f.OneOf[i], n); s > score {
			best, score = &f.OneOf[i], s
		}
	}
	return best
}

// fit weighs how well n is that form: a constant that matches counts most, one
// that differs excludes it, each known field counts one.
func fit(v *catalog.Variant, n *source.Node) int {
	total := 0
	for i, name := range v.Fields.Keys {
		given := n.Get(name)
		switch constant := v.Fields.Values[i].Const; {
		case given == nil:
		case constant == nil:
			total++
		case constant.Text == given.Text:
			total += 1000
		default:
			return -1
		}
	}
	return total
}

// Order reads one term of an order_by: a column, then asc or desc where it is
// said.
func Order(text string) (column string, desc bool) {
	fields := strings.Fields(text)
	if n := len(fields); n > 1 {
		switch strings.ToLower(fields[n-1]) {
		case "desc":
			return strings.Join(fields[:n-1], " "), true
		case "asc":
			return strings.Join(fields[:n-1], " "), false
		}
	}
	return strings.TrimSpace(text), false
}
