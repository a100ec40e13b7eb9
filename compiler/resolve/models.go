package resolve

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

type walkState uint8

const (
	unseen walkState = iota
	walking
	done
)

// tieModel finds what the model reads.
func (p *Program) tieModel(m *Model, fsys fs.FS) {
	for i := range m.Spec.Union {
		in := &Input{Spec: &m.Spec.Union[i]}
		in.Stream, in.Model = p.streams[in.Spec.From.V], p.models[in.Spec.From.V]
		m.Inputs = append(m.Inputs, in)
	}
	if !m.Spec.SQL.Set {
		return
	}
	name := path.Join(path.Dir(p.FileName), m.Spec.SQL.V)
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		m.SQLError = err
		return
	}
	m.SQL = strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n")
	read := readJinja(name, m.SQL)
	m.Refs, m.JinjaFaults = p.refs(read.refs), read.faults
}

// refs ties ref() and source() in dbt SQL.
func (p *Program) refs(found []jinjaRef) []Ref {
	var refs []Ref
	for _, call := range found {
		r := Ref{Span: call.span, Name: strings.Join(call.args, "."), Source: call.call == "source"}
		switch {
		case r.Source:
			r.Stream = p.streams[r.Name]
		case p.models[r.Name] != nil:
			r.Model = p.models[r.Name]
		default: // a stream as dbt cleans it
			r.Stream = p.staged[r.Name]
		}
		refs = append(refs, r)
	}
	return refs
}

func spanIn(file, text string, start, end int) source.Span {
	at := func(i int) source.Pos {
		before := text[:i]
		line := strings.LastIndexByte(before, '\n')
		return source.Pos{Line: 1 + strings.Count(before, "\n"), Col: 1 + utf8.RuneCountInString(before[line+1:])}
	}
	return source.Span{File: file, Start: at(start), End: at(end)}
}

// Parents lists the models that m reads.
func (m *Model) Parents() []*Model {
	var out []*Model
	for _, in := range m.Inputs {
		if in.Model != nil {
			out = append(out, in.Model)
		}
	}
	for _, r := range m.Refs {
		if r.Model != nil {
			out = append(out, r.Model)
		}
	}
	return out
}

// infer fills the columns of m after those of the models that it reads, and
// notes a cycle where it comes back to a model that it is still walking.
func (p *Program) infer(m *Model, way []*Model) {
	if m.state != unseen {
		return
	}
	m.state = walking
	way = append(way, m)
	for _, parent := range m.Parents() {
		if parent.state == walking {
			m.Cycle = slices.Clone(way[slices.Index(way, parent):])
			continue
		}
		p.infer(parent, way)
	}
	m.state = done
	if m.Spec.Union != nil {
		m.unionColumns()
	} else {
		m.sqlColumns()
	}
}

func (m *Model) unionColumns() {
	for _, in := range m.Inputs {
		for _, pair := range in.Spec.Columns.Pairs {
			if pair.To.Set && pair.From.Set {
				m.unionColumn(in, pair.To.V, pair.From.V, pair.To.Span)
			}
		}
	}
	if m.Spec.PII != nil {
		for _, c := range m.Columns {
			c.PII = slices.ContainsFunc(*m.Spec.PII, isText(c.Name))
		}
	}
}

func (m *Model) unionColumn(in *Input, name, from string, span source.Span) {
	t, pii, ref, bad := in.column(from)
	c := m.byName[name]
	if c == nil {
		c = &ModelColumn{Name: name, Span: span, Type: t, BadType: bad}
		m.Columns = append(m.Columns, c)
		m.byName[name] = c
	} else if wide, ok := Widen(c.Type, t); !bad && !c.BadType && !ok {
		if c.ClashSpan.File == "" {
			c.Clash, c.ClashSpan = [2]ir.Type{c.Type, t}, span
		}
	} else if c.BadType {
		c.Type, c.BadType = t, bad
	} else if !bad {
		c.Type = wide
	}
	c.PII = c.PII || pii
	if ref.Node != "" && !slices.Contains(c.From, ref) {
		c.From = append(c.From, ref)
	}
}

// column gives type, personal data and lineage of one column of the input; bad
// says that nothing is known of it.
func (in *Input) column(name string) (ir.Type, bool, ir.ColumnRef, bool) {
	if in.Stream != nil {
		if c := in.Stream.Column(name); c != nil {
			return c.Type, c.PII, ir.ColumnRef{Node: "stream:" + in.Stream.ID, Column: name}, c.BadType
		}
	}
	if in.Model != nil {
		if c := in.Model.Column(name); c != nil {
			return c.Type, c.PII, ir.ColumnRef{Node: "model:" + in.Model.Name, Column: name}, c.BadType
		}
	}
	return ir.Type{Kind: ir.Text}, false, ir.ColumnRef{}, true
}

// sqlColumns takes the declared columns. Which of them hold personal data is
// what the file says, or else everything that could: columns named as a pii
// column of what the model reads, and, where it reads any, all text.
func (m *Model) sqlColumns() {
	personal := m.readsPersonal()
	for _, item := range m.Spec.Columns.Items {
		t, ok := ParseType(item.Value.V)
		c := &ModelColumn{Name: item.Key, Type: t, BadType: item.Value.Set && !ok, Span: item.KeySpan, From: m.parentsOf(item.Key)}
		if m.Spec.PII != nil {
			c.PII = slices.ContainsFunc(*m.Spec.PII, isText(c.Name))
		} else {
			c.PII = personal && (t.Kind == ir.Text || t.Kind == ir.Email || t.Kind == ir.JSON || m.personalParent(c.Name))
		}
		m.Columns = append(m.Columns, c)
		m.byName[c.Name] = c
	}
}

func (m *Model) eachParentColumn(f func(ref ir.ColumnRef, pii bool)) {
	for _, r := range m.Refs {
		if r.Stream != nil {
			for _, c := range r.Stream.Columns {
				f(ir.ColumnRef{Node: "stream:" + r.Stream.ID, Column: c.Name}, c.PII)
			}
		}
		if r.Model != nil {
			for _, c := range r.Model.Columns {
				f(ir.ColumnRef{Node: "model:" + r.Model.Name, Column: c.Name}, c.PII)
			}
		}
	}
}

func (m *Model) readsPersonal() bool {
	found := false
	m.eachParentColumn(func(_ ir.ColumnRef, pii bool) { found = found || pii })
	return found
}

func (m *Model) personalParent(name string) bool {
	found := false
	m.eachParentColumn(func(ref ir.ColumnRef, pii bool) { found = found || pii && strings.EqualFold(ref.Column, name) })
	return found
}

func (m *Model) parentsOf(name string) []ir.ColumnRef {
	var out []ir.ColumnRef
	m.eachParentColumn(func(ref ir.ColumnRef, _ bool) {
		if strings.EqualFold(ref.Column, name) && !slices.Contains(out, ref) {
			out = append(out, ref)
		}
	})
	return out
}
