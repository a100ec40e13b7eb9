package resolve

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/decode"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

func (p *Program) addSource(item *decode.Item[spec.Source]) {
	s := &Source{Name: item.Key, KeySpan: item.KeySpan, Spec: &item.Value, Connector: item.Key, ConnectorSpan: item.KeySpan}
	if c := item.Value.Connector; c.Set {
		s.Connector, s.ConnectorSpan = c.V, c.Span
	}
	s.Entry, s.EntryProblems = p.Catalog.Source(s.Connector)
	for i := range item.Value.Streams.Items {
		st := newStream(s, &item.Value.Streams.Items[i])
		s.Streams = append(s.Streams, st)
		p.streams[st.ID] = st
		p.staged[StagingName(s.Name, st.Key)] = st
	}
	p.Sources = append(p.Sources, s)
}

func newStream(s *Source, item *decode.Item[spec.Stream]) *Stream {
	st := &Stream{ID: s.Name + "." + item.Key, Key: item.Key, KeySpan: item.KeySpan, Source: s, Spec: &item.Value,
		Name: item.Value.Stream.Or(item.Key), byName: map[string]*Column{}}
	if s.Entry != nil {
		st.Defaults = s.streamDefaults()
		if known, ok := s.Entry.Streams.Get(st.Name); ok {
			st.Known = &known
			st.Defaults = known.StreamDefaults
			if len(st.Defaults.SyncModes) == 0 {
				st.Defaults.SyncModes = s.streamDefaults().SyncModes
			}
		}
	}
	st.keys()
	st.columns()
	return st
}

// streamDefaults is what holds for streams that are not listed: what the
// catalogue says of the connector, or of the form of its configuration that the
// file chooses (change data capture has a cursor of its own).
func (s *Source) streamDefaults() catalog.StreamDefaults {
	for i, name := range s.Entry.Config.Keys {
		given := s.Spec.Config.Get(name)
		if given == nil {
			continue
		}
		if v := Choose(&s.Entry.Config.Values[i], given); v != nil && len(v.StreamDefaults.SyncModes) > 0 {
			return v.StreamDefaults
		}
	}
	return s.Entry.StreamDefaults
}

// keys fills the primary key, the cursor, deleted_when and the sync mode: what
// the file says, else what the catalogue says.
func (st *Stream) keys() {
	st.PrimaryKey = st.Defaults.PrimaryKey
	if st.Spec.PrimaryKey.Set {
		st.PrimaryKey = st.Spec.PrimaryKey.Strings()
	}
	st.Cursor = st.Spec.Cursor.Or(st.Defaults.Cursor)
	st.DeletedWhen = st.Spec.DeletedWhen.Or(st.Defaults.DeletedWhen)
	st.SyncMode = ir.SyncMode(st.Spec.SyncMode.V)
	if !st.Spec.SyncMode.Set {
		st.SyncMode = st.defaultMode()
	}
}

func (st *Stream) defaultMode() ir.SyncMode {
	if slices.Contains(st.Defaults.SyncModes, "incremental") && !st.NeedsCursor() && len(st.PrimaryKey) > 0 {
		return ir.IncrementalDeduped
	}
	return ir.FullOverwrite
}

// NeedsCursor reports whether an incremental sync lacks a cursor. A connector
// that reads incrementally and leaves no cursor to the person keeps its place
// by itself.
func (st *Stream) NeedsCursor() bool {
	keepsPlace := slices.Contains(st.Defaults.SyncModes, "incremental") && !st.Defaults.UserCursor
	return st.Cursor == "" && !keepsPlace
}

func (st *Stream) columns() {
	given := st.Spec.Columns
	switch {
	case !given.Set && st.Known != nil:
		st.CatalogColumns = true
		for _, name := range st.Known.Columns.Keys {
			st.fromCatalog(name, st.KeySpan, false)
		}
	case given.Set:
		for _, c := range given.Items {
			st.given(c)
		}
	}
	for i := range st.Spec.Nested.Items {
		st.nested(&st.Spec.Nested.Items[i])
	}
	needed := slices.Concat(st.PrimaryKey, []string{st.Cursor, st.DeletedWhen})
	for _, name := range needed {
		if name != "" && st.byName[name] == nil {
			st.fromCatalog(name, st.KeySpan, true)
		}
	}
	st.personal()
}

func (st *Stream) given(c spec.ColumnSpec) {
	if !c.Name.Set || st.byName[c.Name.V] != nil {
		return
	}
	if !c.Type.Set {
		st.CatalogColumns = true
		st.fromCatalog(c.Name.V, c.Name.Span, false)
		return
	}
	t, ok := ParseType(c.Type.V)
	st.add(&Column{Name: c.Name.V, Type: t, BadType: !ok, Span: c.Name.Span, TypeSpan: c.Type.Span})
}

func (st *Stream) fromCatalog(name string, span source.Span, implied bool) {
	text, ok := st.Defaults.ExtraColumns.Get(name)
	if st.Known != nil && !ok {
		text, ok = st.Known.Columns.Get(name)
	}
	if ok {
		t, _ := ParseType(text)
		st.add(&Column{Name: name, Type: t, Span: span, Implied: implied})
	}
}

func (st *Stream) nested(item *decode.Item[spec.Nested]) {
	parts := strings.Split(item.Value.Path.V, ".")
	if len(parts) < 2 || slices.Contains(parts, "") {
		return
	}
	if st.byName[parts[0]] == nil {
		st.add(&Column{Name: parts[0], Type: ir.Type{Kind: ir.JSON}, Span: item.Value.Path.Span, Implied: true})
	}
	t, ok := ParseType(item.Value.Type.V)
	if st.byName[item.Key] == nil {
		st.add(&Column{Name: item.Key, Type: t, BadType: !ok, Span: item.KeySpan, TypeSpan: item.Value.Type.Span, PII: item.Value.PII.V,
			Nested: &ir.Nested{Column: parts[0], SQL: WarehouseName(parts[0]), Path: parts[1:]}})
	}
}

func (st *Stream) add(c *Column) {
	st.Columns = append(st.Columns, c)
	st.byName[c.Name] = c
}

// personal marks the columns with personal data: those that the file lists, or
// else those that the catalogue lists and all of type email.
func (st *Stream) personal() {
	listed := spec.Strings(st.Spec.PII)
	if st.Spec.PII == nil && st.Known != nil {
		listed = st.Known.PII
	}
	for _, c := range st.Columns {
		if slices.Contains(listed, c.Name) || st.Spec.PII == nil && c.Type.Kind == ir.Email {
			c.PII = true
		}
		if c.Nested != nil && st.byName[c.Nested.Column].PII {
			c.PII = true
		}
	}
}

// Supports reports whether the connector can read the stream that way
// (full_refresh, incremental). A stream of which nothing is known supports all.
func (st *Stream) Supports(mode string) bool {
	return len(st.Defaults.SyncModes) == 0 || slices.Contains(st.Defaults.SyncModes, mode)
}

// KnownStreamNames lists the streams of the catalogue entry.
func (s *Source) KnownStreamNames() []string {
	if s.Entry == nil {
		return nil
	}
	return s.Entry.Streams.Keys
}

// folded is a key as part of a dbt model's name.
func folded(key string) string {
	return strings.ToLower(foldKey.Replace(key))
}

// WarehouseName is the name that destination Snowflake gives a column or a
// stream: upper case.
func WarehouseName(name string) string { return strings.ToUpper(name) }

// foldKey turns what a key may have into what a name in SQL may have.
var foldKey = strings.NewReplacer("-", "_", ".", "_", " ", "_")
