package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Production is the environment that is meant where none is named.
const Production = "production"

// EnvironmentNames lists the environments of the file in file order, production
// first where the file does not name it.
func EnvironmentNames(root *source.Node) []string {
	var names []string
	if envs := root.Get("environments"); envs != nil {
		for _, e := range envs.Entries {
			names = append(names, e.Key)
		}
	}
	if !slices.Contains(names, Production) {
		names = slices.Insert(names, 0, Production)
	}
	return names
}

// overlay lays the chosen environment over the file. Placeholders of the other
// environments are not looked at: their variables need not be set here. gone is
// what the environment takes out of the file, by its path, with the places.
func overlay(root *source.Node, environment string, list *diag.List) (merged *source.Node, gone map[string]source.Span) {
	names := EnvironmentNames(root)
	envs := root.Get("environments")
	if !slices.Contains(names, environment) {
		span := root.Span
		if envs != nil {
			span = envs.Span
		}
		list.Add(diag.Diagnostic{Code: UnknownOverlay, Span: span,
			Message: fmt.Sprintf("environment %q is not in this file", environment),
			Suggest: diag.Nearest(environment, names),
			Detail:  "Known environments: " + strings.Join(names, ", ") + "."})
		return withoutOverlays(root), nil
	}
	whole := root
	if environment != Production {
		root = cautious(root, environment)
	}
	over := envs.Get(environment)
	if over == nil || over.Kind == source.Null {
		return withoutOverlays(root), nil
	}
	if over.Kind != source.Map {
		list.Add(diag.Diagnostic{Code: "TAP103", Span: over.Span,
			Message: fmt.Sprintf("environment %q must be a map, not %s", environment, over.Kind)})
		return withoutOverlays(root), nil
	}
	for _, e := range over.Entries {
		if e.Key == "environments" || e.Key == "version" || e.Key == "name" {
			list.Add(diag.Diagnostic{Code: UnknownOverlay, Span: e.KeySpan,
				Message: fmt.Sprintf("an environment cannot change %q", e.Key)})
		}
	}
	gone = map[string]source.Span{}
	removals(whole, over, nil, gone, list)
	return source.Overlay(withoutOverlays(root), over), gone
}

// removals notes what over takes out of base, and reports what is not there to
// be taken.
func removals(base, over *source.Node, path []string, gone map[string]source.Span, list *diag.List) {
	if base != nil && base.Kind != source.Map && base.Kind != source.Null {
		return // a map in place of something else
	}
	for _, e := range over.Entries {
		under, way := base.Get(e.Key), append(slices.Clone(path), e.Key)
		switch {
		case e.Value.Kind == source.Map:
			removals(under, e.Value, way, gone, list)
		case e.Value.Kind != source.Null:
		case under != nil:
			gone[strings.Join(way, ".")] = e.KeySpan
		default:
			list.Add(idle(base, e, way))
		}
	}
}

// idle is a null under a key that the file does not have.
func idle(base *source.Node, e source.Entry, way []string) diag.Diagnostic {
	d := diag.Diagnostic{Code: IdleRemoval, Span: e.KeySpan,
		Message: fmt.Sprintf("null takes %q away, which the file does not have", strings.Join(way, "."))}
	places := map[string]source.Span{}
	var names []string
	if base != nil {
		for _, other := range base.Entries {
			names = append(names, other.Key)
			places[other.Key] = other.KeySpan
		}
	}
	d.Suggest = diag.Nearest(e.Key, names)
	d.Detail = "In an environment null removes a key of the file. Remove the line where there is nothing to remove."
	if d.Suggest != "" {
		d.Related = append(d.Related, diag.Note{Span: places[d.Suggest], Message: fmt.Sprintf("%q is here", d.Suggest)})
	}
	return d
}

// withoutOverlays empties each environment, keeping its name.
func withoutOverlays(root *source.Node) *source.Node {
	i := slices.IndexFunc(root.Entries, func(e source.Entry) bool { return e.Key == "environments" })
	if i < 0 || root.Entries[i].Value.Kind != source.Map {
		return root
	}
	c := *root
	c.Entries = slices.Clone(root.Entries)
	envs := *c.Entries[i].Value
	envs.Entries = slices.Clone(envs.Entries)
	for j := range envs.Entries {
		envs.Entries[j].Value = &source.Node{Span: envs.Entries[j].KeySpan}
	}
	c.Entries[i].Value = &envs
	return &c
}

// cautious is the file as an environment other than production starts from:
// nothing is sent anywhere unless the overlay itself says so, and a database
// that the file names is not shared with production.
func cautious(root *source.Node, environment string) *source.Node {
	root = within(root, []string{"destinations", "*"}, switchedOff)
	root = within(root, []string{"destinations", "*", "syncs", "*"}, switchedOff)
	return within(root, []string{"snowflake", "database"}, func(db *source.Node) *source.Node {
		existing := db.Get("existing")
		if existing != nil && existing.Text == "true" {
			return db
		}
		suffix := "_" + strings.ToUpper(strings.ReplaceAll(environment, "-", "_"))
		return within(db, []string{"name"}, func(name *source.Node) *source.Node {
			c := *name
			c.Text += suffix
			return &c
		})
	})
}

// switchedOff takes an `enabled: true` away.
func switchedOff(n *source.Node) *source.Node {
	if on := n.Get("enabled"); on == nil || on.Text != "true" {
		return n
	}
	c := *n
	c.Entries = slices.DeleteFunc(slices.Clone(n.Entries), func(e source.Entry) bool { return e.Key == "enabled" })
	return &c
}

// within gives n with change made to what stands at path; * is every key.
func within(n *source.Node, path []string, change func(*source.Node) *source.Node) *source.Node {
	if len(path) == 0 {
		return change(n)
	}
	out := n
	for i, e := range n.Entries {
		if path[0] != "*" && path[0] != e.Key {
			continue
		}
		v := within(e.Value, path[1:], change)
		if v == e.Value {
			continue
		}
		if out == n {
			c := *n
			c.Entries = slices.Clone(n.Entries)
			out = &c
		}
		out.Entries[i].Value = v
	}
	return out
}
