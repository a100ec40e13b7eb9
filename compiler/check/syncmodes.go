package check

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// checkSyncModes: the connector can read the stream in that way (TAP224), an
// incremental one has a cursor (TAP225) and a deduplicated one a key (TAP226).
func checkSyncModes(p *resolve.Program, add report) {
	eachStream(p, func(st *resolve.Stream) {
		mode := st.Spec.SyncMode
		if !isKnownStream(st) || !mode.Set || !isSyncMode(st.SyncMode) {
			return
		}
		reading := "full_refresh"
		if isIncremental(st.SyncMode) {
			reading = "incremental"
		}
		if !st.Supports(reading) {
			d := problem(BadSyncMode, mode.Span, "%s cannot read the stream %s with %s", quote(st.Source.Connector), quote(st.Name), mode.V)
			d.Suggest = otherMode(st)
			d.Detail = "The connector reads this stream as " + strings.Join(st.Defaults.SyncModes, " or ") + "."
			add(d)
			return
		}
		checkCursorAndKey(st, mode.Span, add)
	})
}

func isSyncMode(m ir.SyncMode) bool {
	return slices.Contains([]ir.SyncMode{ir.FullOverwrite, ir.FullAppend, ir.IncrementalAppend, ir.IncrementalDeduped}, m)
}

func isIncremental(m ir.SyncMode) bool {
	return m == ir.IncrementalAppend || m == ir.IncrementalDeduped
}

// otherMode is the mode nearest to what was asked for that the connector has.
func otherMode(st *resolve.Stream) string {
	switch {
	case st.Supports("full_refresh") && st.SyncMode == ir.IncrementalAppend:
		return string(ir.FullAppend)
	case st.Supports("full_refresh"):
		return string(ir.FullOverwrite)
	case st.SyncMode == ir.FullAppend || len(st.PrimaryKey) == 0:
		return string(ir.IncrementalAppend)
	}
	return string(ir.IncrementalDeduped)
}

func checkCursorAndKey(st *resolve.Stream, at source.Span, add report) {
	if isIncremental(st.SyncMode) && st.NeedsCursor() && !lost(st.Spec.Given, "cursor", st.Spec.Cursor.Set) {
		d := problem(MissingCursor, at, "the stream %s needs a cursor for %s", quote(st.ID), st.SyncMode)
		d.Detail = "A cursor is a column that grows with every change, such as updated_at: it says which rows are new. Add `cursor: updated_at`, or read the whole stream with full_refresh_overwrite."
		add(d)
	}
	if st.SyncMode == ir.IncrementalDeduped && len(st.PrimaryKey) == 0 && !lost(st.Spec.Given, "primary_key", st.Spec.PrimaryKey.Set) {
		d := problem(MissingKeyOfRow, at, "the stream %s needs a primary key for %s", quote(st.ID), st.SyncMode)
		d.Detail = "Without a key nothing says which rows are versions of one record. Add `primary_key: [id]`, or keep every version with incremental_append."
		add(d)
	}
}
