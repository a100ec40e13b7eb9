package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// configCodes are the codes of everything below config and to.
var configCodes = []diag.Code{UnknownField, MissingField, WrongFieldType, BadFieldValue, ClearSecret, ShownSecret, UnknownForm}

// checkConfigs: what stands under config and to is what the catalogue says of
// the connector (TAP210 to TAP216).
func checkConfigs(p *resolve.Program, add report) {
	for _, s := range p.Sources {
		if e := sourceEntry(s); e != nil {
			checkSourceConfig(s, e, add)
		}
	}
	for _, d := range p.Destinations {
		e := destinationEntry(d)
		if e == nil {
			continue
		}
		checkConfig(config{add, d.Name, d.Connector, "config"}, e.Config, nil, d.Spec.Config, d.KeySpan)
		for _, s := range d.Syncs {
			checkConfig(config{add, d.Name, d.Connector, "to"}, e.To, nil, s.Spec.To, s.KeySpan)
		}
	}
}

// config says whose configuration is looked at.
type config struct {
	add       report
	owner     string // key of the source or destination
	connector string
	block     string // config or to
}

func checkConfig(c config, fields catalog.Fields, open *catalog.Field, n *source.Node, key source.Span) {
	switch {
	case n == nil || n.Kind == source.Null:
		c.absent(fields, n, key)
	case n.Style == source.Unknown:
	case n.Kind != source.Map:
		d := problem(WrongFieldType, n.Span, "%q must be a map with the fields of %s", c.block, quote(c.connector))
		d.Hidden = values(n)
		c.add(d)
	default:
		c.object(fields, open, n, "")
	}
}

// absent reports once that a whole block with required fields is not there.
func (c config) absent(fields catalog.Fields, n *source.Node, key source.Span) {
	required := requiredFields(fields)
	if len(required) == 0 {
		return
	}
	at := key
	if n != nil {
		at = n.Span
	}
	d := problem(MissingField, at, "%s needs %q with: %s", quote(c.connector), c.block, list(required))
	d.Detail = c.example(fields, required)
	c.add(d)
}

func requiredFields(fields catalog.Fields) []string {
	var names []string
	for i, name := range fields.Keys {
		if isRequired(&fields.Values[i]) {
			names = append(names, name)
		}
	}
	return names
}

func isRequired(f *catalog.Field) bool { return f.Required && f.Default == nil && f.Const == nil }

// example shows how the required fields are written.
func (c config) example(fields catalog.Fields, names []string) string {
	lines := []string{"For example:", c.block + ":"}
	for _, name := range names {
		f, _ := fields.Get(name)
		lines = append(lines, "  "+name+": "+c.sample(name, &f))
	}
	return strings.Join(lines, "\n")
}

func (c config) sample(name string, f *catalog.Field) string {
	switch {
	case f.Secret:
		return c.reference(name)
	case f.Example != "":
		return f.Example
	case len(f.Enum) > 0:
		return f.Enum[0]
	}
	return "…"
}

// reference is the way to write a secret for a field.
func (c config) reference(field string) string {
	return "${secret." + folded(c.owner+"_"+field) + "}"
}

// object holds the entries of a map against fields. path is the way to the map
// with a dot behind it, or empty. open describes the values of other names; where
// it is nil there are none.
func (c config) object(fields catalog.Fields, open *catalog.Field, n *source.Node, path string) {
	for _, e := range n.Entries {
		i := slices.Index(fields.Keys, e.Key)
		switch {
		case i >= 0:
			c.value(&fields.Values[i], e.Value, path+e.Key)
		case open != nil && !slices.ContainsFunc(fields.Keys, func(name string) bool { return oneSlip(name, e.Key) }):
			c.value(open, e.Value, path+e.Key)
		default:
			c.unknown(fields, e, path)
		}
	}
	for _, name := range requiredFields(fields) {
		if n.Get(name) == nil && !c.misspelt(fields, n, name) {
			f, _ := fields.Get(name)
			c.missing(&f, n.Span, path+name)
		}
	}
}

// misspelt says that an unknown key of n is most like name, so that name was
// meant and is not also missing.
func (c config) misspelt(fields catalog.Fields, n *source.Node, name string) bool {
	return slices.ContainsFunc(n.Entries, func(e source.Entry) bool {
		return !slices.Contains(fields.Keys, e.Key) && nearest(e.Key, fields.Keys) == name
	})
}

func (c config) unknown(fields catalog.Fields, e source.Entry, path string) {
	d := problem(UnknownField, e.KeySpan, "%s has no field %s under %s", quote(c.connector), quote(path+e.Key), quote(c.block))
	d.Suggest = nearest(e.Key, fields.Keys)
	d.Detail = known("fields", fields.Keys)
	d.Hidden = values(e.Value) // it may be a secret under a misspelt name
	c.add(d)
}

