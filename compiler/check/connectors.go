package check

import (
	"regexp"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
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
		case s.Entry == nil && !p.Catalog.Complete(): // what could not be read was reported
		case s.Entry == nil:
			d := unknownConnector(UnknownSource, "source", s.Connector, s.ConnectorSpan, p.Catalog.SourceNames(), p.Catalog.DestinationNames())
			d.Detail += " More are in Airbyte's connector registry: tapestry-ci catalog update " + registryName(s.Connector) + "."
			d.Hidden = values(s.Spec.Config)
			add(d)
		default:
			faultyEntry(s.Connector, s.ConnectorSpan, slices.Concat(s.EntryProblems, badPatterns(s.Entry.Config)), add)
		}
	}
}

// checkDestinationConnectors: the same of every destination (TAP202, TAP203).
func checkDestinationConnectors(p *resolve.Program, add report) {
	for _, d := range p.Destinations {
		switch {
		case lost(d.Spec.Given, "connector", d.Spec.Connector.Set):
		case d.Entry == nil:
			found := unknownConnector(UnknownDestination, "destination", d.Connector, d.ConnectorSpan, p.Catalog.DestinationNames(), p.Catalog.SourceNames())
			found.Hidden = values(d.Spec.Config)
			add(found)
		default:
			problems := slices.Concat(d.EntryProblems, badPatterns(d.Entry.Config, d.Entry.To))
			for _, text := range []string{d.Entry.OpenKeys, d.Entry.OpenFields, d.Entry.TagPattern} {
				problems = append(problems, badPattern(text)...)
			}
			if d.Entry.Engine != theEngine && !d.EntryProblems.HasErrors() {
				problems.Add(problem(FaultyEntry, d.ConnectorSpan, "the engine %s is not known; there is %s", quote(d.Entry.Engine), theEngine))
			}
			faultyEntry(d.Connector, d.ConnectorSpan, problems, add)
		}
	}
}

// theEngine is the one that serves destinations.
const theEngine = "grouparoo"

// badPatterns finds the regular expressions of an entry that are none.
func badPatterns(all ...catalog.Fields) diag.List {
	var list diag.List
	for _, fields := range all {
		for i := range fields.Values {
			f := &fields.Values[i]
			list = append(list, badPattern(f.Pattern)...)
			list = append(list, badPatterns(f.Fields)...)
			if f.Items != nil {
				list = append(list, badPattern(f.Items.Pattern)...)
			}
			for j := range f.OneOf {
				list = append(list, badPatterns(f.OneOf[j].Fields)...)
			}
		}
	}
	return list
}

func badPattern(text string) diag.List {
	if text == "" || pattern(text) != nil {
		return nil
	}
	return diag.List{problem(FaultyEntry, source.Span{}, "%s is no regular expression", quote(text))}
}

// registryName is a connector's name as it may stand in a command, or the word
// for one.
func registryName(name string) string {
	if !connectorName.MatchString(name) {
		return "NAME"
	}
	return name
}

var connectorName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,59}$`)

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
		if found.Span.File == "" {
			found.Span = at
		}
		d.Related = append(d.Related, note(found.Span, "%s", found.Message))
	}
	d.Related = firstNotes(d.Related)
	add(d)
}
