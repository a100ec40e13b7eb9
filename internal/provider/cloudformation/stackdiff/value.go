package stackdiff

import (
	"slices"
	"sort"
	"strings"
)

// form says what a value is.
type form uint8

const (
	null   form = iota
	absent      // AWS::NoValue: whatever holds it does without
	text
	masked // the text of a NoEcho parameter: compared, never printed
	list
	object
	call // an intrinsic function that only CloudFormation can resolve
)

// value is a piece of a template in its one normal form: short tags and long
// forms, YAML and JSON read alike, and what is known is put in. A value is never
// changed once it is made.
type value struct {
	form form
	// text is that of a scalar, or the name of the function of a call.
	text string
	// items are those of a list, the arguments of a call, or the values of an
	// object by its keys, which are sorted.
	items []value
	keys  []string
}

func str(s string) value { return value{form: text, text: s} }

func fn(name string, args ...value) value { return value{form: call, text: name, items: args} }

func seq(items ...value) value { return value{form: list, items: items} }

// entries makes an object of a map, which is no longer used.
func entries(m map[string]value) value {
	v := value{form: object}
	for k := range m {
		v.keys = append(v.keys, k)
	}
	sort.Strings(v.keys)
	for _, k := range v.keys {
		v.items = append(v.items, m[k])
	}
	return v
}

// get gives the value under a key; one that is not there is absent.
func (v value) get(key string) value {
	if v.form == object {
		if i, ok := slices.BinarySearch(v.keys, key); ok {
			return v.items[i]
		}
	}
	return value{form: absent}
}

// without gives an object that lacks a key.
func (v value) without(key string) value {
	m := map[string]value{}
	for i, k := range v.keys {
		if k != key {
			m[k] = v.items[i]
		}
	}
	return entries(m)
}

// scalar reports whether the text of the value is all there is to it.
func (v value) scalar() bool { return v.form == text || v.form == masked }

func equal(a, b value) bool {
	return a.form == b.form && a.text == b.text && slices.Equal(a.keys, b.keys) && slices.EqualFunc(a.items, b.items, equal)
}

// order sorts values: by form, text, keys, then item by item.
func order(a, b value) int {
	if a.form != b.form {
		return int(a.form) - int(b.form)
	}
	if c := strings.Compare(a.text, b.text); c != 0 {
		return c
	}
	if c := slices.Compare(a.keys, b.keys); c != 0 {
		return c
	}
	return slices.CompareFunc(a.items, b.items, order)
}

// concat puts texts and references side by side: what Sub and Join give.
func concat(parts ...value) value {
	var flat []value
	for _, p := range parts {
		if p.form == call && p.text == "Sub" {
			flat = appendParts(flat, p.items...)
		} else {
			flat = appendParts(flat, p)
		}
	}
	switch {
	case len(flat) == 0:
		return str("")
	case len(flat) == 1:
		return flat[0]
	}
	return fn("Sub", flat...)
}

func appendParts(flat []value, parts ...value) []value {
	for _, p := range parts {
		if p.form == null || p.form == text && p.text == "" {
			continue
		}
		if last := len(flat) - 1; last >= 0 && p.form == text && flat[last].form == text {
			flat[last] = str(flat[last].text + p.text)
			continue
		}
		flat = append(flat, p)
	}
	return flat
}

// refers gives the resources that a value names by Ref or GetAtt, sorted, each
// once.
func refers(v value) []string {
	var names []string
	var walk func(value)
	walk = func(v value) {
		if v.form == call && (v.text == "Ref" || v.text == "GetAtt") && len(v.items) > 0 && v.items[0].form == text {
			names = append(names, v.items[0].text)
		}
		for _, item := range v.items {
			walk(item)
		}
	}
	walk(v)
	sort.Strings(names)
	return slices.Compact(names)
}
