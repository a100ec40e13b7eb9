package decode

import (
	"reflect"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// SchemaBuilder makes JSON Schema (draft 2020-12) from the same tags that
// decoding reads. Structs become entries of $defs, named after their Go type.
type SchemaBuilder struct {
	Defs map[string]any
	// Suffix is put behind the name of each definition. Partial is the form of an
	// overlay: nothing is required, and null, which removes, may stand anywhere.
	Suffix  string
	Partial bool
}

// Of describes the type of v, a pointer or a value.
func (s *SchemaBuilder) Of(t reflect.Type) map[string]any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	pointer := reflect.New(t).Interface()
	if sc, ok := pointer.(Schemaer); ok {
		return sc.NodeSchema(s)
	}
	if p, ok := pointer.(placed); ok {
		return s.Of(reflect.TypeOf(p.inner()).Elem())
	}
	if m, ok := pointer.(Mapping); ok {
		return map[string]any{"type": []any{"object", "null"}, "additionalProperties": s.value(s.Of(m.Elem()))}
	}
	switch t.Kind() {
	case reflect.String:
		return TextSchema()
	case reflect.Bool:
		return asText(map[string]any{"type": "boolean"}, placeholder)
	case reflect.Int, reflect.Int64:
		return asText(map[string]any{"type": "integer"}, `^[+-]?[0-9]+$|`+placeholder)
	case reflect.Float64:
		return asText(map[string]any{"type": "number"}, `^[+-]?[0-9.]+$|`+placeholder)
	case reflect.Slice:
		return map[string]any{"type": []any{"array", "null"}, "items": s.Of(t.Elem())}
	case reflect.Struct:
		if t == reflect.TypeFor[source.Node]() {
			return map[string]any{}
		}
		return s.structure(t)
	}
	panic("decode: no schema for " + t.String())
}

// placeholder finds a ${env.X} in a text: what it stands for is not known to a
// schema.
const placeholder = `\$\{env\.`

// asText also allows the value as a text of that form: whether a number stands
// in quotes does not matter to decoding.
func asText(value map[string]any, pattern string) map[string]any {
	return map[string]any{"anyOf": []any{value, map[string]any{"type": "string", "pattern": pattern}}}
}

// value is the schema of one value of a map: in an overlay it may be null.
func (s *SchemaBuilder) value(schema map[string]any) map[string]any {
	if !s.Partial {
		return schema
	}
	return map[string]any{"anyOf": []any{schema, map[string]any{"type": "null"}}}
}

// TextSchema allows what decoding takes as text: any scalar.
func TextSchema() map[string]any {
	return map[string]any{"type": []any{"string", "number", "boolean"}}
}

func (s *SchemaBuilder) structure(t reflect.Type) map[string]any {
	name := t.Name() + s.Suffix
	ref := map[string]any{"$ref": "#/$defs/" + name}
	if _, ok := s.Defs[name]; ok {
		return ref
	}
	object := map[string]any{}
	s.Defs[name] = object // before the fields: types may contain themselves
	l := layoutOf(t)
	properties := map[string]any{}
	var required []any
	for _, f := range l.fields {
		properties[f.name] = s.field(f)
		if f.required {
			required = append(required, f.name)
		}
	}
	object["type"] = []any{"object", "null"}
	object["additionalProperties"] = false
	object["properties"] = properties
	if l.open {
		object["patternProperties"] = map[string]any{"^x-": map[string]any{}}
	}
	if required != nil && !s.Partial {
		object["required"] = required
		object["type"] = "object"
	}
	return ref
}

func (s *SchemaBuilder) field(f field) map[string]any {
	out := map[string]any{}
	for k, v := range s.value(s.bounded(f)) {
		out[k] = v
	}
	if f.doc != "" {
		out["description"] = f.doc
	}
	if f.example != "" {
		out["examples"] = []any{f.example}
	}
	if f.def != "" {
		out["default"] = f.def
	}
	return out
}

// bounded is the schema of the field's type with what its tags say of the value.
func (s *SchemaBuilder) bounded(f field) map[string]any {
	if f.enum != nil {
		return map[string]any{"anyOf": []any{map[string]any{"enum": anyOf(f.enum)}, map[string]any{"type": "string", "pattern": placeholder}}}
	}
	out := map[string]any{}
	for k, v := range s.Of(f.typ) {
		out[k] = v
	}
	if f.rawPat != "" {
		out["pattern"] = "(" + f.rawPat + ")|" + placeholder
	}
	if f.min != nil { // says nothing of a text
		out["minimum"] = *f.min
	}
	if f.max != nil {
		out["maximum"] = *f.max
	}
	return out
}

func anyOf(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = strings.TrimSpace(w)
	}
	return out
}

// OfValue describes the type that v points to.
func (s *SchemaBuilder) OfValue(v any) map[string]any { return s.Of(reflect.TypeOf(v).Elem()) }
