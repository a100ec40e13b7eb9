package snowflake

import (
	"fmt"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

// variants are pipelines of every kind that makes a difference here.
func variants() map[string]*ir.Pipeline {
	out := map[string]*ir.Pipeline{}
	for _, landing := range []ir.Landing{ir.Direct, ir.S3} {
		for _, enterprise := range []bool{false, true} {
			for _, existing := range []bool{false, true} {
				p := irtest.RainShield()
				p.Ingestion.Landing = landing
				p.Snowflake.Enterprise, p.Snowflake.Existing = enterprise, existing
				out[fmt.Sprintf("%s enterprise=%t existing=%t", landing, enterprise, existing)] = p
			}
		}
	}
	out["quoted"], out["hostile"], out["many"], out["egress"] = quotedNames(), hostileNames(), manySources(8), egressPipeline()
	return out
}

// rename puts other names into every place that a file can name.
func rename(p *ir.Pipeline, change func(string) string) *ir.Pipeline {
	s := &p.Snowflake
	p.Name = change(p.Name)
	for _, name := range []*string{
		&s.Database, &s.IngestWarehouse, &s.TransformWarehouse, &s.SyncWarehouse, &s.Integration, &s.Stage, &s.FileFormat,
		&s.NetworkRule, &s.NetworkPolicy, &s.PIITag, &s.Monitor,
		&s.Schemas.Airbyte, &s.Schemas.Analytics, &s.Schemas.Snapshots, &s.Schemas.Syncs, &s.Schemas.Ledger, &s.Schemas.Landing,
		&s.Roles.Deploy, &s.Roles.Loader, &s.Roles.Transformer, &s.Roles.Reader, &s.Roles.Plan,
		&s.Users.Airbyte, &s.Users.Dbt, &s.Users.Grouparoo, &s.Users.CI, &s.Users.Plan,
	} {
		*name = change(*name)
	}
	for i := range p.Sources {
		src := &p.Sources[i]
		src.Schema = change(src.Schema)
		for j := range src.Streams {
			src.Streams[j].Table = change(src.Streams[j].Table)
			for k := range src.Streams[j].Columns {
				src.Streams[j].Columns[k].SQL = change(src.Streams[j].Columns[k].SQL)
			}
		}
	}
	for i := range p.Models {
		p.Models[i].Relation = change(p.Models[i].Relation)
		for j := range p.Models[i].Columns {
			p.Models[i].Columns[j].SQL = change(p.Models[i].Columns[j].SQL)
		}
	}
	for i := range p.Destinations {
		for j := range p.Destinations[i].Syncs {
			sync := &p.Destinations[i].Syncs[j]
			sync.View = change(sync.View)
			for _, list := range [][]ir.SyncColumn{sync.Keys, sync.Fields} {
				for k := range list {
					list[k].SQL = change(list[k].SQL)
				}
			}
		}
	}
	return p
}

func fullPipeline() *ir.Pipeline {
	p := irtest.RainShield()
	p.Snowflake.Enterprise = true
	return p
}

// egressPipeline is in a network of its owner's, which two addresses leave.
func egressPipeline() *ir.Pipeline {
	p := irtest.RainShield()
	p.AWS.Network = ir.Network{VPC: "vpc-0123456789abcdef0", Egress: []string{"203.0.113.10", "198.51.100.8/29"}}
	return p
}

// quotedNames has names that must be quoted to keep their identity.
func quotedNames() *ir.Pipeline {
	p := rename(fullPipeline(), func(s string) string { return "Käufer." + s })
	p.Snowflake.Users.Airbyte = "jon.doe@x.example"
	p.Snowflake.Users.Dbt = "dbt"
	p.Snowflake.Roles.Reader = "SELECT"
	p.Snowflake.Warehouse.Size = "X6LARGE"
	return p
}

// hostileNames tries to leave the place that a name has.
func hostileNames() *ir.Pipeline {
	p := rename(fullPipeline(), func(s string) string {
		return s + `"; DROP DATABASE X; -- '$$ \ ` + "${output.foundation.EgressAddresses}"
	})
	p.Ingestion.Landing = ir.S3
	return p
}

// manySources has sources with streams of every type of column.
func manySources(n int) *ir.Pipeline {
	p := fullPipeline()
	p.Ingestion.Landing = ir.S3
	kinds := []ir.TypeKind{ir.Text, ir.Email, ir.Integer, ir.Number, ir.Float, ir.Boolean, ir.Date, ir.Timestamp, ir.TimestampNTZ, ir.JSON}
	for i := range n {
		src := p.Sources[1]
		src.ID, src.Schema = fmt.Sprintf("zoom%03d", i), fmt.Sprintf("RAW_ZOOM_%03d", i)
		stream := src.Streams[0]
		stream.ID = src.ID + ".all"
		stream.Columns = nil
		for j, kind := range kinds {
			stream.Columns = append(stream.Columns, ir.Column{Name: string(kind), SQL: fmt.Sprintf("C%d", j), Type: ir.Type{Kind: kind, Precision: 12, Scale: 2}, Raw: true})
		}
		src.Streams = []ir.Stream{stream}
		p.Sources = append(p.Sources, src)
	}
	return p
}

// withSource gives a copy that has one more source.
func withSource(p *ir.Pipeline, id, schema string) *ir.Pipeline {
	q := *p
	src := p.Sources[0]
	src.ID, src.Schema = id, schema
	q.Sources = append(slices.Clone(p.Sources), src)
	return &q
}
