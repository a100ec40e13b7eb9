package resolve

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/decode"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

func isText(name string) func(spec.Text) bool {
	return func(t spec.Text) bool { return t.V == name }
}

func (p *Program) addDestination(item *decode.Item[spec.Destination]) {
	d := &Destination{Name: item.Key, KeySpan: item.KeySpan, Spec: &item.Value, Connector: item.Key, ConnectorSpan: item.KeySpan}
	if c := item.Value.Connector; c.Set {
		d.Connector, d.ConnectorSpan = c.V, c.Span
	}
	d.Entry, d.EntryProblems = p.Catalog.Destination(d.Connector)
	for i := range item.Value.Syncs.Items {
		s := &item.Value.Syncs.Items[i]
		d.Syncs = append(d.Syncs, &Sync{ID: d.Name + "." + s.Key, Key: s.Key, KeySpan: s.KeySpan, Spec: &s.Value,
			Destination: d, Model: p.models[s.Value.Model.V], Mode: ir.Mode(s.Value.Mode.Or(string(ir.Upsert)))})
	}
	p.Destinations = append(p.Destinations, d)
}
