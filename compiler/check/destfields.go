package check

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// checkDestinationFields: the destination has the fields (TAP403), those that it
// needs are there (TAP404), and each once (TAP418).
func checkDestinationFields(p *resolve.Program, add report) {
	eachSync(p, func(s *resolve.Sync) {
		e := destinationEntry(s.Destination)
		if s.Spec.Key.Set && len(s.Spec.Key.Pairs) == 0 {
			d := problem(MissingDestField, s.Spec.Key.Span, "the key of the sync %s is empty", quote(s.ID))
			d.Detail = "The key says which member a row is: key: {destination_field: model_column}."
			add(d)
		}
		checkTwice(s, add)
		if e == nil {
			return
		}
		known := fieldsOf(e, s)
		for _, pair := range s.Spec.Key.Pairs {
			known.checkKey(pair, add)
		}
		for _, pair := range s.Spec.Fields.Pairs {
			known.checkField(pair, add)
		}
		known.checkRequired(add)
		if n := len(s.Spec.Key.Pairs); n > 1 && len(e.Grouparoo.KeyOptions) > 0 {
			d := problem(UnknownDestField, s.Spec.Key.Pairs[1].To.Span, "%s finds members by one field, and the key has %d", quote(s.Destination.Connector), n)
			d.Detail = "Keep the field that identifies a member, and move the others to `fields`. A column of the model can join several values into one."
			add(d)
		}
	})
}

func checkTwice(s *resolve.Sync, add report) {
	first := map[string]spec.Text{}
	eachPair(s, func(pair spec.Pair) {
		if !pair.To.Set {
			return
		}
		if other, twice := first[pair.To.V]; twice {
			d := problem(FieldTwice, pair.To.Span, "the field %s is filled twice", quote(pair.To.V))
			d.Detail = "A field under `key` is sent as well, so it need not stand under `fields`."
			d.Related = append(d.Related, note(other.Span, "it is first filled here"))
			add(d)
			return
		}
		first[pair.To.V] = pair.To
	})
}

// destFields is what one sync can fill.
type destFields struct {
	sync   *resolve.Sync
	entry  *catalog.Destination
	object catalog.OrderedMap[catalog.DestField] // fields of the object that `to` names
	keys   string                                // pattern of the key fields that are not listed
	what   string                                // what is written: the connector, or its object
}

func fieldsOf(e *catalog.Destination, s *resolve.Sync) destFields {
	f := destFields{sync: s, entry: e, keys: e.OpenKeys, what: quote(s.Destination.Connector)}
	if n := s.Spec.To.Get("object"); n != nil {
		object, _ := e.Objects.Get(n.Text)
		f.object = object.Fields
		if object.OpenKeys != "" {
			f.keys, f.what = object.OpenKeys, f.what+" "+n.Text
		}
	}
	return f
}

// field is what the catalogue says of a field under key or fields, and whether
// the destination may have it.
func (f destFields) field(name string, isKey bool) (catalog.DestField, bool) {
	listed, open := f.entry.Fields, f.entry.OpenFields
	if isKey {
		listed, open = f.entry.Keys, f.keys
	}
	if field, ok := f.object.Get(name); ok && (!isKey || matchesSome(open, name)) {
		return field, true
	}
	if field, ok := listed.Get(name); ok {
		return field, true
	}
	other, _ := f.entry.Fields.Get(name) // what refuses a field refuses it as a key as well
	return other, matchesSome(open, name)
}

// matchesSome reports whether there is a pattern and name matches it.
func matchesSome(text, name string) bool { return text != "" && matches(text, name) }

