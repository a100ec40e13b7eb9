package check

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// warehouseLimit is the longest name of a table or a column in Snowflake.
const warehouseLimit = 255

// checkLongNames: names of the source become names of raw tables and columns as
// they are (TAP238), since Airbyte makes them.
func checkLongNames(p *resolve.Program, add report) {
	eachStream(p, func(st *resolve.Stream) {
		if len(st.Name) > warehouseLimit && isKnownStream(st) {
			at := st.KeySpan
			if st.Spec.Stream.Set {
				at = st.Spec.Stream.Span
			}
			add(longName("the stream", st.Name, at))
		}
		for _, c := range st.Columns {
			if c.Nested == nil && len(c.Name) > warehouseLimit {
				add(longName("the column", c.Name, c.Span))
			}
		}
	})
}

func longName(what, name string, at source.Span) diag.Diagnostic {
	d := problem(LongRawName, at, "%s %s has %d bytes, and Snowflake takes %d", what, quote(name), len(name), warehouseLimit)
	d.Detail = "Airbyte would store it under a name of its own making, which no query here knows. Rename it at the source, or leave it out."
	return d
}
