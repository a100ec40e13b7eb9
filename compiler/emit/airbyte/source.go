package airbyte

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// sourceFile is the request that makes a source.
func sourceFile(s *ir.Source) emit.Artifact {
	var c configuration
	config := c.value(s.Config, "/configuration")
	if config == nil {
		config = object{}
	}
	d := Document{
		Name:    s.SourceName,
		Needs:   []string{ingestionStack, fromWorkspace},
		Request: Request{"POST", "/sources"},
		Bind:    append([]Binding{{"/workspaceId", fromWorkspace}}, c.bind...),
		Body:    object{{"name", s.SourceName}, {"definitionId", s.Definition}, {"configuration", config}},
	}
	d.Needs = append(d.Needs, secrets(c.bind)...)
	return file("source-"+s.ID, "source", d, []string{fromSource + s.ID}, append(c.origins, s.Origin)...)
}

// secrets lists the secrets among bindings, as needs.
func secrets(bind []Binding) []string {
	var names []string
	for _, b := range bind {
		if strings.HasPrefix(b.From, fromSecret) {
			names = append(names, b.From)
		}
	}
	return names
}
