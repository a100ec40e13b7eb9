package dbt

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/modelsql"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Emit writes the whole dbt project of a pipeline, sorted by path.
func Emit(p *ir.Pipeline) []emit.Artifact {
	e := &emitter{p: p, sql: modelsql.New(jinja{}, p)}
	e.macros()
	e.sources()
	e.staging()
	e.models()
	e.seen()
	e.syncs()
	e.project() // after these: it says something of the folders that there are
	e.image()   // last: it lists all files
	emit.Sort(e.out)
	return e.out
}

// emitter collects the files of one project.
type emitter struct {
	p   *ir.Pipeline
	sql *modelsql.Writer
	out []emit.Artifact
}

// file describes one file to add.
type file struct {
	path, kind      string
	content         string
	needs, provides []string
	origins         []source.Span
}

func (e *emitter) add(f file) {
	e.out = append(e.out, emit.Artifact{
		Path: "dbt/" + f.path, Provider: "dbt", Kind: f.kind, Content: endLine(f.content),
		Needs: f.needs, Provides: f.provides, Origins: known(f.origins),
	})
}

// has reports whether there is a file in a folder of the project.
func (e *emitter) has(folder string) bool {
	return slices.ContainsFunc(e.out, func(a emit.Artifact) bool { return strings.HasPrefix(a.Path, "dbt/"+folder+"/") })
}

// known drops places that say nothing.
func known(spans []source.Span) []source.Span {
	var out []source.Span
	for _, s := range spans {
		if s.IsValid() {
			out = append(out, s)
		}
	}
	return out
}

// analytics is the name of an object of the analytics schema in Needs and
// Provides.
func (e *emitter) analytics(kind, relation string) string {
	return kind + ":" + e.p.Snowflake.Schemas.Analytics + "." + relation
}

func rawTable(src *ir.Source, st *ir.Stream) string { return "table:" + src.Schema + "." + st.Table }
