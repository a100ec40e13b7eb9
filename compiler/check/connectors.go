package check

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// checkSourceConnectors: every source is a connector of the catalogue (TAP201)
// whose entry can be read (TAP203).
func checkSourceConnectors(p *resolve.Program, add report) {
	for _, s := range p.Sources {
		switch {
		case lost(s.Spec.Given, "connector", s.Spec.Connector.Set):
		case s.Entry == nil:
			add(unknownConnector(UnknownSource, "source", s.Connector, s.ConnectorSpan, p.Catalog.SourceNames(), p.Catalog.DestinationNames()))
		default:
			faultyEntry(s.Connector, s.ConnectorSpan, s.EntryProblems, add)
		}
	}
}

// checkDestinationConnectors: the same of every destination (TAP202, TAP203).
func checkDestinationConnectors(p *resolve.Program, add report) {
	for _, d := range p.Destinations {
		switch {
		case lost(d.Spec.Given, "connector", d.Spec.Connector.Set):
		case d.Entry == nil:
			add(unknownConnector(UnknownDestination, "destination", d.Connector, d.ConnectorSpan, p.Catalog.DestinationNames(), p.Catalog.SourceNames()))
		default:
			faultyEntry(d.Connector, d.ConnectorSpan, d.EntryProblems, add)
		}
	}
}

func unknownConnector(code diag.Code, kind, name string, at source.Span, names, others []string) diag.Diagnostic {
	d := problem(code, at, "connector %s is not known", quote(name))
	d.Suggest = nearest(name, names)
	switch {
	case slices.Contains(others, name):
		d.Message = d.Message + " as a " + kind
		d.Suggest = ""
		d.Detail = "It is known, but not as a " + kind + ". " + known("connectors", names)
	case d.Suggest == "":
		d.Detail = "The connector is the key, or what `connector:` says. " + known("connectors", names) +
			" A connector of your own is one more file in the catalogue."
	default:
		d.Detail = known("connectors", names)
	}
	return d
}

func faultyEntry(name string, at source.Span, problems diag.List, add report) {
	if !problems.HasErrors() {
		return
	}
	d := problem(FaultyEntry, at, "the catalogue entry of %s has mistakes of its own", quote(name))
	d.Detail = "The file of the catalogue has to be put right; nothing is wrong with this line."
	for _, found := range problems {
		d.Related = append(d.Related, note(found.Span, "%s", found.Message))
	}
	add(d)
}
