package connector

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
)

// builder makes fields of one specification.
type builder struct {
	root map[string]any
	left int // schemas that may still be looked at
}

// place says where a schema stands.
type place struct {
	required bool
	form     bool // directly in one form of several
	depth    int
}

// tooDeep is where a specification that contains itself is no longer followed.
const tooDeep = 24

func anything() *catalog.Field { return &catalog.Field{Type: catalog.AnyType} }

func (b *builder) field(schema any, at place) catalog.Field {
	s := b.shape(schema)
	if b.left < 0 || at.depth > tooDeep {
		// What is said of it is left to the whole schema.
		m, _ := schema.(map[string]any)
		return catalog.Field{Type: catalog.AnyType, Required: at.required, Secret: m["airbyte_secret"] == true}
	}
	f := catalog.Field{Type: catalog.AnyType, Description: description(s.words), Required: at.required, Nullable: s.nullable,
		Secret: s.words["airbyte_secret"] == true}
	if types := b.types(s); len(types) == 1 {
		f.Type = types[0]
	}
	switch f.Type {
	case "object":
		b.object(&f, s, at)
	case "array":
		b.array(&f, s, at)
	default:
		scalar(&f, s, at)
	}
	if def := s.words["default"]; def != nil && at.required && f.Const == nil && fits(&f, def) {
		f.Default = node(def)
	}
	return f
}

func (b *builder) array(f *catalog.Field, s *shape, at place) {
	f.Items = anything()
	if items, ok := s.words["items"].(map[string]any); ok {
		item := b.field(items, place{depth: at.depth + 1})
		f.Items = &item
	}
	f.Items.Secret = f.Items.Secret || f.Secret
}

func (b *builder) object(f *catalog.Field, s *shape, at place) {
	switch {
	case len(s.forks) == 1 && b.toldApart(s.forks[0]):
		b.forms(f, s, at)
	default:
		for _, fork := range s.forks {
			b.allWays(s, fork, 0)
		}
		f.Fields = b.fields(s, place{depth: at.depth + 1})
	}
	f.Values = b.values(f, s, at)
	if f.Secret {
		conceal(f.Fields)
	}
}

// values describes the values under other names than those listed. Almost every
// connector takes other names and passes over them, so that saying nothing of
// them, or true, does not make them known: a misspelt one would go unseen.
func (b *builder) values(f *catalog.Field, s *shape, at place) *catalog.Field {
	switch more := s.words["additionalProperties"].(type) {
	case map[string]any:
		v := b.field(more, place{depth: at.depth + 1})
		return &v
	case bool:
		if !more {
			break
		}
		if f.Fields.Len() == 0 && len(f.OneOf) == 0 {
			return anything()
		}
	default:
		if f.Fields.Len() == 0 && len(f.OneOf) == 0 {
			return anything()
		}
	}
	if s.words["patternProperties"] != nil {
		return anything()
	}
	return nil
}

// fields are the properties in the order that the connector gives them.
func (b *builder) fields(s *shape, at place) catalog.Fields {
	for _, name := range s.required {
		if _, known := s.props[name]; !known {
			s.props[name] = map[string]any{}
		}
	}
	order := map[string]float64{}
	for name, schema := range s.props {
		order[name] = orderOf(schema)
	}
	names := slices.SortedFunc(maps.Keys(s.props), func(x, y string) int {
		return cmp.Or(cmp.Compare(order[x], order[y]), cmp.Compare(x, y))
	})
	fields := catalog.Fields{Keys: names}
	for _, name := range names {
		at.required = slices.Contains(s.required, name)
		fields.Values = append(fields.Values, b.field(s.props[name], at))
	}
	return fields
}

func orderOf(schema any) float64 {
	m, _ := schema.(map[string]any)
	if n, ok := m["order"].(json.Number); ok {
		if x, err := n.Float64(); err == nil {
			return x
		}
	}
	if parts, ok := m["allOf"].([]any); ok && len(parts) > 0 {
		return orderOf(parts[0])
	}
	return math.Inf(1)
}

// conceal makes every single value a secret.
func conceal(fields catalog.Fields) {
	for i := range fields.Values {
		f := &fields.Values[i]
		f.Secret = f.Secret || f.Type == "string" && f.Const == nil
		conceal(f.Fields)
	}
}

// description is what the connector says of a field, without its HTML.
func description(words map[string]any) string {
	text, _ := words["description"].(string)
	if text == "" {
		text, _ = words["title"].(string)
	}
	return strings.Join(strings.Fields(tags.ReplaceAllString(text, "")), " ")
}

var tags = regexp.MustCompile(`(?i)</?(a|b|br|code|div|em|i|li|ol|p|span|strong|ul)(\s[^<>]*)?/?>`)
