package check

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
)

// checkLanding: what needs typed raw tables does not go with landing: s3, where
// a raw table holds each record whole (TAP235).
func checkLanding(p *resolve.Program, add report) {
	landing := p.File.Ingestion.Landing
	if landing.V != string(ir.S3) {
		return
	}
	for _, m := range p.Models {
		for _, r := range m.Refs {
			if !r.Source || r.Stream == nil {
				continue
			}
			d := problem(NotWithS3, r.Span, "the model %s reads the raw table of %s, which has no columns under landing: s3", quote(m.Name), quote(r.Stream.ID))
			d.Detail = "Records are loaded from files as they are, each one whole in _AIRBYTE_DATA. Read the stream as dbt cleans it: ref('" + resolve.StagingName(r.Stream.Source.Name, r.Stream.Key) + "')."
			d.Related = append(d.Related, note(landing.Span, "landing is set here"))
			add(d)
		}
	}
}
