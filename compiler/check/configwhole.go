package check

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// checkSourceConfig holds a source's config against the fields of its connector
// and, where nothing is wrong with them, against all that the connector says.
func checkSourceConfig(s *resolve.Source, e *catalog.Source, add report) {
	found := false
	c := config{func(d diag.Diagnostic) { found = true; add(d) }, s.Name, s.Connector, "config"}
	checkConfig(c, e.Config, e.Open, s.Spec.Config, s.KeySpan)
	if found || e.Spec == nil || isUnsure(s.Spec.Config) {
		return
	}
	value := resolve.Config(e.Config, e.Open, s.Spec.Config)
	for _, r := range e.Spec.Refusals(plain(value)) {
		c.refused(r, s)
	}
}

// isUnsure says that a value in n is not known because of another mistake.
func isUnsure(n *source.Node) bool {
	if n == nil {
		return false
	}
	return n.Style == source.Unknown || slices.ContainsFunc(n.Items, isUnsure) ||
		slices.ContainsFunc(n.Entries, func(e source.Entry) bool { return isUnsure(e.Value) })
}

// refused reports what the connector does not take at the nearest place that the
// file has.
func (c config) refused(r catalog.Refusal, s *resolve.Source) {
	at, n, path := s.KeySpan, s.Spec.Config, ""
	if n != nil && n.Kind == source.Map {
		at = n.Span
	}
	for _, name := range r.Path {
		n = child(n, name)
		if n != nil && n.Span.IsValid() {
			at = n.Span
		}
		path = deeper(path, name)
	}
	for _, name := range r.Missing {
		c.add(problem(MissingField, at, "%s needs the field %s under %s", quote(c.connector), quote(deeper(path, name)), quote(c.block)))
	}
	if r.Why == "" {
		return
	}
	d := problem(BadFieldValue, at, "the field %s of %s must be %s", quote(path), quote(c.connector), r.Why)
	if path == "" {
		d.Message = quote(c.block) + " of " + quote(c.connector) + " must be " + r.Why
	}
	d.Detail = "The connector's own specification says so; tapestry-ci catalog show " + c.connector + " lists its fields."
	c.add(d)
}

func deeper(path, name string) string {
	switch _, err := strconv.Atoi(name); {
	case path == "":
		return name
	case err == nil:
		return path + "[" + name + "]"
	}
	return path + "." + name
}

func child(n *source.Node, name string) *source.Node {
	if n == nil || n.Kind != source.List {
		return n.Get(name)
	}
	i, err := strconv.Atoi(name)
	if err != nil || i < 0 || i >= len(n.Items) {
		return nil
	}
	return n.Items[i]
}

// plain is a configuration as JSON. A secret is some text.
func plain(v ir.Value) any {
	switch v.Kind {
	case ir.StringValue:
		return v.Text
	case ir.NumberValue:
		return json.Number(v.Text)
	case ir.BoolValue:
		return v.Bool
	case ir.SecretValue:
		return "${secret." + v.Secret + "}"
	case ir.ListValue:
		list := make([]any, len(v.List))
		for i, item := range v.List {
			list[i] = plain(item)
		}
		return list
	case ir.ObjectValue:
		object := make(map[string]any, len(v.Fields))
		for _, f := range v.Fields {
			object[f.Name] = plain(f.Value)
		}
		return object
	}
	return nil
}
