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
	// Suffix is put behind the name of each definition, and Partial leaves out
	// what is required: the form of an overlay.
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
		return map[string]any{"type": "object", "additionalProperties": s.Of(m.Elem())}
	}
	switch t.Kind() {
	case reflect.String:
		return TextSchema()
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.Of(t.Elem())}
	case reflect.Struct:
		if t == reflect.TypeFor[source.Node]() {
			return map[string]any{}
		}
		return s.structure(t)
	}
	panic("decode: no schema for " + t.String())
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
	for k, v := range s.Of(f.typ) {
		out[k] = v
	}
	if f.doc != "" {
		out["description"] = f.doc
	}
	if f.enum != nil {
		delete(out, "type")
		out["anyOf"] = []any{map[string]any{"enum": anyOf(f.enum)}, map[string]any{"type": "string", "pattern": `\$\{env\.`}}
	}
	if f.rawPat != "" {
		out["pattern"] = "(" + f.rawPat + `)|\$\{env\.`
	}
	if f.min != nil {
		out["minimum"] = *f.min
	}
	if f.max != nil {
		out["maximum"] = *f.max
	}
	if f.example != "" {
		out["examples"] = []any{f.example}
	}
	if f.def != "" {
		out["default"] = f.def
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
