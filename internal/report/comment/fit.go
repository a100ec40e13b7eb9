package comment

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// rank says how soon a piece is left out: the highest first.
type rank int

// The ranks. What is always there has none.
const (
	always rank = iota
	rankFirst
	rankGraveDiff
	rankPreview
	rankGraveRow
	rankDownstream
	rankNote
	rankPicture
	rankRow
	rankDiff
	rankStatement
)

// node is a piece of a body: a leaf with text, or a group around other nodes.
type node struct {
	open, close string // written where anything is between them
	kids        []node
	// more says how many leaves of the group are left out.
	more func(n int) string

	text string
	rank rank
	noun string // what a leaf is: row, diff
	gone bool
}

// page is a body before it is fitted. The notice of what is missing stands
// between head and rest.
type page struct {
	head string
	rest []node
	foot string
}

func fixed(text string) node { return node{text: text} }

// render writes a node and what it holds.
func (n *node) render(b *strings.Builder) {
	if n.kids == nil {
		if !n.gone {
			b.WriteString(n.text)
		}
		return
	}
	var inner strings.Builder
	missing := 0
	for i := range n.kids {
		n.kids[i].render(&inner)
		if n.kids[i].gone {
			missing++
		}
	}
	more := ""
	if missing > 0 && n.more != nil {
		more = n.more(missing)
	}
	if inner.Len() == 0 {
		b.WriteString(more)
		return
	}
	b.WriteString(n.open + inner.String() + more + n.close)
}

// leaves lists what can be left out, in the order of the page.
func leaves(nodes []node) []*node {
	var out []*node
	for i := range nodes {
		n := &nodes[i]
		if n.kids != nil {
			out = append(out, leaves(n.kids)...)
		} else if n.rank != always {
			out = append(out, n)
		}
	}
	return out
}

// fit leaves out as little as it must for the page to have at most limit bytes,
// and says what: from the least important to the most, from the end to the top.
func (p *page) fit(limit int, notice func(missing []deploy.Count) string) (string, bool) {
	order := leaves(p.rest)
	slices.Reverse(order)
	slices.SortStableFunc(order, func(a, b *node) int { return cmp.Compare(b.rank, a.rank) })
	write := func(n int) string {
		for i, leaf := range order {
			leaf.gone = i < n
		}
		var b strings.Builder
		b.WriteString(p.head + notice(missing(order[:n])))
		for i := range p.rest {
			p.rest[i].render(&b)
		}
		b.WriteString(p.foot)
		return b.String()
	}
	n := sort.Search(len(order), func(n int) bool { return len(write(n)) <= limit })
	text := write(n)
	for len(text) > limit && n < len(order) { // what says that a leaf is missing can be longer than the leaf
		n++
		text = write(n)
	}
	return text, n > 0
}

// missing counts leaves by what they are, in the order in which they went.
func missing(gone []*node) []deploy.Count {
	var out []deploy.Count
	for _, leaf := range gone {
		i := slices.IndexFunc(out, func(c deploy.Count) bool { return c.Name == leaf.noun })
		if i < 0 {
			out = append(out, deploy.Count{Name: leaf.noun})
			i = len(out) - 1
		}
		out[i].N++
	}
	return out
}
