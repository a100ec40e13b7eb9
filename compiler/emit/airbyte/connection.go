package airbyte

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// connection is the request that makes a source's connection. All streams are
// sent each time: Airbyte takes those that are missing out, and a change
// without streams turns every stream into a full refresh.
func connection(p *ir.Pipeline, s *ir.Source) emit.Artifact {
	to := target(p).Connector
	needs := []string{ingestionStack, fromSource + s.ID, fromDest + to}
	if p.Ingestion.Landing != ir.S3 {
		needs = append(needs, schema(s.Schema))
	}
	d := Document{
		Name:    s.ConnectionName,
		Needs:   needs,
		Request: Request{"POST", "/connections"},
		Bind:    []Binding{{"/sourceId", fromSource + s.ID}, {"/destinationId", fromDest + to}},
		Body: object{
			{"name", s.ConnectionName},
			{"namespaceDefinition", "custom_format"},
			{"namespaceFormat", s.Schema},
			{"nonBreakingSchemaUpdatesBehavior", "ignore"},
			{"status", "active"},
			{"schedule", schedule(s.Schedule)},
			{"configurations", object{{"streams", streams(s, p.Ingestion.Landing)}}},
		},
		Then: timeZone(s),
	}
	return file("connection-"+s.ID, "connection", d, provides(p, s), connectionOrigins(s)...)
}

// provides lists what is there once the first sync is over: raw tables, or
// files in the landing bucket.
func provides(p *ir.Pipeline, s *ir.Source) []string {
	names := []string{fromConnect + s.ID}
	for i := range s.Streams {
		st := &s.Streams[i]
		if p.Ingestion.Landing == ir.S3 {
			names = append(names, "landing:"+s.LandingPath(st))
		} else {
			names = append(names, "table:"+s.Schema+"."+st.Table)
		}
	}
	return names
}

// schema is how the warehouse's migrations name a schema that they provide.
func schema(name string) string { return "schema:" + name }

func connectionOrigins(s *ir.Source) []source.Span {
	origins := []source.Span{s.Origin, s.Schedule.Origin}
	for _, st := range s.Streams {
		origins = append(origins, st.Origin)
		for _, c := range st.Columns {
			origins = append(origins, c.Origin)
		}
	}
	return origins
}

func schedule(s ir.Schedule) object {
	if s.Manual {
		return object{{"scheduleType", "manual"}}
	}
	return object{{"scheduleType", "cron"}, {"cronExpression", s.Quartz}}
}

// timeZone sets the zone of a cron through Airbyte's own API. The public one
// stores every cron as UTC, also when something else of the connection changes,
// so this has to follow each time.
func timeZone(s *ir.Source) []FollowUp {
	if s.Schedule.Manual || s.Schedule.TZ == "" || s.Schedule.TZ == "UTC" {
		return nil
	}
	return []FollowUp{{
		Why:     "the public API stores every cron as UTC",
		Request: Request{"POST", "/api/v1/connections/update"},
		Bind:    []Binding{{"/connectionId", fromConnect + s.ID}},
		Body: object{
			{"scheduleType", "cron"},
			{"scheduleData", object{{"cron", object{{"cronExpression", s.Schedule.Quartz}, {"cronTimeZone", s.Schedule.TZ}}}}},
		},
	}}
}
