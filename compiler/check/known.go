package check

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/decode"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
)

// What is known well enough to find a second mistake in it. Where the first one
// has already been reported, these functions say no, and the rules keep silent.

// lost says that the file gives key but its value could not be read.
func lost(given decode.Given, key string, read bool) bool { return given.Has(key) && !read }

// sourceEntry is what the catalogue says of the source, or nil.
func sourceEntry(s *resolve.Source) *catalog.Source {
	if s.EntryProblems.HasErrors() || lost(s.Spec.Given, "connector", s.Spec.Connector.Set) {
		return nil
	}
	return s.Entry
}

// destinationEntry is what the catalogue says of the destination, or nil.
func destinationEntry(d *resolve.Destination) *catalog.Destination {
	if d.EntryProblems.HasErrors() || lost(d.Spec.Given, "connector", d.Spec.Connector.Set) {
		return nil
	}
	return d.Entry
}

// isKnownStream reports whether the connector may have that stream.
func isKnownStream(st *resolve.Stream) bool {
	e := sourceEntry(st.Source)
	return e != nil && !lost(st.Spec.Given, "stream", st.Spec.Stream.Set) && (st.Known != nil || e.Discovered)
}

// hasColumns reports whether the columns of the stream are what the file means
// them to be, so that a name which is not among them is a mistake.
func hasColumns(st *resolve.Stream) bool {
	if st == nil || lost(st.Spec.Given, "columns", st.Spec.Columns.Set) || !st.Spec.Columns.Set && !isKnownStream(st) {
		return false
	}
	for _, c := range st.Spec.Columns.Items {
		if st.Column(c.Name.V) == nil {
			return false
		}
	}
	for i := range st.Spec.Nested.Items {
		if st.Column(st.Spec.Nested.Items[i].Key) == nil {
			return false
		}
	}
	return len(st.Columns) > 0
}

// hasModelColumns is the same of a model. A SQL model has the columns that it
// declares.
func hasModelColumns(m *resolve.Model) bool {
	if m == nil || !hasOneBody(m) {
		return false
	}
	if m.Spec.Union == nil {
		return m.Spec.Columns.Len() > 0
	}
	for i := range m.Spec.Union {
		if !m.Spec.Union[i].Columns.Set {
			return false
		}
	}
	return len(m.Columns) > 0
}

// hasOneBody reports whether the model is either a union or SQL.
func hasOneBody(m *resolve.Model) bool {
	return (m.Spec.Union != nil) != m.Spec.SQL.Set
}

func streamColumns(st *resolve.Stream) []string {
	names := make([]string, len(st.Columns))
	for i, c := range st.Columns {
		names[i] = c.Name
	}
	return names
}

func modelColumns(m *resolve.Model) []string {
	names := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		names[i] = c.Name
	}
	return names
}

// eachStream visits every stream in file order.
func eachStream(p *resolve.Program, visit func(*resolve.Stream)) {
	for _, s := range p.Sources {
		for _, st := range s.Streams {
			visit(st)
		}
	}
}

// eachSync visits every sync in file order.
func eachSync(p *resolve.Program, visit func(*resolve.Sync)) {
	for _, d := range p.Destinations {
		for _, s := range d.Syncs {
			visit(s)
		}
	}
}
