package airbyte

import (
	"cmp"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Connector is one connector that the pipeline uses, with the version that it
// was compiled for.
type Connector struct {
	Kind         string `json:"kind"` // source | destination
	Connector    string `json:"connector"`
	DefinitionID string `json:"definitionId"`
	Repository   string `json:"repository"`
	Version      string `json:"version"`
}

// The destinations that raw data goes to. Snowflake 3 stages inside Snowflake
// and types each column; S3 writes files that Snowflake then loads.
var (
	toSnowflake = Connector{"destination", "snowflake", "424892c4-daac-4491-b35d-c6688ba547ba", "airbyte/destination-snowflake", "3.15.4"}
	toS3        = Connector{"destination", "s3", "4816b78f-1489-44c1-9060-4b19d5fa9362", "airbyte/destination-s3", "1.4.0"}
)

func target(p *ir.Pipeline) Connector {
	if p.Ingestion.Landing == ir.S3 {
		return toS3
	}
	return toSnowflake
}

// definitions lists the connectors, each once.
func definitions(p *ir.Pipeline) emit.Artifact {
	all := []Connector{target(p)}
	origins := []source.Span{p.Ingestion.Origin}
	for _, s := range p.Sources {
		all = append(all, Connector{"source", s.Connector, s.Definition, s.Repository, s.Version})
		origins = append(origins, s.Origin)
	}
	slices.SortFunc(all, func(a, b Connector) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Connector, b.Connector), cmp.Compare(a.Version, b.Version))
	})
	return emit.Artifact{
		Path: folder + "definitions.json", Provider: "airbyte", Kind: "definitions",
		Content: text(object{{"connectors", slices.Compact(all)}}), Needs: []string{ingestionStack}, Origins: places(origins),
	}
}
