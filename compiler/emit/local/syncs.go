package local

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/modelsql"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

func (e *emitter) syncs() []sync {
	out := []sync{}
	for i := range e.p.Destinations {
		d := &e.p.Destinations[i]
		for j := range d.Syncs {
			s := &d.Syncs[j]
			out = append(out, e.sync(d, s))
			e.part("sync:"+s.ID, s.Origin)
		}
	}
	return out
}

func (e *emitter) sync(d *ir.Destination, s *ir.Sync) sync {
	out := sync{
		ID: s.ID, Destination: d.ID, Key: s.Key, Title: d.Title, Model: s.Model, Where: s.Where, Enabled: d.Enabled && s.Enabled,
		Mode: string(s.Mode), OnRemoved: s.OnRemoved, OnDestroy: s.OnDestroy, RenamedFrom: s.RenamedFrom,
		Guard: guard{MinRows: s.Guard.MinRows, MaxRemovals: s.Guard.MaxRemovals, MaxRemovalsPercent: s.Guard.MaxRemovalsPercent},
		Tags:  s.Tags, Keys: fields(s.Keys), Fields: fields(s.Fields),
		Segment: relation{Schema: e.p.Snowflake.Schemas.Analytics, Name: strings.ToUpper(s.Segment), SQL: e.sql.Segment(s)},
	}
	out.Counts, out.Refused = e.syncCounts(s)
	for _, o := range s.Options {
		out.Options = flatten(out.Options, o.Name, o.Value)
	}
	return out
}

func fields(columns []ir.SyncColumn) []syncField {
	out := make([]syncField, len(columns))
	for i, c := range columns {
		out[i] = syncField{Field: c.Field, Column: c.Column, SQL: c.SQL, Type: modelsql.TypeWord(c.Type),
			DuckDB: sqlname.Type(c.Type, sqlname.DuckDB), PII: c.PII}
	}
	return out
}

// flatten writes a value as options with dotted names.
func flatten(to []option, name string, v ir.Value) []option {
	switch v.Kind {
	case ir.ObjectValue:
		for _, f := range v.Fields {
			to = flatten(to, name+"."+f.Name, f.Value)
		}
		return to
	case ir.ListValue:
		texts := make([]string, len(v.List))
		for i, item := range v.List {
			texts[i] = scalar(item)
		}
		return append(to, option{name, strings.Join(texts, ", ")})
	}
	return append(to, option{name, scalar(v)})
}

func scalar(v ir.Value) string {
	switch v.Kind {
	case ir.StringValue, ir.NumberValue:
		return v.Text
	case ir.BoolValue:
		if v.Bool {
			return "true"
		}
		return "false"
	case ir.SecretValue:
		return "${secret." + v.Secret + "}"
	}
	return ""
}
