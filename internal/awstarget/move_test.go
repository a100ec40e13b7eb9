package awstarget_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Another database is filled from the beginning, and the one before is told of as
// kept.
func TestAnotherDatabase(t *testing.T) {
	b := open(t, "01-rain-shield", "")
	b.apply()
	zoom := b.s.Airbyte.ID("connection", "rain-shield zoom")
	b.edited(func(text string) string {
		return strings.Replace(text, "snowflake:\n", "snowflake:\n  database: {name: ELSEWHERE}\n", 1)
	})
	plan := b.plan(false)
	for _, id := range []string{"airbyte:connection:zoom", "airbyte:connection:salesforce"} {
		c := plan.Change(id)
		require.NotNil(t, c, "%v", waiting(plan))
		assert.Equal(t, deploy.Replace, c.Action)
		assert.Equal(t, deploy.Disruptive, c.Risk)
	}
	kept := slices.IndexFunc(plan.Changes, func(c deploy.Change) bool { return c.Kind == "place" })
	require.GreaterOrEqual(t, kept, 0)
	assert.Equal(t, deploy.Keep, plan.Changes[kept].Action)
	b.apply()
	assert.NotEqual(t, zoom, b.s.Airbyte.ID("connection", "rain-shield zoom"))
	require.Empty(t, waiting(b.plan(true)))
}
