package decode

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// field is what the tags of one struct field say.
type field struct {
	name     string
	index    []int
	required bool
	typ      reflect.Type
	doc      string
	enum     []string
	pattern  *regexp.Regexp
	rawPat   string
	hint     string
	min, max *float64
	example  string
	def      string
}

// layout is what the tags of one struct say.
type layout struct {
	fields []field
	byName map[string]int
	names  []string
	span   []int // index of the Span field, or nil
	given  []int // index of the Given field, or nil
	open   bool  // keys that start with x- are allowed
}

var layouts sync.Map // reflect.Type → *layout

func layoutOf(t reflect.Type) *layout {
	if l, ok := layouts.Load(t); ok {
		return l.(*layout)
	}
	l := &layout{byName: map[string]int{}}
	l.read(t, nil)
	for i, f := range l.fields {
		l.byName[f.name] = i
		l.names = append(l.names, f.name)
	}
	layouts.Store(t, l)
	return l
}

func (l *layout) read(t reflect.Type, prefix []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		index := append(slices.Clone(prefix), i)
		tag, tagged := sf.Tag.Lookup("key")
		name, option, _ := strings.Cut(tag, ",")
		switch {
		case option == "inline":
			l.read(sf.Type, index)
		case sf.Name == "Span" && !tagged && sf.Type == reflect.TypeFor[source.Span]():
			l.span = index
		case sf.Type == reflect.TypeFor[Given]():
			l.given = index
		case name == "x-*":
			l.open = true
		case tagged && name != "-":
			l.fields = append(l.fields, newField(sf, name, option == "required", index))
		}
	}
}

func newField(sf reflect.StructField, name string, required bool, index []int) field {
	f := field{name: name, index: index, required: required, typ: sf.Type,
		doc: sf.Tag.Get("doc"), hint: sf.Tag.Get("hint"), example: sf.Tag.Get("example"), def: sf.Tag.Get("default")}
	if e := sf.Tag.Get("enum"); e != "" {
		f.enum = strings.Split(e, "|")
	}
	if p := sf.Tag.Get("pattern"); p != "" {
		f.rawPat, f.pattern = p, regexp.MustCompile(p)
	}
	f.min, f.max = bound(sf.Tag.Get("min")), bound(sf.Tag.Get("max"))
	return f
}

func bound(s string) *float64 {
	if s == "" {
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic("decode: bad bound in a tag: " + s)
	}
	return &f
}

func (d *Decoder) structure(n *source.Node, v reflect.Value) {
	l := layoutOf(v.Type())
	if l.span != nil {
		v.FieldByIndex(l.span).Set(reflect.ValueOf(n.Span))
	}
	if n.Kind != source.Map && n.Kind != source.Null {
		d.Mismatch(n, "a map")
		return
	}
	seen := make([]bool, len(l.fields))
	var given Given
	for _, e := range n.Entries {
		before := len(*d.List)
		i, ok := l.byName[e.Key]
		if !ok {
			if !l.open || !strings.HasPrefix(e.Key, "x-") {
				if meant, ok := l.byName[d.unknown(e, l.names)]; ok {
					seen[meant] = true // a misspelt key is one mistake, not also a missing one
					given = append(given, l.fields[meant].name)
				}
			}
			given = append(given, e.Key)
			continue
		}
		seen[i] = true
		f := &l.fields[i]
		d.Under(e.Key, func() { d.field(f, e.Value, v.FieldByIndex(f.index)) })
		if e.Value.Kind != source.Null || len(*d.List) > before {
			given = append(given, e.Key)
		}
	}
	if l.given != nil {
		v.FieldByIndex(l.given).Set(reflect.ValueOf(given))
	}
	for i, f := range l.fields {
		if f.required && !seen[i] {
			d.missing(n, f)
		}
	}
}

// unknown reports a key that is not known and returns the one that was meant.
func (d *Decoder) unknown(e source.Entry, names []string) string {
	where := "here"
	if len(d.path) > 0 {
		where = "under " + strconv.Quote(d.Path())
	}
	nearest := diag.Nearest(e.Key, names)
	d.List.Add(diag.Diagnostic{Code: UnknownKey, Span: e.KeySpan,
		Message: fmt.Sprintf("key %q is not known %s", clip(e.Key), where),
		Suggest: nearest,
		Detail:  "Known keys: " + strings.Join(names, ", ") + "."})
	return nearest
}

func (d *Decoder) missing(n *source.Node, f field) {
	where := "the file"
	if len(d.path) > 0 {
		where = strconv.Quote(d.Path())
	}
	detail := f.doc
	if f.example != "" {
		detail += " For example: " + f.name + ": " + f.example
	}
	message := fmt.Sprintf("%s needs the key %q", where, f.name)
	if at, taken := d.gone[strings.Join(append(slices.Clone(d.path), f.name), ".")]; taken {
		d.Add(MissingKey, at, message+", which this takes away", strings.TrimSpace(detail))
		return
	}
	d.Add(MissingKey, n.Span, message, strings.TrimSpace(detail))
}

func (d *Decoder) field(f *field, n *source.Node, v reflect.Value) {
	if f.required && n.Kind == source.Null {
		d.Add(MissingKey, n.Span, fmt.Sprintf("%q has no value", d.Path()), f.doc)
		return
	}
	if n.Kind == source.Null && isScalar(f.typ) {
		d.Mismatch(n, "a value")
		return
	}
	before := len(*d.List)
	d.Value(n, v.Addr().Interface())
	if len(*d.List) == before && n.Kind == source.Scalar && n.Style != source.Unknown {
		d.bounds(f, n)
	}
}

func isScalar(t reflect.Type) bool {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[placed]()) {
		t = t.Field(0).Type
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64:
		return true
	}
	return false
}

func (d *Decoder) bounds(f *field, n *source.Node) {
	if f.enum != nil && !slices.Contains(f.enum, n.Text) {
		d.List.Add(diag.Diagnostic{Code: BadValue, Span: n.Span,
			Message: fmt.Sprintf("%s is %q, but must be one of %s", d.what(), clip(n.Text), strings.Join(f.enum, ", ")),
			Suggest: diag.Nearest(n.Text, f.enum)})
	}
	if f.pattern != nil && !f.pattern.MatchString(n.Text) {
		d.Add(BadValue, n.Span, fmt.Sprintf("%s is %q, but must be %s", d.what(), clip(n.Text), f.hint), "")
	}
	if f.min == nil && f.max == nil {
		return
	}
	x, _ := strconv.ParseFloat(n.Text, 64)
	if f.min != nil && x < *f.min {
		d.Add(BadValue, n.Span, fmt.Sprintf("%s is %s, but must be at least %v", d.what(), n.Text, *f.min), "")
	}
	if f.max != nil && x > *f.max {
		d.Add(BadValue, n.Span, fmt.Sprintf("%s is %s, but must be at most %v", d.what(), n.Text, *f.max), "")
	}
}
