package decode

import (
	"reflect"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Val is a value with its place in the file. Set is false where the file does
// not have it, and where it has something that is no such value: that was
// reported, and nothing more can be said of it.
type Val[T any] struct {
	V    T
	Span source.Span
	Set  bool
}

// Or returns the value, or other where the file has none.
func (v Val[T]) Or(other T) T {
	if v.Set {
		return v.V
	}
	return other
}

func (v *Val[T]) inner() any { return &v.V }

func (v *Val[T]) place(s source.Span, ok bool) { v.Span, v.Set = s, ok }

type placed interface {
	inner() any
	place(s source.Span, ok bool)
}

// Map is a map of the file, in file order, with the place of each key.
type Map[T any] struct {
	Items []Item[T]
	Span  source.Span
}

// Item is one entry of a Map.
type Item[T any] struct {
	Key     string
	KeySpan source.Span
	Value   T
}

// Len is the number of entries.
func (m Map[T]) Len() int { return len(m.Items) }

// Get returns the value under key, or nil.
func (m *Map[T]) Get(key string) *Item[T] {
	for i := range m.Items {
		if m.Items[i].Key == key {
			return &m.Items[i]
		}
	}
	return nil
}

// Keys lists the keys in file order.
func (m Map[T]) Keys() []string {
	keys := make([]string, len(m.Items))
	for i := range m.Items {
		keys[i] = m.Items[i].Key
	}
	return keys
}

// DecodeEntry makes Map a Mapping.
func (m *Map[T]) DecodeEntry(key string, span source.Span, into func(any)) {
	m.Items = append(m.Items, Item[T]{Key: key, KeySpan: span})
	into(&m.Items[len(m.Items)-1].Value)
}

// Grow makes room for n entries.
func (m *Map[T]) Grow(n int) { m.Items = make([]Item[T], 0, n) }

// Elem gives the type of the values.
func (m *Map[T]) Elem() reflect.Type { return reflect.TypeFor[T]() }

// Given are the keys that a map of the file has, the unknown ones among them,
// without those that have no value where none is needed. A struct with a field
// of this type can tell what is not there from what is there and wrong.
type Given []string

// Has reports whether the map has one of the keys.
func (g Given) Has(keys ...string) bool {
	return slices.ContainsFunc(g, func(k string) bool { return slices.Contains(keys, k) })
}

// Mapping is a type that takes the entries of a map in file order.
type Mapping interface {
	DecodeEntry(key string, span source.Span, into func(any))
	Grow(n int)
	Elem() reflect.Type
}

// Unmarshaler is a type that reads its own node, for values that may be written
// in more than one form. It reports its mistakes to d.
type Unmarshaler interface {
	UnmarshalNode(d *Decoder, n *source.Node)
}

// Schemaer is an Unmarshaler that describes its forms as JSON Schema.
type Schemaer interface {
	NodeSchema(s *SchemaBuilder) map[string]any
}
