package lower

import (
	"cmp"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// lowerConfig makes the connector's configuration: what the file says, with the
// constants and defaults of the catalogue, in catalogue order.
func lowerConfig(fields catalog.Fields, n *source.Node) ir.Value {
	out := ir.Value{Kind: ir.ObjectValue}
	for i, name := range fields.Keys {
		f := &fields.Values[i]
		given := n.Get(name)
		switch {
		case given != nil && given.Kind != source.Null:
			out.Fields = append(out.Fields, ir.Field{Name: name, Value: lowerField(f, given)})
		case f.Const != nil:
			out.Fields = append(out.Fields, ir.Field{Name: name, Value: lowerField(f, f.Const)})
		case f.Default != nil:
			out.Fields = append(out.Fields, ir.Field{Name: name, Value: lowerField(f, f.Default)})
		}
	}
	return out
}

func lowerField(f *catalog.Field, n *source.Node) ir.Value {
	if n.Style == source.Reference {
		return ir.Value{Kind: ir.SecretValue, Secret: n.Text, Origin: n.Span}
	}
	switch n.Kind {
	case source.Null:
		return ir.Value{}
	case source.Map:
		return lowerObject(f, n)
	case source.List:
		out := ir.Value{Kind: ir.ListValue, Origin: n.Span}
		item := f.Items
		if item == nil {
			item = &catalog.Field{}
		}
		for _, i := range n.Items {
			out.List = append(out.List, lowerField(item, i))
		}
		return out
	}
	return lowerScalar(f.Type, n)
}

func lowerObject(f *catalog.Field, n *source.Node) ir.Value {
	fields := f.Fields
	if v := resolve.Choose(f, n); v != nil {
		fields = catalog.Fields{Keys: append(append([]string{}, fields.Keys...), v.Fields.Keys...),
			Values: append(append([]catalog.Field{}, fields.Values...), v.Fields.Values...)}
	}
	if fields.Len() > 0 {
		out := lowerConfig(fields, n)
		out.Origin = n.Span
		return out
	}
	// An object of which the catalogue knows no fields is passed on as it is.
	out := ir.Value{Kind: ir.ObjectValue, Origin: n.Span}
	for _, e := range n.Entries {
		out.Fields = append(out.Fields, ir.Field{Name: e.Key, Value: lowerField(&catalog.Field{}, e.Value)})
	}
	slices.SortFunc(out.Fields, func(a, b ir.Field) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func lowerScalar(typ string, n *source.Node) ir.Value {
	v := ir.Value{Kind: ir.StringValue, Text: n.Text, Origin: n.Span}
	switch typ {
	case "integer", "number":
		v.Kind = ir.NumberValue
	case "boolean":
		v.Kind, v.Bool, v.Text = ir.BoolValue, n.Text == "true", ""
	}
	return v
}
