package check

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// nested holds a map against the fields of an object, or against the form of it
// that is meant.
func (c config) nested(f *catalog.Field, n *source.Node, path string) {
	if len(f.OneOf) == 0 && f.Fields.Len() == 0 && f.Values == nil {
		c.free(f, n, path)
		return
	}
	if len(f.OneOf) == 0 {
		c.object(f.Fields, f.Values, n, path+".")
		return
	}
	form := resolve.Choose(f, n)
	if form == nil {
		c.noForm(f, n, path)
		return
	}
	if !saysForm(f, n) && c.undecided(f, n, path) {
		return
	}
	c.object(catalog.Fields{Keys: slices.Concat(f.Fields.Keys, form.Fields.Keys),
		Values: slices.Concat(f.Fields.Values, form.Fields.Values)}, f.Values, n, path+".")
}

// noForm reports a constant that no form has.
func (c config) noForm(f *catalog.Field, n *source.Node, path string) {
	for _, e := range n.Entries {
		if values := constants(f, e.Key); len(values) > 0 {
			d := problem(UnknownForm, e.Value.Span, "%s is no form of the field %s of %s", quote(e.Value.Text), quote(path), quote(c.connector))
			d.Suggest = nearest(e.Value.Text, values)
			d.Detail = known("forms", values)
			c.add(d)
			return
		}
	}
}

// constants lists the values by which forms are told apart at key.
func constants(f *catalog.Field, key string) []string {
	var values []string
	for _, v := range f.OneOf {
		if field, ok := v.Fields.Get(key); ok && field.Const != nil {
			values = append(values, field.Const.Text)
		}
	}
	return values
}

// saysForm reports whether n has at least one field of one form.
func saysForm(f *catalog.Field, n *source.Node) bool {
	return slices.ContainsFunc(n.Entries, func(e source.Entry) bool {
		return slices.ContainsFunc(f.OneOf, func(v catalog.Variant) bool { return slices.Contains(v.Fields.Keys, e.Key) })
	})
}

// undecided reports a map of which no entry says the form, where every form
// needs something: it would be unfair to ask for the fields of the first one.
func (c config) undecided(f *catalog.Field, n *source.Node, path string) bool {
	var forms, fields []string
	for _, v := range f.OneOf {
		required := requiredFields(v.Fields)
		if len(required) == 0 {
			return false
		}
		forms = append(forms, v.Title+" ("+strings.Join(required, ", ")+")")
		fields = append(fields, v.Fields.Keys...)
	}
	for _, e := range n.Entries {
		if near := nearest(e.Key, fields); near != "" && !slices.Contains(f.Fields.Keys, e.Key) {
			c.unknown(catalog.Fields{Keys: fields}, e, path+".")
			return true
		}
	}
	d := problem(MissingField, n.Span, "the field %s of %s has several forms, and nothing says which one is meant", quote(path), quote(c.connector))
	d.Detail = "Give the fields of one of them: " + strings.Join(forms, "; ") + "."
	c.add(d)
	return true
}
