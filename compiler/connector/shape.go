package connector

import (
	"slices"
	"strings"
)

// shape is one schema with its references followed and its allOf folded in.
type shape struct {
	words    map[string]any // what it says besides
	props    map[string]any // the schema of each property
	required []string
	forks    [][]any // each oneOf and anyOf
	nullable bool
}

// deepest is how far references and allOf are followed in one another.
const deepest = 32

func (b *builder) shape(schema any) *shape {
	s := &shape{words: map[string]any{}, props: map[string]any{}}
	b.absorb(s, schema, 0)
	b.withoutNull(s)
	return s
}

// absorb adds what schema says to s. What s says already counts, so a schema's
// own words come before those that it refers to.
func (b *builder) absorb(s *shape, schema any, depth int) {
	m, ok := schema.(map[string]any)
	if !ok || depth > deepest {
		return
	}
	b.left--
	if b.left < 0 {
		return
	}
	for key, v := range m {
		if _, known := s.words[key]; !known {
			s.words[key] = v
		}
	}
	s.properties(m["properties"])
	s.required = append(s.required, texts(m["required"])...)
	for _, key := range []string{"oneOf", "anyOf"} {
		if fork, ok := m[key].([]any); ok && len(fork) > 0 {
			s.forks = append(s.forks, fork)
		}
	}
	if ref, ok := m["$ref"].(string); ok {
		b.absorb(s, b.target(ref), depth+1)
	}
	for _, key := range []string{"allOf"} {
		parts, _ := m[key].([]any)
		for _, part := range parts {
			b.absorb(s, part, depth+1)
		}
	}
	for _, key := range []string{"then", "else"} {
		if part, ok := m[key].(map[string]any); ok {
			s.properties(part["properties"]) // names that there may be; the whole schema says when
		}
	}
}

func (s *shape) properties(v any) {
	m, _ := v.(map[string]any)
	for name, schema := range m {
		if known, twice := s.props[name]; twice {
			schema = map[string]any{"allOf": []any{known, schema}}
		}
		s.props[name] = schema
	}
}

// withoutNull takes out of the forks what only says that null may stand there.
// A fork with one way left is no fork.
func (b *builder) withoutNull(s *shape) {
	forks := s.forks
	s.forks = nil
	for _, fork := range forks {
		rest := slices.DeleteFunc(slices.Clone(fork), isNull)
		s.nullable = s.nullable || len(rest) < len(fork)
		if len(rest) == 1 {
			b.absorb(s, rest[0], 1)
			continue
		}
		s.forks = append(s.forks, rest)
	}
	types := texts(s.words["type"])
	s.nullable = s.nullable || slices.Contains(types, "null")
}

func isNull(schema any) bool {
	m, _ := schema.(map[string]any)
	t, _ := m["type"].(string)
	return t == "null"
}

// target is the schema that a reference within the specification leads to, or
// nil.
func (b *builder) target(ref string) any {
	way, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil
	}
	var at any = b.root
	for _, name := range strings.Split(strings.TrimPrefix(way, "/"), "/") {
		m, ok := at.(map[string]any)
		if !ok || way == "" {
			break
		}
		at = m[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)]
	}
	return at
}

// types lists the types that the schema takes, without null; none where it does
// not say.
func (b *builder) types(s *shape) []string {
	types := texts(s.words["type"])
	if len(types) == 0 {
		types = b.implied(s)
	}
	types = slices.DeleteFunc(slices.Clone(types), func(t string) bool { return t == "null" || !slices.Contains(known, t) })
	slices.Sort(types)
	types = slices.Compact(types)
	if slices.Equal(types, []string{"integer", "number"}) {
		return []string{"number"}
	}
	return types
}

var known = []string{"string", "integer", "number", "boolean", "array", "object"}

// implied are the types that a schema without the word means by others.
func (b *builder) implied(s *shape) []string {
	var types []string
	switch {
	case len(s.props) > 0:
		return []string{"object"}
	case s.words["items"] != nil:
		return []string{"array"}
	case s.words["const"] != nil:
		return []string{typeOf(s.words["const"])}
	}
	enum, _ := s.words["enum"].([]any)
	for _, v := range enum {
		types = append(types, typeOf(v))
	}
	for _, fork := range s.forks {
		for _, way := range fork {
			of := b.types(b.shape(way))
			if len(of) == 0 {
				return nil // one way takes anything
			}
			types = append(types, of...)
		}
	}
	return types
}

// texts is a text, or a list of which the texts count.
func texts(v any) []string {
	if text, ok := v.(string); ok {
		return []string{text}
	}
	list, _ := v.([]any)
	var out []string
	for _, item := range list {
		if text, ok := item.(string); ok {
			out = append(out, text)
		}
	}
	return out
}
