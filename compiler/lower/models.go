package lower

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

func sortStreams(streams []ir.Stream) {
	slices.SortFunc(streams, func(a, b ir.Stream) int { return cmp.Compare(a.ID, b.ID) })
}

func lowerModel(m *resolve.Model) ir.Model {
	out := ir.Model{
		ID: m.Name, Relation: Limit(strings.ToUpper(m.Name), snowflakeLimit), Description: m.Spec.Description.V,
		Materialized: m.Spec.Materialized.Or("table"), SQL: m.SQL, SQLPath: m.Spec.SQL.V,
		UniqueBy: m.Spec.UniqueBy.Strings(), Merge: ir.Merge(m.Spec.Merge.Or(string(ir.FirstRow))), Origin: m.KeySpan,
	}
	for _, in := range m.Inputs {
		out.Inputs = append(out.Inputs, lowerInput(in))
	}
	for _, c := range m.Columns {
		from := slices.Clone(c.From)
		slices.SortFunc(from, func(a, b ir.ColumnRef) int {
			return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Column, b.Column))
		})
		out.Columns = append(out.Columns, ir.ModelColumn{Name: c.Name, SQL: strings.ToUpper(c.Name), Type: c.Type, PII: c.PII, From: from, Origin: c.Span})
	}
	slices.SortFunc(out.Columns, func(a, b ir.ModelColumn) int {
		return cmp.Or(cmp.Compare(rank(out.UniqueBy, a.Name), rank(out.UniqueBy, b.Name)), cmp.Compare(a.Name, b.Name))
	})
	out.Refs, out.Streams = reads(m)
	out.Tests = lowerTests(m)
	return out
}

func lowerInput(in *resolve.Input) ir.Input {
	out := ir.Input{From: in.Spec.From.V, IsModel: in.Model != nil && in.Stream == nil, Relation: in.Spec.From.V, Origin: in.Spec.Span}
	if in.Stream != nil {
		out.Relation = Staging(in.Stream.Source.Name, in.Stream.Key)
	}
	for _, p := range in.Spec.Columns.Pairs {
		out.Columns = append(out.Columns, ir.ColumnPair{Model: p.To.V, ModelSQL: strings.ToUpper(p.To.V), Input: p.From.V,
			InputSQL: resolve.WarehouseName(p.From.V), Origin: p.To.Span})
	}
	slices.SortFunc(out.Columns, func(a, b ir.ColumnPair) int { return cmp.Compare(a.Model, b.Model) })
	for _, o := range in.Spec.OrderBy {
		column, desc := resolve.Order(o.V)
		out.OrderBy = append(out.OrderBy, ir.Order{Column: column, SQL: resolve.WarehouseName(column), Desc: desc})
	}
	return out
}

func reads(m *resolve.Model) (models, streams []string) {
	add := func(st *resolve.Stream, parent *resolve.Model) {
		switch {
		case st != nil:
			streams = append(streams, st.ID)
		case parent != nil:
			models = append(models, parent.Name)
		}
	}
	for _, in := range m.Inputs {
		add(in.Stream, in.Model)
	}
	for _, r := range m.Refs {
		add(r.Stream, r.Model)
	}
	slices.Sort(models)
	slices.Sort(streams)
	return slices.Compact(models), slices.Compact(streams)
}

func lowerTests(m *resolve.Model) []ir.Test {
	var out []ir.Test
	for _, item := range m.Spec.DataTests.Items {
		for _, t := range item.Value.Items {
			out = append(out, ir.Test{Column: item.Key, SQL: strings.ToUpper(item.Key), Name: t.Name.V,
				Values: spec.Strings(t.Values), To: t.To.V, Field: t.Field.V})
		}
	}
	slices.SortStableFunc(out, func(a, b ir.Test) int {
		return cmp.Or(cmp.Compare(a.Column, b.Column), cmp.Compare(a.Name, b.Name))
	})
	return out
}
