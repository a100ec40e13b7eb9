package ir

import "slices"

// Edge is one step of column-level lineage: To is computed from From.
type Edge struct {
	From, To ColumnRef
	PII      bool
}

// Lineage gives every edge from stream columns through model columns to
// destination fields, sorted.
func (p *Pipeline) Lineage() []Edge {
	var edges []Edge
	for _, m := range p.Models {
		for _, c := range m.Columns {
			for _, from := range c.From {
				edges = append(edges, Edge{from, ColumnRef{"model:" + m.ID, c.Name}, c.PII})
			}
		}
	}
	for _, d := range p.Destinations {
		for _, s := range d.Syncs {
			for _, c := range slices.Concat(s.Keys, s.Fields) {
				edges = append(edges, Edge{ColumnRef{"model:" + s.Model, c.Column}, ColumnRef{"sync:" + s.ID, c.Field}, c.PII})
			}
		}
	}
	slices.SortFunc(edges, func(a, b Edge) int {
		return compareRefs(a.From, b.From, a.To, b.To)
	})
	return edges
}

func compareRefs(a, b, c, d ColumnRef) int {
	return slices.Compare(
		[]string{a.Node, a.Column, c.Node, c.Column},
		[]string{b.Node, b.Column, d.Node, d.Column},
	)
}
