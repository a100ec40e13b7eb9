package check

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// checkCollidingColumns: columns stay apart in the warehouse, which knows upper
// case only (TAP231), and from those that Airbyte adds (TAP232).
func checkCollidingColumns(p *resolve.Program, add report) {
	eachStream(p, func(st *resolve.Stream) {
		c := columnNames{add: add, first: make(map[string]named, len(st.Columns))}
		for _, column := range st.Columns {
			c.meet(column.Name, column.Span)
		}
	})
	for _, m := range p.Models {
		c := columnNames{add: add, first: make(map[string]named, len(m.Columns))}
		for _, column := range m.Columns {
			c.meet(column.Name, column.Span)
		}
	}
}

type named struct {
	name string
	at   source.Span
}

// columnNames remembers which columns of one table were met.
type columnNames struct {
	add   report
	first map[string]named
}

// airbytePrefix begins the names of the columns that Airbyte adds to raw tables.
const airbytePrefix = "_AIRBYTE_"

func (c columnNames) meet(name string, at source.Span) {
	stored := warehouse(name)
	if strings.HasPrefix(stored, airbytePrefix) {
		d := problem(AirbyteColumn, at, "a column cannot be called %s", quote(name))
		d.Detail = "Names that begin with _airbyte_ belong to Airbyte, which adds such columns to every raw table."
		c.add(d)
	}
	first, twice := c.first[stored]
	if !twice {
		c.first[stored] = named{name, at}
		return
	}
	d := problem(CaseCollision, at, "the columns %s and %s are one in the warehouse", quote(first.name), quote(name))
	d.Detail = "Snowflake stores both as " + stored + ", so that one would overwrite the other. Leave one of them out."
	if first.at != at {
		d.Related = append(d.Related, note(first.at, "the other one is here"))
	}
	c.add(d)
}
