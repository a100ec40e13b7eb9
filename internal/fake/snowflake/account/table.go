package account

import (
	"fmt"
	"time"
)

// Column of an answer. Type is one of the service's: text, fixed, boolean,
// timestamp_ltz.
type Column struct{ Name, Type string }

// Table is an answer. A nil cell is NULL; a time is written as seconds with
// nanoseconds, as on the wire.
type Table struct {
	Columns []Column
	Rows    [][]*string
}

// Status is the answer of most statements.
func Status(message string) *Table {
	return &Table{[]Column{{"status", "text"}}, [][]*string{{&message}}}
}

// columns makes columns of text, but for the names that hold a time.
func columns(names ...string) []Column {
	out := make([]Column, len(names))
	for i, name := range names {
		out[i] = Column{name, "text"}
		switch name {
		case "created_on", "expires_at", "resumed_on", "updated_on", "last_used":
			out[i].Type = "timestamp_ltz"
		}
	}
	return out
}

// add appends a row; a cell of an empty string stays one, nil is NULL.
func (t *Table) add(cells ...any) {
	row := make([]*string, len(t.Columns))
	for i, cell := range cells {
		if cell == nil {
			continue
		}
		text := fmt.Sprint(cell)
		switch c := cell.(type) {
		case time.Time:
			text = fmt.Sprintf("%d.%09d", c.Unix(), c.Nanosecond())
		case yesNo:
			text = map[yesNo]string{true: "Y", false: "N"}[c]
		}
		row[i] = &text
	}
	t.Rows = append(t.Rows, row)
}

// yesNo is how SHOW writes most of what is true or not.
type yesNo bool
