package airbyte

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// folder is where the artefacts are, below the build folder.
const folder = "airbyte/"

// ingestionStack is the stack that Airbyte runs in: nothing here can be applied
// before it.
const ingestionStack = "stack:ingestion"

// Emit gives the artefacts for Airbyte, by path.
func Emit(p *ir.Pipeline) []emit.Artifact {
	all := []emit.Artifact{definitions(p), workspace(p), destination(p)}
	for i := range p.Sources {
		all = append(all, sourceFile(&p.Sources[i]), connection(p, &p.Sources[i]))
	}
	emit.Sort(all)
	return all
}

func workspace(p *ir.Pipeline) emit.Artifact {
	return file("workspace", "workspace", Document{
		Name:    p.Ingestion.WorkspaceName,
		Needs:   []string{ingestionStack},
		Request: Request{"POST", "/workspaces"},
		Body:    object{{"name", p.Ingestion.WorkspaceName}},
	}, []string{fromWorkspace}, p.Origin, p.Ingestion.Origin)
}

// file makes a document an artefact.
func file(name, kind string, d Document, provides []string, origins ...source.Span) emit.Artifact {
	d.Needs = sorted(d.Needs)
	if d.Bind == nil {
		d.Bind = []Binding{}
	}
	return emit.Artifact{
		Path: folder + name + ".json", Provider: "airbyte", Kind: kind, Content: text(d),
		Needs: d.Needs, Provides: sorted(provides), Origins: places(origins),
	}
}

func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// places drops what is not in the file (defaults) and repeats, and keeps the
// order of the file.
func places(all []source.Span) []source.Span {
	valid := slices.DeleteFunc(slices.Clone(all), func(s source.Span) bool { return !s.IsValid() })
	slices.SortStableFunc(valid, func(a, b source.Span) int {
		switch {
		case a.Start.Before(b.Start):
			return -1
		case b.Start.Before(a.Start):
			return 1
		}
		return 0
	})
	return slices.Compact(valid)
}
