package connector

import "slices"

// bounded reports whether holding a value to a schema takes a time that grows
// with the value and not with the ways through the schema: following its
// references gives no more than a bounded number of schemas, and where one leads
// back to itself, it does so by one way only. A schema that says of a value
// "either this whole schema or this whole schema" doubles the work at each level.
func bounded(root map[string]any) bool {
	w := &walk{root: builder{root: root}, left: most, open: map[string]int{}}
	return w.schema(root, 0)
}

// walk follows a schema. open has the references that are being followed, with
// the number of forks that lay before each.
type walk struct {
	root builder
	left int
	open map[string]int
}

// forking are the words behind which a schema is about the same value as the one
// around it, or about one that another word may be about too.
var forking = []string{"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "contains", "dependentSchemas", "patternProperties", "propertyNames"}

func (w *walk) schema(v any, forks int) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return true
	}
	w.left--
	if w.left < 0 {
		return false
	}
	if ref, ok := m["$ref"].(string); ok && !w.reference(ref, forks) {
		return false
	}
	for _, key := range sortedKeys(m) {
		inner := forks
		switch key {
		case "$ref", "$defs", "definitions", "const", "enum":
			continue
		case "properties":
		default:
			if slices.Contains(forking, key) {
				inner++
			}
		}
		if !w.inside(key, m[key], inner) {
			return false
		}
	}
	return true
}

// inside follows the schemas of one word: a schema, a list of them, or some by
// name.
func (w *walk) inside(key string, v any, forks int) bool {
	switch x := v.(type) {
	case []any:
		return !slices.ContainsFunc(x, func(item any) bool { return !w.schema(item, forks) })
	case map[string]any:
		if key != "properties" && key != "patternProperties" && key != "dependentSchemas" {
			return w.schema(x, forks)
		}
		for _, name := range sortedKeys(x) {
			if !w.schema(x[name], forks) {
				return false
			}
		}
	}
	return true
}

func (w *walk) reference(ref string, forks int) bool {
	if before, again := w.open[ref]; again {
		return forks == before
	}
	w.open[ref] = forks
	defer delete(w.open, ref)
	return w.schema(w.root.target(ref), forks)
}
