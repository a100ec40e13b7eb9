package check

import (
	"fmt"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// checkStreamColumns: keys, cursors and the like are columns of the stream
// (TAP227) and of a type that can be one (TAP228).
func checkStreamColumns(p *resolve.Program, add report) {
	eachStream(p, func(st *resolve.Stream) {
		if !hasColumns(st) {
			return
		}
		c := columnRole{st, add}
		for i, name := range st.PrimaryKey {
			var given spec.Text
			if i < len(st.Spec.PrimaryKey.Items) {
				given = st.Spec.PrimaryKey.Items[i]
			}
			c.check("primary key", name, given, keyTypes)
		}
		if st.Spec.Cursor.Set || isIncremental(st.SyncMode) {
			c.check("cursor", st.Cursor, st.Spec.Cursor, cursorTypes)
		}
		c.check("deleted_when", st.DeletedWhen, st.Spec.DeletedWhen, unfit{})
		for _, t := range st.Spec.PII {
			c.check("pii", t.V, t, unfit{})
		}
	})
}

// What cannot identify a row, and what has no order.
var (
	keyTypes    = unfit{[]ir.TypeKind{ir.JSON, ir.Float}, "Two such values cannot be compared exactly. Where they are whole numbers or texts, declare the column as integer or text."}
	cursorTypes = unfit{[]ir.TypeKind{ir.JSON, ir.Boolean}, "A cursor must grow with every change: a timestamp, a date, a number, or a text that sorts like one."}
)

type unfit struct {
	kinds []ir.TypeKind
	why   string
}

// columnRole looks at the column that has a role in a stream.
type columnRole struct {
	st  *resolve.Stream
	add report
}

func (c columnRole) check(role, name string, given spec.Text, not unfit) {
	if name == "" {
		return
	}
	column := c.st.Column(name)
	if column == nil {
		c.add(c.absent(role, name, given))
		return
	}
	// What the connector itself has chosen is not for the person to change.
	if !given.Set || column.BadType || !slices.Contains(not.kinds, column.Type.Kind) {
		return
	}
	d := problem(UnfitColumn, given.Span, "the %s of %s cannot be the %s column %s", role, quote(c.st.ID), column.Type.Kind, quote(name))
	d.Detail = not.why
	if column.TypeSpan.File != "" {
		d.Related = append(d.Related, note(column.TypeSpan, "its type is given here"))
	}
	c.add(d)
}

func (c columnRole) absent(role, name string, given spec.Text) diag.Diagnostic {
	if given.Set {
		d := problem(NoSuchColumn, given.Span, "the stream %s has no column %s", quote(c.st.ID), quote(name))
		d.Suggest = nearest(name, streamColumns(c.st))
		d.Detail = known("columns", streamColumns(c.st))
		return d
	}
	d := problem(NoSuchColumn, c.st.Spec.Columns.Span, "the columns of the stream %s lack %s", quote(c.st.ID), quote(name))
	d.Detail = fmt.Sprintf("It is the %s that the connector has for this stream. Add it with its type: %s: text, for example.", role, name)
	switch role {
	case "cursor":
		d.Detail = fmt.Sprintf("It is the cursor that the connector has for this stream. Add it with its type: %s: timestamp, for example.", name)
	case "deleted_when":
		d.Detail = fmt.Sprintf("It marks deleted records of this stream, which would otherwise reach your models. Add it with its type: %s: boolean, for example.", name)
	}
	return d
}
