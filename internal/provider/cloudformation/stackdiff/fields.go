package stackdiff

import (
	"fmt"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// field is one difference, before it is rendered. The path of the schema has no
// indexes: Policies.PolicyDocument.
type field struct {
	path, schema  string
	before, after value
}

func (f field) shown() deploy.FieldChange {
	before, after := pair(f.before, f.after)
	if strings.HasSuffix(f.path, ".UserData") {
		before, after = bulk(f.before), bulk(f.after)
	}
	return deploy.FieldChange{Path: f.path, Before: before, After: after}
}

// differences compares two values down to the smallest part that differs.
func differences(path, schema string, a, b value) []field {
	switch {
	case equal(a, b):
		return nil
	case a.form == object && b.form == object:
		return objects(path, schema, a, b)
	case a.form == list && b.form == list:
		if key := keyOf(a, b); key != "" {
			return keyed(path, schema, key, a, b)
		}
		if structured(a) || structured(b) {
			return lists(path, schema, a, b)
		}
	}
	return []field{{path: path, schema: schema, before: a, after: b}}
}

func objects(path, schema string, a, b value) []field {
	var fields []field
	for _, k := range union(a.keys, b.keys) {
		fields = append(fields, differences(below(path, k), below(schema, k), a.get(k), b.get(k))...)
	}
	return fields
}

func below(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// keyOf gives the key by which the items of both lists are told apart: Key of
// tags, Name of environment variables.
func keyOf(a, b value) string {
	for _, key := range itemKeys {
		if distinct(a, key) && distinct(b, key) {
			return key
		}
	}
	return ""
}

// distinct reports whether every item has a text of its own under a key.
func distinct(v value, key string) bool {
	seen := map[string]bool{}
	for _, item := range v.items {
		k := item.get(key)
		if k.form != text || seen[k.text] {
			return false
		}
		seen[k.text] = true
	}
	return true
}

func keyed(path, schema, key string, a, b value) []field {
	index := func(v value) (map[string]value, []string) {
		m, names := map[string]value{}, []string{}
		for _, item := range v.items {
			name := item.get(key).text
			m[name] = item
			names = append(names, name)
		}
		return m, names
	}
	before, namesBefore := index(a)
	after, namesAfter := index(b)
	var fields []field
	for _, name := range union(namesBefore, namesAfter) {
		x, y := item(before, name), item(after, name)
		fields = append(fields, differences(path+"["+name+"]", schema, x, y)...)
	}
	if len(fields) == 0 { // the same items in another order
		fields = append(fields, field{path: path, schema: schema, before: a, after: b})
	}
	return fields
}

func item(m map[string]value, name string) value {
	if v, ok := m[name]; ok {
		return v
	}
	return value{form: absent}
}

func structured(v value) bool {
	for _, item := range v.items {
		if item.form == object || item.form == list {
			return true
		}
	}
	return false
}

// lists compares what is between the items that are the same at both ends.
func lists(path, schema string, a, b value) []field {
	x, y := a.items, b.items
	from := 0
	for len(x) > 0 && len(y) > 0 && equal(x[0], y[0]) {
		x, y, from = x[1:], y[1:], from+1
	}
	for len(x) > 0 && len(y) > 0 && equal(x[len(x)-1], y[len(y)-1]) {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	var fields []field
	for i := range max(len(x), len(y)) {
		before, after := value{form: absent}, value{form: absent}
		if i < len(x) {
			before = x[i]
		}
		if i < len(y) {
			after = y[i]
		}
		fields = append(fields, differences(place(path, from+i), schema, before, after)...)
	}
	return fields
}

// union gives the words of both, sorted, each once.
func union(a, b []string) []string {
	m := map[string]value{}
	for _, s := range a {
		m[s] = value{}
	}
	for _, s := range b {
		m[s] = value{}
	}
	return entries(m).keys
}

func place(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// within reports whether a path is another, or lies below it.
func within(path, above string) bool {
	rest, ok := strings.CutPrefix(path, above)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
