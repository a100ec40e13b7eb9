package connector

import (
	"maps"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
)

// toldApart reports whether every way of a fork is an object, with constants
// under the same names that differ from way to way.
func (b *builder) toldApart(fork []any) bool {
	shapes := b.ways(fork)
	var names []string
	for i, s := range shapes {
		own := constants(s)
		if i == 0 {
			names = own
		}
		names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !slices.Contains(own, n) })
	}
	if len(names) == 0 {
		return false
	}
	seen := map[string]bool{}
	for _, s := range shapes {
		var key strings.Builder
		for _, name := range names {
			key.WriteString(written(constantOf(s.props[name])) + "\x00")
		}
		if seen[key.String()] {
			return false
		}
		seen[key.String()] = true
	}
	return true
}

// ways are the shapes of a fork. A way that forks again by constants of its own
// counts as each of its ways.
func (b *builder) ways(fork []any) []*shape {
	var out []*shape
	for _, way := range fork {
		s := b.shape(way)
		if b.left < 0 || len(out) > most {
			return out
		}
		if len(s.forks) != 1 || !b.toldApart(s.forks[0]) {
			for _, inner := range s.forks {
				b.allWays(s, inner, 0)
			}
			out = append(out, s)
			continue
		}
		for _, inner := range b.ways(s.forks[0]) {
			both := &shape{words: s.words, props: maps.Clone(s.props), required: slices.Concat(s.required, inner.required)}
			both.properties(map[string]any(inner.props))
			out = append(out, both)
		}
	}
	return out
}

// constants lists the properties that have one value only, sorted.
func constants(s *shape) []string {
	var names []string
	for name, schema := range s.props {
		if constantOf(schema) != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// constantOf is a const, or an enum of one; nil where it has none.
func constantOf(schema any) any {
	m, _ := schema.(map[string]any)
	if parts, ok := m["allOf"].([]any); ok {
		for _, part := range parts {
			if c := constantOf(part); c != nil {
				return c
			}
		}
	}
	return constant(m)
}

func constant(words map[string]any) any {
	v := words["const"]
	if enum, ok := words["enum"].([]any); ok && v == nil && len(enum) == 1 {
		v = enum[0]
	}
	if !isSingle(v) {
		return nil
	}
	return v
}

// forms makes a variant of each way. A property that some way has is in all of
// them, and not beside them.
func (b *builder) forms(f *catalog.Field, s *shape, at place) {
	shapes := b.ways(s.forks[0])
	for name, schema := range s.props {
		if !slices.ContainsFunc(shapes, func(way *shape) bool { return way.props[name] != nil }) {
			continue
		}
		for _, way := range shapes {
			way.properties(map[string]any{name: schema})
			if slices.Contains(s.required, name) {
				way.required = append(way.required, name)
			}
		}
		delete(s.props, name)
		s.required = slices.DeleteFunc(slices.Clone(s.required), func(n string) bool { return n == name })
	}
	// What is required beside the ways is, where a way has it, required there.
	for _, name := range slices.Clone(s.required) {
		if _, beside := s.props[name]; beside {
			continue
		}
		for _, way := range shapes {
			way.required = append(way.required, name)
		}
		s.required = slices.DeleteFunc(slices.Clone(s.required), func(n string) bool { return n == name })
	}
	f.Fields = b.fields(s, place{depth: at.depth + 1})
	for _, way := range shapes {
		title, _ := way.words["title"].(string)
		if title == "" {
			title = written(constantOf(way.props[constants(way)[0]]))
		}
		f.OneOf = append(f.OneOf, catalog.Variant{Title: title, Description: description(way.words),
			Fields: b.fields(way, place{form: true, depth: at.depth + 1})})
	}
}

// allWays adds the properties of every way to s, none of them required: which
// may stand together is for the whole schema to say.
func (b *builder) allWays(s *shape, fork []any, depth int) {
	if depth > deepest || b.left < 0 {
		return
	}
	found := map[string][]any{}
	for _, way := range fork {
		inner := b.shape(way)
		for _, more := range inner.forks {
			b.allWays(inner, more, depth+1)
		}
		for name, schema := range inner.props {
			found[name] = append(found[name], schema)
		}
	}
	for name, schemas := range found {
		if _, beside := s.props[name]; beside {
			continue
		}
		if len(schemas) == 1 {
			s.props[name] = schemas[0]
		} else {
			s.props[name] = map[string]any{"anyOf": schemas}
		}
	}
}

// joined is an object with forms as one with all their fields: the root of a
// configuration has no forms of its own.
func joined(f catalog.Field) catalog.Field {
	for _, v := range f.OneOf {
		for i, name := range v.Fields.Keys {
			field := v.Fields.Values[i]
			field.Required, field.Default = false, nil
			if c := field.Const; c != nil {
				field.Const, field.Enum = nil, []string{c.Text}
			}
			at := slices.Index(f.Fields.Keys, name)
			switch {
			case at < 0:
				f.Fields.Keys, f.Fields.Values = append(f.Fields.Keys, name), append(f.Fields.Values, field)
			case len(f.Fields.Values[at].Enum) > 0 && len(field.Enum) > 0:
				f.Fields.Values[at].Enum = append(f.Fields.Values[at].Enum, field.Enum...)
			}
		}
	}
	f.OneOf = nil
	return f
}