func (f destFields) checkKey(pair spec.Pair, add report) {
	if !pair.To.Set {
		return
	}
	field, ok := f.field(pair.To.V, true)
	if ok {
		f.refused(pair, field, add)
		return
	}
	d := problem(UnknownDestField, pair.To.Span, "%s does not find members by a field %s", f.what, quote(pair.To.V))
	names := f.entry.Keys.Keys
	d.Suggest = nearest(pair.To.V, names)
	d.Detail = known("key fields", names)
	if f.keys != "" {
		d.Detail = strings.TrimPrefix(d.Detail, known("key fields", nil))
		d.Detail = strings.TrimSpace(d.Detail + " Fields of the form " + f.keys + " are taken.")
	}
	if field, isField := f.field(pair.To.V, false); isField && field.Refused == "" {
		d.Detail += " " + pair.To.V + " can be sent under `fields`."
	}
	add(d)
}

func (f destFields) checkField(pair spec.Pair, add report) {
	if !pair.To.Set || f.isInKey(pair.To.V) {
		return
	}
	field, ok := f.field(pair.To.V, false)
	if _, listed := f.entry.Fields.Get(pair.To.V); !listed {
		if _, isKey := f.entry.Keys.Get(pair.To.V); isKey {
			d := problem(UnknownDestField, pair.To.Span, "%s identifies members at %s and stands under `fields`", quote(pair.To.V), quote(f.sync.Destination.Connector))
			d.Detail = "Move it to `key`."
			add(d)
			return
		}
	}
	if ok {
		f.refused(pair, field, add)
		return
	}
	names := slices.Concat(f.object.Keys, f.entry.Fields.Keys)
	d := problem(UnknownDestField, pair.To.Span, "%s has no field %s", quote(f.sync.Destination.Connector), quote(pair.To.V))
	d.Suggest = nearest(pair.To.V, names)
	d.Detail = known("fields", names)
	if f.entry.OpenFields != "" {
		d.Detail += " Others are allowed where their name is of the form " + f.entry.OpenFields + "."
	}
	add(d)
}

func (f destFields) isInKey(name string) bool {
	return slices.ContainsFunc(f.sync.Spec.Key.Pairs, func(pair spec.Pair) bool { return pair.To.V == name })
}

func (f destFields) refused(pair spec.Pair, field catalog.DestField, add report) {
	if field.Refused == "" {
		return
	}
	d := problem(UnknownDestField, pair.To.Span, "the field %s of %s cannot be filled", quote(pair.To.V), quote(f.sync.Destination.Connector))
	d.Detail = field.Refused
	add(d)
}

// checkRequired reports the fields that the destination needs and that the sync
// does not fill.
func (f destFields) checkRequired(add report) {
	if f.sync.Spec.Key.Set && len(f.sync.Spec.Key.Pairs) > 0 {
		f.missing("key", f.entry.Keys, f.sync.Spec.Key, add)
	}
	f.missing("fields", f.entry.Fields, f.sync.Spec.Fields, add)
	f.missing("fields", f.object, f.sync.Spec.Fields, add)
}

func (f destFields) missing(block string, fields catalog.OrderedMap[catalog.DestField], m spec.Mapping, add report) {
	if lost(f.sync.Spec.Given, block, m.Set) {
		return
	}
	for i, name := range fields.Keys {
		if !fields.Values[i].Required || f.fills(name) || f.misspelt(name, fields.Keys, m, block == "key") {
			continue
		}
		at := f.sync.KeySpan
		if m.Set && len(m.Pairs) > 0 {
			at = m.Pairs[0].To.Span
		}
		d := problem(MissingDestField, at, "%s needs the field %s under %q", quote(f.sync.Destination.Connector), quote(name), block)
		d.Detail = fields.Values[i].Description
		add(d)
	}
}

func (f destFields) fills(name string) bool {
	found := false
	eachPair(f.sync, func(pair spec.Pair) { found = found || pair.To.V == name })
	return found
}

// misspelt says that an unknown field of the block is most like name, or stands
// in the key, where it is told which fields may.
func (f destFields) misspelt(name string, names []string, m spec.Mapping, isKey bool) bool {
	return slices.ContainsFunc(m.Pairs, func(pair spec.Pair) bool {
		_, isField := f.field(pair.To.V, isKey)
		return !isField && (isKey || nearest(pair.To.V, names) == name)
	})
}
