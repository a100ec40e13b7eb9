package snowflake

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// userSQL passes the user's own SQL on as it is. Whoever applies it cuts it into
// statements, and runs each once, after all of ours.
func userSQL(p *ir.Pipeline) []emit.Artifact {
	var out []emit.Artifact
	files := slices.Clone(p.UserSQL)
	slices.SortFunc(files, func(a, b ir.UserSQL) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range files {
		out = append(out, emit.Artifact{Path: folder + "migrations/" + f.Name, Provider: provider, Kind: "user-sql",
			Content: []byte(strings.TrimRight(f.SQL, "\n") + "\n"), Needs: []string{"bootstrap:snowflake"}, Origins: []source.Span{f.Origin}})
	}
	return out
}
