package check

import "github.com/tapestry-ci/tapestry-ci/compiler/resolve"

// checkNamespaces: a namespace stands only where the source has schemas (TAP230).
func checkNamespaces(p *resolve.Program, add report) {
	eachStream(p, func(st *resolve.Stream) {
		e := sourceEntry(st.Source)
		if e == nil || e.Namespaces || !st.Spec.Namespace.Set {
			return
		}
		d := problem(NoNamespaces, st.Spec.Namespace.Span, "streams of %s have no namespace", quote(st.Source.Connector))
		d.Detail = "Only sources with schemas of their own, such as databases, have namespaces. Remove this line."
		add(d)
	})
}
