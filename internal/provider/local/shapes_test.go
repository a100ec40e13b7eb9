//go:build cgo

package local

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

// shape makes pipelines of every form, with rows for them.
type shape struct {
	*rand.Rand
	p      *ir.Pipeline
	tables map[string]table
}

var kinds = []ir.Type{{Kind: ir.Text}, {Kind: ir.Email}, {Kind: ir.Integer}, {Kind: ir.Number, Precision: 12, Scale: 2}, {Kind: ir.Float}, {Kind: ir.Boolean},
	{Kind: ir.Date}, {Kind: ir.Timestamp}, {Kind: ir.TimestampNTZ}, {Kind: ir.JSON}}

func newShape(seed uint64) *shape {
	s := &shape{rand.New(rand.NewPCG(seed, 99)), irtest.RainShield(), map[string]table{}}
	s.p.Sources, s.p.Models, s.p.Destinations, s.p.Secrets = nil, nil, nil, nil
	if s.IntN(4) == 0 {
		s.p.Ingestion.Landing = ir.S3
	}
	for i := range 1 + s.IntN(3) {
		s.source(fmt.Sprintf("src%d", i))
	}
	s.union("all_people", s.streams())
	if s.IntN(2) == 0 {
		s.union("again", []string{"model:all_people"})
	}
	s.p.Models = append(s.p.Models, ir.Model{ID: "counted", Relation: "COUNTED", UniqueBy: []string{"email"}, Refs: []string{"all_people"},
		SQL:     "select email, count(*) as n, max(" + s.p.Models[0].Columns[1].Name + ") as \"Order\"\nfrom {{ ref('all_people') }} where email is not null group by email",
		Columns: []ir.ModelColumn{{Name: "email", SQL: "EMAIL", Type: kinds[1]}, {Name: "n", SQL: "N", Type: kinds[2]}, {Name: "order", SQL: "ORDER", Type: s.p.Models[0].Columns[1].Type}}})
	s.destination()
	return s
}

func (s *shape) streams() (ids []string) {
	for _, src := range s.p.Sources {
		for _, st := range src.Streams {
			ids = append(ids, "stream:"+st.ID)
		}
	}
	return ids
}

func (s *shape) source(id string) {
	src := ir.Source{ID: id, Schema: "RAW_" + strings.ToUpper(id)}
	for i := range 1 + s.IntN(2) {
		key := []string{"users", "Order", "a b", "x.y"}[s.IntN(4)] + fmt.Sprint(i)
		st := ir.Stream{ID: id + "." + key, Key: key, Table: strings.ToUpper(key), Staging: fmt.Sprintf("stg_%s__%d", id, i), PrimaryKey: []string{"id"}, Cursor: "at",
			SyncMode: []ir.SyncMode{ir.FullOverwrite, ir.FullAppend, ir.IncrementalAppend, ir.IncrementalDeduped}[s.IntN(4)]}
		add := func(name string, t ir.Type) {
			st.Columns = append(st.Columns, ir.Column{Name: name, SQL: strings.ToUpper(name), Type: t, Raw: true})
		}
		add("id", kinds[[]int{0, 2}[s.IntN(2)]])
		add("at", kinds[7])
		add("email", kinds[1])
		for j := range s.IntN(5) {
			add(fmt.Sprintf([]string{"c%d", "Group %d", "ünï%d", `q"%d`}[s.IntN(4)], j), kinds[s.IntN(len(kinds))])
		}
		add("doc", kinds[9])
		st.Columns = append(st.Columns, ir.Column{Name: "inner", SQL: "INNER", Type: kinds[s.IntN(len(kinds))], Nested: &ir.Nested{Column: "doc", SQL: "DOC", Path: []string{"a", "b*c"}}})
		if s.IntN(2) == 0 {
			add("gone", kinds[[]int{5, 7}[s.IntN(2)]])
			st.DeletedWhen = "gone"
		}
		src.Streams = append(src.Streams, st)
		s.rows(&st)
	}
	s.p.Sources = append(s.p.Sources, src)
}

// rows are values of every kind, and some that do not fit.
func (s *shape) rows(st *ir.Stream) {
	x := table{}
	for _, c := range st.Columns {
		if c.Nested == nil {
			x.names = append(x.names, c.Name)
		}
	}
	for i := range s.IntN(20) {
		var row []any
		for _, c := range st.Columns {
			switch {
			case c.Nested != nil:
				continue
			case c.Name == "id":
				row = append(row, fmt.Sprint(i%15))
			case s.IntN(6) == 0:
				row = append(row, nil)
			default:
				row = append(row, s.value(c.Type))
			}
		}
		x.rows = append(x.rows, row)
	}
	s.tables[st.ID] = x
}

