package modelsql

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// Columns of a sync view beside the mapped ones.
const (
	ChangedAt = "CHANGED_AT"
	Removed   = "REMOVED"
)

// SyncColumns are the columns of a sync's segment, snapshot and view: keys,
// then fields, each warehouse column once, however many fields it fills.
func SyncColumns(s *ir.Sync) []ir.SyncColumn {
	var out []ir.SyncColumn
	for _, c := range slices.Concat(s.Keys, s.Fields) {
		if !slices.ContainsFunc(out, func(o ir.SyncColumn) bool { return o.SQL == c.SQL }) {
			out = append(out, c)
		}
	}
	return out
}

// SyncKeys are the key columns of a sync, each once.
func SyncKeys(s *ir.Sync) []ir.SyncColumn {
	return SyncColumns(&ir.Sync{Keys: s.Keys})
}

// Segment selects the rows that a sync sends: those of its model for which
// where holds, one row a key. Rows without a key are dropped: the destination
// could not find their member again. So are rows whose key is of type email and
// no address, and in another column of that type what is no address becomes
// NULL: the sync engine holds back a whole batch for one of them.
func (w *Writer) Segment(s *ir.Sync) string {
	keys, columns := SyncKeys(s), SyncColumns(s)
	chosen := w.origin(s.ID+": rows of "+s.Model) + "\nselect *\nfrom " + w.d.Model(s.Model)
	if s.Where != "" {
		// On lines of its own, so that a comment at its end stays a comment.
		chosen += "\nwhere (\n" + shift(w.d.User(s.Where)) + "\n)"
	}
	mapped := make([]string, len(columns))
	for i, c := range columns {
		expr := "chosen." + w.d.Ident(c.SQL)
		if i < len(keys) {
			expr = normal(expr, c.Type)
		} else if c.Type.Kind == ir.Email {
			expr = "case when " + address(expr) + " then " + expr + " end"
		}
		mapped[i] = as(expr, w.d.Ident(c.SQL))
	}
	steps := []cte{{"chosen", chosen}, {"mapped", "select\n" + list(mapped) + "\nfrom chosen"}}
	return statement(steps, "select\n"+list(w.syncNames(columns))+"\nfrom mapped\nwhere "+w.syncFilled(keys)+
		"\nqualify row_number() over (\n"+shift("partition by "+strings.Join(w.syncNames(keys), ", ")+
		"\norder by "+strings.Join(w.syncOrder(columns, len(keys)), ", "))+"\n) = 1")
}

func (w *Writer) syncNames(columns []ir.SyncColumn) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = w.d.Ident(c.SQL)
	}
	return names
}

func (w *Writer) syncFilled(keys []ir.SyncColumn) string {
	conditions := make([]string, len(keys))
	for i, k := range keys {
		conditions[i] = filled(w.d.Ident(k.SQL), k.Type)
		if k.Type.Kind == ir.Email {
			conditions[i] = address(w.d.Ident(k.SQL))
		}
	}
	return strings.Join(conditions, "\n  and ")
}

// address says whether text has the form of an e-mail address: something, an @,
// and a domain with a dot. It is never true for NULL.
func address(expr string) string { return expr + " like '%_@_%._%'" }

// syncOrder makes one row of several with one key by all their other columns:
// which one is arbitrary, but always the same one.
func (w *Writer) syncOrder(columns []ir.SyncColumn, keys int) []string {
	var order []string
	for _, c := range columns[keys:] {
		order = append(order, ascending(comparable(w.d.Ident(c.SQL), c.Type)))
	}
	if len(order) == 0 {
		return w.syncNames(columns[:1])
	}
	return order
}

// SyncView gives the latest version of each member that a sync ever sent:
// CHANGED_AT is when that version began or, for a member that left, when it
// left; both columns are never NULL.
func (w *Writer) SyncView(s *ir.Sync) string {
	keys, columns := SyncKeys(s), SyncColumns(s)
	items := append(w.syncNames(columns),
		"coalesce(dbt_valid_to, dbt_valid_from) as "+ChangedAt,
		"dbt_valid_to is not null as "+Removed)
	return w.origin(s.ID) + "\nselect\n" + list(items) + "\nfrom " + w.d.Model(s.Snapshot) +
		"\nwhere " + w.present(keys) +
		"\nqualify row_number() over (\n" + shift("partition by "+strings.Join(w.syncNames(keys), ", ")+
		"\norder by case when dbt_valid_to is null then 0 else 1 end, dbt_valid_from desc, dbt_valid_to desc") + "\n) = 1"
}

// present leaves out versions from before a key was part of the sync.
func (w *Writer) present(keys []ir.SyncColumn) string {
	conditions := make([]string, len(keys))
	for i, k := range keys {
		conditions[i] = w.d.Ident(k.SQL) + " is not null"
	}
	return strings.Join(conditions, "\n  and ")
}
