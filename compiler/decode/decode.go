package decode

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// The codes that decoding reports.
const (
	UnknownKey  diag.Code = "TAP101"
	MissingKey  diag.Code = "TAP102"
	WrongType   diag.Code = "TAP103"
	BadValue    diag.Code = "TAP104"
	StraySecret diag.Code = "TAP603"
)

// Decoder carries the list that mistakes go to and the way to the node that is
// being read. Use Into.
type Decoder struct {
	List *diag.List
	path []string
	gone map[string]source.Span
}

// Into fills out, a pointer, from n. Whatever is wrong is added to list and
// left at its zero value; the rest is filled all the same.
func Into(n *source.Node, out any, list *diag.List) {
	d := &Decoder{List: list}
	d.Value(n, out)
}

// IntoWithout is Into for a tree from which keys were taken: gone gives, by the
// way to each (sources.zoom), the place that did it. That place is to blame where
// such a key is missing.
func IntoWithout(gone map[string]source.Span, n *source.Node, out any, list *diag.List) {
	d := &Decoder{List: list, gone: gone}
	d.Value(n, out)
}

// Path is the way to the node that is being read: sources.zoom.schedule.
func (d *Decoder) Path() string { return strings.Join(d.path, ".") }

// Add reports one mistake.
func (d *Decoder) Add(code diag.Code, span source.Span, message, detail string) {
	d.List.Add(diag.Diagnostic{Code: code, Span: span, Message: message, Detail: detail})
}

// Mismatch reports that n is not of the kind that is wanted here.
func (d *Decoder) Mismatch(n *source.Node, want string) {
	if n.Style == source.Reference {
		d.Add(StraySecret, n.Span, "a secret cannot be used here",
			"Secrets are read only when the plan is applied, so only values under a source's or destination's config may be one.")
		return
	}
	got := n.Kind.String()
	if n.Kind == source.Scalar {
		got = strconv.Quote(clip(n.Text))
	}
	d.Add(WrongType, n.Span, fmt.Sprintf("%s must be %s, not %s", d.what(), want, got), "")
}

func (d *Decoder) what() string {
	if len(d.path) == 0 {
		return "the file"
	}
	return strconv.Quote(d.path[len(d.path)-1])
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "…"
	}
	return s
}

// Under runs f with key added to the path.
func (d *Decoder) Under(key string, f func()) {
	d.path = append(d.path, key)
	f()
	d.path = d.path[:len(d.path)-1]
}

// Value fills out, a pointer, from n.
func (d *Decoder) Value(n *source.Node, out any) {
	if n.Style == source.Unknown {
		if raw, ok := out.(**source.Node); ok {
			*raw = n
		}
		return
	}
	if p, ok := out.(placed); ok {
		before := len(*d.List)
		d.Value(n, p.inner())
		p.place(n.Span, len(*d.List) == before)
		return
	}
	switch t := out.(type) {
	case Unmarshaler:
		t.UnmarshalNode(d, n)
	case Mapping:
		d.mapping(n, t)
	case **source.Node:
		*t = n
	case *string:
		if s, ok := d.Text(n); ok {
			*t = s
		}
	default:
		d.reflected(n, reflect.ValueOf(out).Elem())
	}
}

// Text returns the text of a scalar, and reports anything else.
func (d *Decoder) Text(n *source.Node) (string, bool) {
	if n.Kind != source.Scalar || n.Style == source.Reference {
		d.Mismatch(n, "text")
		return "", false
	}
	return n.Text, true
}

func (d *Decoder) mapping(n *source.Node, m Mapping) {
	if n.Kind == source.Null {
		return
	}
	if n.Kind != source.Map {
		d.Mismatch(n, "a map")
		return
	}
	m.Grow(len(n.Entries))
	for _, e := range n.Entries {
		d.Under(e.Key, func() {
			m.DecodeEntry(e.Key, e.KeySpan, func(out any) { d.Value(e.Value, out) })
		})
	}
}

func (d *Decoder) reflected(n *source.Node, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if s, ok := d.Text(n); ok {
			v.SetString(s)
		}
	case reflect.Struct:
		d.structure(n, v)
	case reflect.Pointer:
		if n.Kind == source.Null && v.Type().Elem().Kind() != reflect.Struct {
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		d.Value(n, v.Interface())
	case reflect.Slice:
		d.slice(n, v)
	case reflect.Bool:
		d.boolean(n, v)
	case reflect.Int, reflect.Int64:
		d.integer(n, v)
	case reflect.Float64:
		d.float(n, v)
	default:
		panic("decode: no way to fill a " + v.Type().String())
	}
}

func (d *Decoder) slice(n *source.Node, v reflect.Value) {
	if n.Kind == source.Null {
		return
	}
	if n.Kind != source.List {
		d.Mismatch(n, "a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items)))
	for i, item := range n.Items {
		d.Value(item, v.Index(i).Addr().Interface())
	}
}

func (d *Decoder) boolean(n *source.Node, v reflect.Value) {
	switch {
	case n.Kind == source.Scalar && n.Style == source.Plain && n.Text == "true":
		v.SetBool(true)
	case n.Kind == source.Scalar && n.Style == source.Plain && n.Text == "false":
		v.SetBool(false)
	default:
		d.Mismatch(n, "true or false")
	}
}

func (d *Decoder) integer(n *source.Node, v reflect.Value) {
	i, err := strconv.ParseInt(n.Text, 10, 64)
	if n.Kind != source.Scalar || n.Style == source.Reference || err != nil {
		d.Mismatch(n, "a whole number")
		return
	}
	v.SetInt(i)
}

func (d *Decoder) float(n *source.Node, v reflect.Value) {
	f, err := strconv.ParseFloat(n.Text, 64)
	if n.Kind != source.Scalar || n.Style == source.Reference || err != nil {
		d.Mismatch(n, "a number")
		return
	}
	v.SetFloat(f)
}