func (s *shape) value(t ir.Type) any {
	of := func(values ...string) any { return values[s.IntN(len(values))] }
	switch t.Kind {
	case ir.Email:
		return of("a@x.example", " B@x.example", "c@X.example ", "", "d@x.example", "no address")
	case ir.Integer:
		return of("1", "-22", "12345678901234567890", "3.5", "many")
	case ir.Number:
		return of("1", "2.345", "-0.1", "99999999999999")
	case ir.Float:
		return of("1", "1e300", "0.1", "nan", "-inf", "x")
	case ir.Boolean:
		return of("true", "false", "perhaps")
	case ir.Date:
		return of("2026-01-02", "2026-02-30", "0044-03-15")
	case ir.Timestamp, ir.TimestampNTZ:
		return of("2026-01-02T03:04:05Z", "2026-01-02 03:04:05.678", "2026-01-02", "then")
	case ir.JSON:
		return json.RawMessage(of(`{"a":{"b*c":"2026-01-02"}}`, `{"a":{"b*c":[1,null]}}`, `[1,2]`, `"text"`, `{"a":{"b*c":7.5}}`, `null`).(string))
	}
	return of("one", "two", "", "  ", "Ünï", `back\slash "quoted"`, "line\nbreak", "null")
}

func (s *shape) union(id string, from []string) {
	m := ir.Model{ID: id, Relation: strings.ToUpper(id), UniqueBy: []string{"email"}, Merge: []ir.Merge{ir.FirstRow, ir.FirstNonNull}[s.IntN(2)]}
	extra := kinds[s.IntN(len(kinds)-1)]
	m.Columns = []ir.ModelColumn{{Name: "email", SQL: "EMAIL", Type: kinds[1], PII: true}, {Name: "extra", SQL: "EXTRA", Type: extra}}
	if s.IntN(4) == 0 {
		m.UniqueBy = nil
	}
	for _, node := range from {
		kind, name, _ := strings.Cut(node, ":")
		in := ir.Input{From: name, IsModel: kind == "model", Relation: name,
			Columns: []ir.ColumnPair{{Model: "email", ModelSQL: "EMAIL", Input: "email", InputSQL: "EMAIL"}}, OrderBy: []ir.Order{{Column: "email", SQL: "EMAIL", Desc: s.IntN(2) == 0}}}
		if kind == "model" {
			m.Refs = append(m.Refs, name)
			in.Columns = append(in.Columns, ir.ColumnPair{Model: "extra", ModelSQL: "EXTRA", Input: "extra", InputSQL: "EXTRA"})
		} else {
			m.Streams = append(m.Streams, name)
			st := s.stream(name)
			in.Relation = st.Staging
			if c := st.Columns[s.IntN(len(st.Columns))]; s.IntN(4) > 0 {
				in.Columns = append(in.Columns, ir.ColumnPair{Model: "extra", ModelSQL: "EXTRA", Input: c.Name, InputSQL: c.SQL})
			}
		}
		m.Inputs = append(m.Inputs, in)
	}
	s.p.Models = append(s.p.Models, m)
}

func (s *shape) stream(id string) *ir.Stream {
	for i := range s.p.Sources {
		for j := range s.p.Sources[i].Streams {
			if st := &s.p.Sources[i].Streams[j]; st.ID == id {
				return st
			}
		}
	}
	return nil
}

func (s *shape) destination() {
	d := ir.Destination{ID: "dest", Title: "Destination", Enabled: true}
	for i, m := range s.p.Models {
		sync := ir.Sync{ID: fmt.Sprintf("dest.s%d", i), Key: fmt.Sprintf("s%d", i), Model: m.ID, Segment: fmt.Sprintf("seg_dest__s%d", i), Enabled: s.IntN(6) > 0, OnDestroy: "keep",
			Mode: []ir.Mode{ir.Upsert, ir.Update, ir.Mirror}[s.IntN(3)], Guard: ir.Guard{MinRows: 0, MaxRemovals: -1, MaxRemovalsPercent: 100},
			Keys: []ir.SyncColumn{{Field: []string{"email_address", "E Mail", `q"/~`}[s.IntN(3)], Column: "email", SQL: "EMAIL", Type: kinds[1]}}}
		if sync.Mode == ir.Mirror {
			sync.OnRemoved = "delete"
		}
		for _, c := range m.Columns[1:] {
			sync.Fields = append(sync.Fields, ir.SyncColumn{Field: "F_" + c.Name, Column: c.Name, SQL: c.SQL, Type: c.Type})
		}
		if s.IntN(3) == 0 {
			sync.Where = "email > 'b' -- and more"
		}
		d.Syncs = append(d.Syncs, sync)
	}
	s.p.Destinations = []ir.Destination{d}
}

func (s *shape) write(t *testing.T, p *project) {
	for id, x := range s.tables {
		source, key, _ := strings.Cut(id, ".")
		x.write(t, p, source+"/"+key, formats[s.IntN(len(formats))], s.Rand)
	}
}

// Plan after apply is empty, whatever the pipeline; and the order of rows and
// the format of samples change nothing.
func TestShapes(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			s := newShape(seed)
			p := of(t, s.p)
			s.write(t, p)
			plan := p.plan()
			for _, c := range plan.Changes {
				require.NotContains(t, c.Reason, "no preview", pretty(c))
				require.NotEqual(t, "blocked", string(c.Action), pretty(c))
			}
			s.write(t, p)
			require.Equal(t, pretty(plan.Changes), pretty(p.plan().Changes))
			require.NoError(t, p.tryApply(plan))
			p.quiet()
			s.write(t, p)
			p.quiet()
			for _, x := range s.p.Sources {
				for i := range x.Streams {
					s.rows(&x.Streams[i])
				}
			}
			s.write(t, p)
			p.apply()
			p.quiet()
			p.destroy = true
			p.apply()
			p.quiet()
		})
	}
}
