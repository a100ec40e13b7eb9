package check

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
)

// checkStreams: the connector has the stream (TAP220), its columns are known
// (TAP221), and those that are only named are in the catalogue (TAP222).
func checkStreams(p *resolve.Program, add report) {
	eachStream(p, func(st *resolve.Stream) {
		e := sourceEntry(st.Source)
		switch {
		case e == nil || lost(st.Spec.Given, "stream", st.Spec.Stream.Set):
		case !isKnownStream(st):
			add(unknownStream(st))
			return
		}
		if e != nil || st.Spec.Columns.Set && len(st.Spec.Columns.Items) == 0 {
			checkHasColumns(st, add)
		}
		if e != nil {
			checkPicked(st, add)
		}
	})
}

func unknownStream(st *resolve.Stream) diag.Diagnostic {
	at := st.KeySpan
	if st.Spec.Stream.Set {
		at = st.Spec.Stream.Span
	}
	d := problem(UnknownStream, at, "%s has no stream %s", quote(st.Source.Connector), quote(st.Name))
	d.Suggest = nearest(st.Name, st.Source.KnownStreamNames())
	d.Detail = known("streams", st.Source.KnownStreamNames())
	return d
}

func checkHasColumns(st *resolve.Stream, add report) {
	given := st.Spec.Columns
	switch {
	case given.Set && len(given.Items) == 0:
		d := problem(NoColumns, given.Span, "the stream %s has no columns", quote(st.ID))
		d.Detail = "Name those that are needed, or leave `columns` out where the catalogue knows them."
		add(d)
	case !given.Set && !st.Spec.Given.Has("columns") && (st.Known == nil || st.Known.Columns.Len() == 0):
		d := problem(NoColumns, st.KeySpan, "the columns of the stream %s are not known", quote(st.ID))
		d.Detail = "The catalogue does not list them, so they have to be here, with their types. For example:\ncolumns: {id: text, created_at: timestamp}"
		add(d)
	}
}

// checkPicked looks at columns that are named without a type.
func checkPicked(st *resolve.Stream, add report) {
	if !st.Spec.Columns.List {
		return
	}
	if st.Known == nil || st.Known.Columns.Len() == 0 {
		if len(st.Spec.Columns.Items) > 0 {
			d := problem(NotInCatalogue, st.Spec.Columns.Span, "the columns of the stream %s need types", quote(st.ID))
			d.Detail = "A list picks from the columns of the catalogue, which does not list those of this stream. Write {" +
				strings.Join(withType(st), ", ") + "}."
			add(d)
		}
		return
	}
	for _, c := range st.Spec.Columns.Items {
		if _, ok := st.Known.Columns.Get(c.Name.V); ok || !c.Name.Set {
			continue
		}
		d := problem(NotInCatalogue, c.Name.Span, "the catalogue lists no column %s of the stream %s", quote(c.Name.V), quote(st.ID))
		d.Suggest = nearest(c.Name.V, st.Known.Columns.Keys)
		d.Detail = known("columns", st.Known.Columns.Keys) + " A column that the catalogue does not list needs a type: columns: {" + c.Name.V + ": text}."
		add(d)
	}
}

// withType shows the columns of a list with a type each.
func withType(st *resolve.Stream) []string {
	var out []string
	for _, c := range st.Spec.Columns.Items {
		if c.Name.Set && len(out) < 4 {
			out = append(out, c.Name.V+": text")
		}
	}
	return out
}
