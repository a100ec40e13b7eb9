package compose

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/grouparoo"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Path is where the file is in the build folder.
const Path = "compose.yaml"

// Pinned by tag: compose resolves no digests by itself.
const (
	postgresImage = "postgres:16.10-alpine"
	redisImage    = "redis:7.2.10-alpine"
)

const comment = `Grouparoo's web page and worker with Postgres and Redis, as they run in AWS.

  docker compose up --build

The values of the variables come from a file .env beside this one; compose says
which is missing. The web page is on http://localhost:8080, for this machine only.`

// Emit gives compose.yaml.
func Emit(p *ir.Pipeline) []emit.Artifact {
	doc := yamltree.Document{Comment: comment, Root: yamltree.Map{
		k("name", text(p.Prefix)),
		gap("services", yamltree.Map{
			k("postgres", postgres()),
			gap("redis", redis()),
			gap("web", web(p)),
			gap("worker", worker(p)),
		}),
		{Key: "networks", Gap: true, Comment: "Postgres and Redis have no way out.", Value: yamltree.Map{
			k("state", yamltree.Map{k("internal", yamltree.Bool(true))}),
			k("outside", yamltree.Map{}),
		}},
		gap("volumes", yamltree.Map{k("postgres", yamltree.Map{}), k("redis", yamltree.Map{})}),
	}}
	return []emit.Artifact{{
		Path: Path, Provider: "compose", Kind: "compose", Content: doc.Bytes(),
		Needs: needs(p), Provides: []string{"compose:" + p.Prefix}, Origins: origins(p),
	}}
}

func needs(p *ir.Pipeline) []string {
	all := []string{"image:grouparoo"}
	for _, name := range grouparoo.SecretNames(p) {
		all = append(all, "secret:"+name)
	}
	return all
}

func origins(p *ir.Pipeline) []source.Span {
	all := []source.Span{p.Origin, p.Sync.Origin}
	for i := range p.Destinations {
		all = append(all, p.Destinations[i].Origin)
	}
	return slices.DeleteFunc(all, func(s source.Span) bool { return !s.IsValid() })
}

var k = yamltree.K

func gap(key string, value yamltree.Node) yamltree.Entry {
	return yamltree.Entry{Key: key, Value: value, Gap: true}
}
