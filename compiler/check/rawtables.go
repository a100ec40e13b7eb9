package check

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
)

// checkRawTables: two streams of one source do not land in one table (TAP233).
func checkRawTables(p *resolve.Program, add report) {
	for _, s := range p.Sources {
		first := make(map[string]*resolve.Stream, len(s.Streams))
		for _, st := range s.Streams {
			if lost(st.Spec.Given, "stream", st.Spec.Stream.Set) {
				continue
			}
			other := first[warehouse(st.Name)]
			if other == nil {
				first[warehouse(st.Name)] = st
				continue
			}
			d := problem(SameRawTable, st.KeySpan, "the streams %s and %s are written into one table", quote(other.ID), quote(st.ID))
			d.Detail = "The raw table is named after the stream at its source, in upper case and without its namespace: " + warehouse(st.Name) +
				". Read each stream once; streams of one name in several schemas need a source each."
			d.Related = append(d.Related, note(other.KeySpan, "the other stream is here"))
			add(d)
		}
	}
}
