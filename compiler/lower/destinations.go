package lower

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

func lowerDestination(d *resolve.Destination, p *ir.Pipeline) ir.Destination {
	out := ir.Destination{
		ID: d.Name, Connector: d.Connector, Title: d.Entry.Title, Engine: d.Entry.Engine,
		Enabled: d.Spec.Enabled.Or(p.Env == spec.Production),
		Config:  resolve.Config(d.Entry.Config, nil, d.Spec.Config), Origin: d.KeySpan,
	}
	g := d.Entry.Grouparoo
	out.Grouparoo = ir.GrouparooDestination{Plugin: g.Plugin, App: g.App, DestinationType: g.Destination}
	for i, option := range g.AppOptions.Keys {
		if v, ok := optionValue(g.AppOptions.Values[i], out.Config); ok {
			out.Grouparoo.Options = append(out.Grouparoo.Options, ir.Field{Name: option, Value: v})
		}
	}
	for _, s := range d.Syncs {
		out.Syncs = append(out.Syncs, lowerSync(s, out.Enabled, p))
	}
	slices.SortFunc(out.Syncs, func(a, b ir.Sync) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// optionValue is the field of from that fills an option of the engine, or the
// constant that follows "=".
func optionValue(rule string, from ir.Value) (ir.Value, bool) {
	if text, constant := strings.CutPrefix(rule, "="); constant {
		return ir.Value{Kind: ir.StringValue, Text: text}, true
	}
	return from.Field(rule)
}

func lowerSync(s *resolve.Sync, enabled bool, p *ir.Pipeline) ir.Sync {
	dest, entry := s.Destination.Name, s.Destination.Entry
	out := ir.Sync{
		ID: s.ID, Key: s.Key, Model: s.Model.Name, Where: strings.TrimSpace(s.Spec.Where.V),
		Keys: lowerColumns(s.Spec.Key, s.Model), Fields: lowerColumns(s.Spec.Fields, s.Model), Tags: spec.Strings(s.Spec.Tags),
		Mode: s.Mode, OnRemoved: onRemoved(s), Guard: lowerGuard(s), OnDestroy: s.Spec.OnDestroy.Or("keep"),
		RenamedFrom: s.Spec.RenamedFrom.V, Enabled: enabled && s.Spec.Enabled.Or(true), Schedule: p.Transform.Schedule,
		Segment: syncName("seg", dest, s.Key), Snapshot: syncName("snap", dest, s.Key), View: ViewName(dest, s.Key),
		Names: grouparooNames(dest, s.Key), Origin: s.KeySpan,
	}
	if out.RenamedFrom != "" {
		out.RenamedDestination = grouparooNames(dest, out.RenamedFrom).Destination
	}
	out.Engine, _ = entry.Modes.Get(string(s.Mode))
	out.Options = lowerOptions(entry, s, out.Keys)
	return out
}

func lowerOptions(entry *catalog.Destination, s *resolve.Sync, keys []ir.SyncColumn) []ir.Field {
	object := ""
	if n := s.Spec.To.Get("object"); n != nil {
		object = n.Text
	}
	to := resolve.Config(entry.ToFields(object), nil, s.Spec.To)
	var out []ir.Field
	for i, option := range entry.Grouparoo.Options.Keys {
		if v, ok := optionValue(entry.Grouparoo.Options.Values[i], to); ok {
			out = append(out, ir.Field{Name: option, Value: v})
		}
	}
	for _, option := range entry.Grouparoo.KeyOptions {
		out = append(out, ir.Field{Name: option, Value: ir.Value{Kind: ir.StringValue, Text: keys[0].Field}})
	}
	return out
}

func lowerColumns(m spec.Mapping, model *resolve.Model) []ir.SyncColumn {
	out := make([]ir.SyncColumn, 0, len(m.Pairs))
	for _, pair := range m.Pairs {
		c := model.Column(pair.From.V)
		out = append(out, ir.SyncColumn{Field: pair.To.V, Column: c.Name, SQL: strings.ToUpper(c.Name), Type: c.Type, PII: c.PII, Origin: pair.To.Span})
	}
	slices.SortFunc(out, func(a, b ir.SyncColumn) int { return cmp.Compare(a.Field, b.Field) })
	return out
}

// onRemoved is what the file says, or the destination's first way.
func onRemoved(s *resolve.Sync) string {
	if s.Mode != ir.Mirror {
		return ""
	}
	if s.Spec.OnRemoved.Set {
		return s.Spec.OnRemoved.V
	}
	if ways := s.Destination.Entry.OnRemoved; len(ways) > 0 {
		return ways[0]
	}
	return ""
}

// lowerGuard fills the limits: a mirror that says nothing may take out 10% of
// the members in one run and wants at least one row, since it is the one mode
// that can empty an audience.
func lowerGuard(s *resolve.Sync) ir.Guard {
	g := s.Spec.Guard
	out := ir.Guard{MaxRemovals: -1, MaxRemovalsPercent: -1, Origin: g.Span}
	if s.Mode == ir.Mirror {
		out.MinRows = g.MinRows.Or(1)
	} else {
		out.MinRows = g.MinRows.Or(0)
	}
	switch {
	case g.MaxRemovals.Set && g.MaxRemovals.Percent:
		out.MaxRemovalsPercent = g.MaxRemovals.N
	case g.MaxRemovals.Set:
		out.MaxRemovals = g.MaxRemovals.N
	case s.Mode == ir.Mirror:
		out.MaxRemovalsPercent = 10
	}
	return out
}
