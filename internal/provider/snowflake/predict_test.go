package snowflake

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakesnowflake "github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake"
)

// Whoever reads a key or a token learns from the plan that there will be another.
func TestPredictedVersions(t *testing.T) {
	changes := []deploy.Change{
		{Action: deploy.Update, Provides: []string{"parameter:/p/token"}},
		{Action: deploy.Create, Provides: []string{"parameter:/p/key", "view:SYNCS.X"}},
		{Action: deploy.Delete, Provides: []string{"parameter:/p/gone"}},
		{Action: deploy.Create, Provides: []string{"schema:RAW_ZOOM"}},
	}
	assert.Equal(t, deploy.Outputs{"parameter./p/token": "4", "modified./p/token": "", "parameter./p/key": "1", "modified./p/key": ""},
		predicted(changes, deploy.Outputs{"parameter./p/token": "3", "parameter./p/other": "7"}))
}

// What a plan predicts is what the apply brings about: at first, for a key that
// was asked for, and for a token that ends soon.
func TestPredictionsComeTrue(t *testing.T) {
	a := newAccount(t, fakesnowflake.Start(t), emitted(nil))
	a.bootstrap()
	const path = "/tapestry/rain-shield/production/snowflake/"
	for _, c := range []struct {
		rotate []string
		days   int
		params []string
	}{
		{params: []string{path + "airbyte-private-key", path + "dbt-private-key", path + "grouparoo-token"}},
		{rotate: []string{"RAIN_SHIELD_AIRBYTE"}, params: []string{path + "airbyte-private-key"}},
		{days: 160, params: []string{path + "grouparoo-token"}},
	} {
		a.rotate, a.now = c.rotate, a.now.AddDate(0, 0, c.days)
		known, err := parameters{a.params}.Plan(t.Context(), a.input(false))
		require.NoError(t, err)
		in := a.input(false)
		in.Outputs = known.Outputs
		outcome, err := a.provider().Plan(t.Context(), in)
		require.NoError(t, err)
		a.mustApply()
		want := deploy.Outputs{}
		for _, param := range c.params {
			want["parameter."+param] = strconv.FormatInt(a.params.puts[param], 10)
			want["modified."+param] = ""
		}
		assert.Equal(t, want, outcome.Outputs)
	}
}
