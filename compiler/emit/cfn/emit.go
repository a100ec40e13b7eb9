package cfn

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// The paths of the templates below the build folder.
const (
	FoundationPath = "cloudformation/foundation.yaml"
	IngestionPath  = "cloudformation/ingestion.yaml"
	SyncPath       = "cloudformation/sync.yaml"
)

// InlineLimit is the size in bytes up to which CloudFormation takes a template
// inline; above it a template goes through the artefact bucket.
const InlineLimit = 51200

// Inline reports whether a template of this text fits inline. Bytes count, not
// characters.
func Inline(template []byte) bool { return len(template) <= InlineLimit }

// Template is one template before it is text.
type Template struct {
	Path      string
	StackName string
	// Resources are in the order in which the template has them.
	Resources []Resource

	// Given are the parameters that whoever applies has to give, and from where.
	Given []Given
	// Buckets are those of its buckets that stay when the stack goes: all.
	Buckets []Bucket

	Needs, Provides []string
	Origins         []source.Span

	stack *stack
}

// Given is a parameter and where its value comes from, in the words of package
// settings.
type Given struct{ Name, From string }

// Bucket is a bucket's logical id and the first part of its name.
type Bucket struct{ ID, Name string }

// Content is the template's text.
func (t Template) Content() []byte { return t.stack.document().Bytes() }

// Artifact is the template as a file of the build folder.
func (t Template) Artifact() emit.Artifact {
	return emit.Artifact{
		Path: t.Path, Provider: "cloudformation", Kind: "template", Content: t.Content(),
		Needs: t.Needs, Provides: t.Provides, Origins: t.Origins,
	}
}

// Templates gives the templates of a pipeline in the order in which they are
// applied.
func Templates(p *ir.Pipeline) []Template {
	return []Template{foundation(p), ingestion(p), syncStack(p)}
}

// Emit gives the templates of a pipeline as artefacts, by path.
func Emit(p *ir.Pipeline) []emit.Artifact {
	var all []emit.Artifact
	for _, t := range Templates(p) {
		all = append(all, t.Artifact())
	}
	emit.Sort(all)
	return all
}

// Count gives the number of resources in all templates of a pipeline.
func Count(p *ir.Pipeline) int {
	n := 0
	for _, t := range Templates(p) {
		n += len(t.Resources)
	}
	return n
}

// template finishes a stack.
func template(s *stack, path, stackName string, needs, provides []string, origins ...source.Span) Template {
	return Template{
		Path: path, StackName: stackName, Resources: s.index, Given: s.given, Buckets: s.buckets,
		Needs: sorted(needs), Provides: sorted(provides), Origins: spans(origins), stack: s,
	}
}

func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// spans drops places that are not in the file (defaults) and repeats, and puts
// the rest in the order of the file.
func spans(all []source.Span) []source.Span {
	valid := slices.DeleteFunc(slices.Clone(all), func(s source.Span) bool { return !s.IsValid() })
	slices.SortFunc(valid, func(a, b source.Span) int {
		switch {
		case a == b:
			return 0
		case a.Start.Before(b.Start), a.Start == b.Start && a.End.Before(b.End):
			return -1
		}
		return 1
	})
	return slices.Compact(valid)
}
