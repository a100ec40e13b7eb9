package connector

import (
	"encoding/json"
	"slices"
	"strings"
)

// strict copies a schema with the words that hold a value to something, where
// they are used as JSON Schema wants it. Specifications are written by hand:
// some have `required: true` at a property, some words of their own. Formats are
// left out, because fields hold to them; so is, for a secret, all that is said
// of its text, which nobody knows here.
func strict(schema map[string]any, refs bool) map[string]any {
	out := map[string]any{}
	for key, v := range schema {
		if kept, ok := keep(key, v, refs); ok {
			out[key] = kept
		}
	}
	if schema["airbyte_secret"] == true {
		for _, key := range []string{"pattern", "minLength", "maxLength", "enum"} {
			delete(out, key)
		}
	}
	return out
}

func keep(key string, v any, refs bool) (any, bool) {
	switch key {
	case "type":
		return types(v)
	case "properties", "patternProperties", "definitions", "$defs", "dependentSchemas":
		return schemas(v, refs)
	case "oneOf", "anyOf", "allOf", "prefixItems":
		return schemaList(v, refs)
	case "not", "if", "then", "else", "contains", "propertyNames", "additionalProperties", "items", "additionalItems":
		return oneSchema(v, refs)
	case "required":
		return nameList(v)
	case "enum":
		list, ok := v.([]any)
		return list, ok && len(list) > 0
	case "const":
		return v, true
	case "pattern":
		text, ok := v.(string)
		return text, ok
	case "$ref":
		ref, ok := v.(string)
		return ref, ok && refs && (ref == "#" || strings.HasPrefix(ref, "#/"))
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
		n, ok := v.(json.Number)
		return n, ok
	case "multipleOf":
		n, ok := v.(json.Number)
		return n, ok && !strings.HasPrefix(string(n), "-") && strings.Trim(string(n), "0.eE+-") != ""
	case "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties":
		n, ok := v.(json.Number)
		x, err := n.Int64()
		return n, ok && err == nil && x >= 0
	case "dependentRequired":
		m, ok := v.(map[string]any)
		out := map[string]any{}
		for name, names := range m {
			if kept, ok := nameList(names); ok {
				out[name] = kept
			}
		}
		return out, ok
	case "uniqueItems":
		on, ok := v.(bool)
		return on, ok
	}
	return nil, false
}

func types(v any) (any, bool) {
	all := slices.DeleteFunc(texts(v), func(t string) bool { return t != "null" && !slices.Contains(known, t) })
	slices.Sort(all)
	all = slices.Compact(all)
	out := make([]any, len(all))
	for i, t := range all {
		out[i] = t
	}
	return out, len(out) > 0
}

func schemas(v any, refs bool) (any, bool) {
	m, ok := v.(map[string]any)
	out := map[string]any{}
	for name, schema := range m {
		out[name], _ = oneSchema(schema, refs)
		if out[name] == nil {
			out[name] = true
		}
	}
	return out, ok
}

func schemaList(v any, refs bool) (any, bool) {
	list, _ := v.([]any)
	var out []any
	for _, schema := range list {
		if kept, ok := oneSchema(schema, refs); ok {
			out = append(out, kept)
		}
	}
	return out, len(out) > 0
}

// oneSchema is a schema or a boolean; the items of a tuple, which other versions
// of JSON Schema have, are let be.
func oneSchema(v any, refs bool) (any, bool) {
	switch x := v.(type) {
	case bool:
		return x, true
	case map[string]any:
		return strict(x, refs), true
	}
	return nil, false
}

func nameList(v any) (any, bool) {
	list, ok := v.([]any)
	var out []any
	for _, name := range list {
		if _, text := name.(string); text && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out, ok && len(out) > 0
}
