package resolve

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Config makes the connector's configuration: what the file says, with the
// constants and defaults of the catalogue, in catalogue order. open describes the
// values of names that fields does not have; where it is nil they are left out.
func Config(fields catalog.Fields, open *catalog.Field, n *source.Node) ir.Value {
	out := ir.Value{Kind: ir.ObjectValue}
	for i, name := range fields.Keys {
		f := &fields.Values[i]
		given := n.Get(name)
		switch {
		case given != nil && (given.Kind != source.Null || f.Nullable):
			out.Fields = append(out.Fields, ir.Field{Name: name, Value: field(f, given)})
		case f.Const != nil:
			out.Fields = append(out.Fields, ir.Field{Name: name, Value: field(f, f.Const)})
		case f.Default != nil:
			out.Fields = append(out.Fields, ir.Field{Name: name, Value: field(f, f.Default)})
		}
	}
	if open != nil && n != nil {
		out.Fields = append(out.Fields, others(fields, open, n)...)
	}
	return out
}

// others are the entries of n that fields does not have, by name.
func others(fields catalog.Fields, open *catalog.Field, n *source.Node) []ir.Field {
	var out []ir.Field
	for _, e := range n.Entries {
		if !slices.Contains(fields.Keys, e.Key) {
			out = append(out, ir.Field{Name: e.Key, Value: field(open, e.Value)})
		}
	}
	slices.SortFunc(out, func(a, b ir.Field) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func field(f *catalog.Field, n *source.Node) ir.Value {
	if n.Style == source.Reference {
		return ir.Value{Kind: ir.SecretValue, Secret: n.Text, Origin: n.Span}
	}
	switch n.Kind {
	case source.Null:
		return ir.Value{}
	case source.Map:
		return object(f, n)
	case source.List:
		out := ir.Value{Kind: ir.ListValue, Origin: n.Span}
		item := f.Items
		if item == nil {
			item = within(f)
		}
		for _, i := range n.Items {
			out.List = append(out.List, field(item, i))
		}
		return out
	}
	return scalar(f.Type, n)
}

// within describes the values inside one of which no fields are known.
func within(f *catalog.Field) *catalog.Field {
	if f.Type == catalog.AnyType {
		return &catalog.Field{Type: catalog.AnyType}
	}
	return &catalog.Field{}
}

func object(f *catalog.Field, n *source.Node) ir.Value {
	fields := f.Fields
	if v := Choose(f, n); v != nil {
		fields = catalog.Fields{Keys: append(append([]string{}, fields.Keys...), v.Fields.Keys...),
			Values: append(append([]catalog.Field{}, fields.Values...), v.Fields.Values...)}
	}
	open := f.Values
	if open == nil && fields.Len() == 0 {
		open = within(f) // an object of which the catalogue knows no fields is passed on as it is
	}
	out := Config(fields, open, n)
	out.Origin = n.Span
	return out
}

func scalar(typ string, n *source.Node) ir.Value {
	v := ir.Value{Kind: ir.StringValue, Text: n.Text, Origin: n.Span}
	if typ == catalog.AnyType && n.Style == source.Plain {
		typ = plainType(n.Text)
	}
	switch typ {
	case "integer", "number":
		v.Kind = ir.NumberValue
	case "boolean":
		v.Kind, v.Bool, v.Text = ir.BoolValue, n.Text == "true", ""
	}
	return v
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// plainType is the type of a text without quotes where several would do.
func plainType(text string) string {
	switch {
	case text == "true" || text == "false":
		return "boolean"
	case jsonNumber.MatchString(text):
		return "number"
	}
	return "string"
}