func (c config) missing(f *catalog.Field, at source.Span, path string) {
	d := problem(MissingField, at, "%s needs the field %s under %s", quote(c.connector), quote(path), quote(c.block))
	name := path[strings.LastIndexByte(path, '.')+1:]
	d.Detail = strings.TrimSpace(f.Description + " For example: " + name + ": " + c.sample(name, f))
	c.add(d)
}

// value holds one value against its field.
func (c config) value(f *catalog.Field, n *source.Node, path string) {
	switch {
	case n.Style == source.Unknown:
	case n.Style == source.Reference:
		c.secret(f, n, path)
	case n.Kind == source.Null:
		if isRequired(f) && !f.Nullable {
			d := problem(MissingField, n.Span, "the field %s of %s has no value", quote(path), quote(c.connector))
			d.Detail = f.Description
			c.add(d)
		}
	case f.Secret && n.Kind == source.Scalar:
		c.inClear(n, path)
	default:
		c.typed(f, n, path)
	}
}

func (c config) secret(f *catalog.Field, n *source.Node, path string) {
	if f.Secret {
		return
	}
	d := problem(ShownSecret, n.Span, "the field %s of %s is no secret, so it cannot take a ${secret.…}", quote(path), quote(c.connector))
	d.Detail = "The connector keeps this field in the open: whoever may see its settings would read the secret. Use ${env.X} for a value that differs by place."
	c.add(d)
}

// values are the places of all single values in n that are no reference.
func values(n *source.Node) []source.Span {
	if n == nil || n.Style == source.Reference {
		return nil
	}
	var places []source.Span
	if n.Kind == source.Scalar {
		places = append(places, n.Span)
	}
	for _, e := range n.Entries {
		places = append(places, values(e.Value)...)
	}
	for _, item := range n.Items {
		places = append(places, values(item)...)
	}
	return places
}

// inClear never repeats the value, and no view may show its place.
func (c config) inClear(n *source.Node, path string) {
	name := path[strings.LastIndexByte(path, '.')+1:]
	d := problem(ClearSecret, n.Span, "the field %s of %s is a secret and must not be written in the file", quote(path), quote(c.connector))
	d.Detail = fmt.Sprintf("Write %s: %s and give the value to the job that applies the plan. If a real one stood here, everyone who can read the repository could read it: replace it. ${env.X} does not help, because its value is part of the plan.",
		name, c.reference(name))
	d.Hidden = values(n)
	c.add(d)
}

// typed looks at what kind of value n is, and then at its content.
func (c config) typed(f *catalog.Field, n *source.Node, path string) {
	switch want := kindOf(f); {
	case want != 0 && want != n.Kind:
		c.mismatch(f, n, path)
	case n.Kind == source.Map:
		c.nested(f, n, path)
	case n.Kind == source.List:
		if f.Items == nil {
			c.free(f, n, path)
			return
		}
		for i, item := range n.Items {
			c.value(f.Items, item, fmt.Sprintf("%s[%d]", path, i))
		}
	default:
		c.scalar(f, n, path)
	}
}

// kindOf is the kind of node that a field takes, or zero for any.
func kindOf(f *catalog.Field) source.Kind {
	switch {
	case f.Type == catalog.AnyType:
		return 0
	case f.Type == "object" || len(f.OneOf) > 0 || f.Fields.Len() > 0:
		return source.Map
	case f.Type == "array":
		return source.List
	case f.Type != "":
		return source.Scalar
	}
	return 0
}

func (c config) mismatch(f *catalog.Field, n *source.Node, path string) {
	what := map[string]string{"array": "a list", "object": "a map"}[f.Type]
	if what == "" {
		what = "a map"
		if kindOf(f) == source.Scalar {
			what = "a single value (" + f.Type + ")"
		}
	}
	d := problem(WrongFieldType, n.Span, "the field %s of %s must be %s, not %s", quote(path), quote(c.connector), what, n.Kind)
	d.Detail = f.Description
	if f.Secret {
		d.Hidden = values(n)
	}
	c.add(d)
}

// free looks for secrets in a value of which the catalogue knows no fields.
func (c config) free(f *catalog.Field, n *source.Node, path string) {
	inside := &catalog.Field{Type: f.Type}
	if f.Type != catalog.AnyType {
		inside.Type = ""
	}
	for _, e := range n.Entries {
		c.value(inside, e.Value, path+"."+e.Key)
	}
	for i, item := range n.Items {
		c.value(inside, item, fmt.Sprintf("%s[%d]", path, i))
	}
}
