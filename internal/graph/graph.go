package graph

import (
	"cmp"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// Graph is a pipeline as nodes and edges, both sorted.
type Graph struct {
	// Format is the version of the JSON form.
	Format      int    `json:"format"`
	Pipeline    string `json:"pipeline"`
	Environment string `json:"environment"`
	Nodes       []Node `json:"nodes"`
	Edges       []Edge `json:"edges"`
	Columns     []Flow `json:"columns"`
}

// Node is a stream, a model or a sync.
type Node struct {
	ID   string `json:"id"`   // stream:zoom.users
	Kind string `json:"kind"` // stream, model, sync
	Name string `json:"name"` // zoom.users
	// Group is the source or the destination.
	Group   string   `json:"group,omitempty"`
	Detail  string   `json:"detail,omitempty"` // incremental_deduped, table, mirror
	Columns []Column `json:"columns"`
	Off     bool     `json:"off,omitempty"` // a sync that sends nothing
}

// Column is one column of a node.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
	PII  bool   `json:"pii,omitempty"`
}

// Edge says that To reads From.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Flow says that one column is computed from another.
type Flow struct {
	From End  `json:"from"`
	To   End  `json:"to"`
	PII  bool `json:"pii,omitempty"`
}

// End is one end of a Flow.
type End struct {
	Node   string `json:"node"`
	Column string `json:"column"`
}

// New makes the graph of a pipeline.
func New(p *ir.Pipeline) Graph {
	g := Graph{Format: 1, Pipeline: p.Name, Environment: p.Env}
	for _, s := range p.Sources {
		for _, st := range s.Streams {
			g.Nodes = append(g.Nodes, streamNode(s, st))
		}
	}
	for _, m := range p.Models {
		g.addModel(m)
	}
	for _, d := range p.Destinations {
		for _, s := range d.Syncs {
			g.addSync(d, s)
		}
	}
	for _, e := range p.Lineage() {
		g.Columns = append(g.Columns, Flow{End(e.From), End(e.To), e.PII})
	}
	slices.SortFunc(g.Nodes, func(a, b Node) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(g.Edges, func(a, b Edge) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	g.Edges = slices.Compact(g.Edges)
	return g
}

func streamNode(s ir.Source, st ir.Stream) Node {
	n := Node{ID: "stream:" + st.ID, Kind: "stream", Name: st.ID, Group: s.ID, Detail: string(st.SyncMode)}
	for _, c := range st.Columns {
		n.Columns = append(n.Columns, Column{c.Name, string(c.Type.Kind), c.PII})
	}
	return n
}

func (g *Graph) addModel(m ir.Model) {
	n := Node{ID: "model:" + m.ID, Kind: "model", Name: m.ID, Detail: m.Materialized}
	for _, c := range m.Columns {
		n.Columns = append(n.Columns, Column{c.Name, string(c.Type.Kind), c.PII})
	}
	g.Nodes = append(g.Nodes, n)
	for _, s := range m.Streams {
		g.Edges = append(g.Edges, Edge{"stream:" + s, n.ID})
	}
	for _, r := range m.Refs {
		g.Edges = append(g.Edges, Edge{"model:" + r, n.ID})
	}
}

func (g *Graph) addSync(d ir.Destination, s ir.Sync) {
	n := Node{ID: "sync:" + s.ID, Kind: "sync", Name: s.ID, Group: d.ID, Detail: string(s.Mode), Off: !s.Enabled}
	for _, c := range slices.Concat(s.Keys, s.Fields) {
		n.Columns = append(n.Columns, Column{c.Field, string(c.Type.Kind), c.PII})
	}
	g.Nodes = append(g.Nodes, n)
	g.Edges = append(g.Edges, Edge{"model:" + s.Model, n.ID})
}
