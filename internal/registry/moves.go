package registry

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/connector"
	"github.com/tapestry-ci/tapestry-ci/compiler/lock"
)

// Moves says what is different in b, a line each: the version, and the fields
// that were added, taken away or changed. There are none where nothing is.
func Moves(a, b lock.Connector) []string {
	var lines []string
	if a.Version != b.Version {
		lines = append(lines, "version "+a.Version+" → "+b.Version)
	}
	if a.Definition != b.Definition {
		lines = append(lines, "definition "+a.Definition+" → "+b.Definition)
	}
	if a.Repository != b.Repository {
		lines = append(lines, "image "+a.Repository+" → "+b.Repository)
	}
	if string(a.Spec) == string(b.Spec) {
		return lines
	}
	moved := fieldMoves(a.Spec, b.Spec)
	if len(moved) == 0 {
		moved = []string{"the words of the specification"}
	}
	return append(lines, moved...)
}

func fieldMoves(a, b []byte) []string {
	before, after := fieldsOf(a), fieldsOf(b)
	var added, removed, changed []string
	for _, name := range after.Keys {
		now, _ := after.Get(name)
		was, known := before.Get(name)
		switch {
		case !known:
			added = append(added, name+mark(now))
		case was != now:
			changed = append(changed, name+" ("+was+" → "+now+")")
		}
	}
	for _, name := range before.Keys {
		if _, still := after.Get(name); !still {
			removed = append(removed, name)
		}
	}
	var lines []string
	for _, of := range []struct {
		what  string
		names []string
	}{{"fields added: ", added}, {"fields removed: ", removed}, {"fields changed: ", changed}} {
		if len(of.names) > 0 {
			lines = append(lines, of.what+strings.Join(of.names, ", "))
		}
	}
	return lines
}

// mark names a field that has to be given.
func mark(what string) string {
	if strings.Contains(what, "required") {
		return " (required)"
	}
	return ""
}

// fieldsOf lists every field of a specification, those of forms and of items
// among them, with what it is in a few words.
func fieldsOf(spec []byte) catalog.OrderedMap[string] {
	var out catalog.OrderedMap[string]
	if s, err := connector.Read(spec); err == nil {
		flatten(s.Fields, "", &out)
	}
	return out
}

func flatten(fields catalog.Fields, path string, out *catalog.OrderedMap[string]) {
	for i, name := range fields.Keys {
		f := &fields.Values[i]
		describe(f, path+name, out)
		for f.Items != nil {
			f = f.Items
		}
		flatten(f.Fields, path+name+".", out)
		for j := range f.OneOf {
			flatten(f.OneOf[j].Fields, path+name+"("+f.OneOf[j].Title+").", out)
		}
	}
}

func describe(f *catalog.Field, path string, out *catalog.OrderedMap[string]) {
	words := []string{f.Type}
	if f.Required && f.Default == nil && f.Const == nil {
		words = append(words, "required")
	}
	if f.Secret {
		words = append(words, "secret")
	}
	switch {
	case f.Const != nil:
		words = append(words, "always "+f.Const.Text)
	case len(f.Enum) > 12:
		words = append(words, fmt.Sprintf("one of %d", len(f.Enum)))
	case len(f.Enum) > 0:
		words = append(words, "one of "+strings.Join(f.Enum, " "))
	case f.Pattern != "":
		words = append(words, "of the form "+f.Pattern)
	}
	if !slices.Contains(out.Keys, path) {
		out.Keys, out.Values = append(out.Keys, path), append(out.Values, strings.Join(words, " "))
	}
}
