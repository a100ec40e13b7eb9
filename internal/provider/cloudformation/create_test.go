package cloudformation_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

func TestFirstApply(t *testing.T) {
	for name, want := range map[string][]string{
		rainShield: {"create cloudformation:stack:foundation", "create cloudformation:stack:ingestion", "create cloudformation:stack:sync"},
		support:    {"create cloudformation:stack:foundation", "create cloudformation:stack:ingestion", "create cloudformation:stack:sync"},
		bigCompany: {"create cloudformation:stack:foundation", "create cloudformation:template:ingestion", "create cloudformation:stack:ingestion",
			"create cloudformation:template:sync", "create cloudformation:stack:sync"},
	} {
		t.Run(name, func(t *testing.T) {
			s := account(t)
			all := example(t, name)
			p := provider(s.Config())
			in := deploy.Input{Artifacts: all, Outputs: known()}
			first := plan(t, provider(s.PlanConfig()), in)
			assert.Equal(t, want, ids(first.Changes))
			var said []string
			require.NoError(t, apply(p, first.Changes, in, func(m string) { said = append(said, m) }))
			assert.Contains(t, said, "Key CREATE_COMPLETE")
			assert.NotEmpty(t, in.Outputs["output.foundation.KeyArn"])

			again := plan(t, p, deploy.Input{Artifacts: all, Outputs: known(), Live: true})
			for _, c := range again.Changes {
				t.Logf("%s %+v", c.ID, c.Fields)
			}
			assert.Empty(t, ids(again.Changes))
		})
	}
}
