package awstarget_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Airbyte's own database in another place is empty, and the machine takes it after
// its stack has changed: what loads is made again in the same apply.
func TestAnotherDatabaseOfAirbytesOwn(t *testing.T) {
	b := open(t, "01-rain-shield", "")
	b.apply()
	zoom := b.s.Airbyte.ID("connection", "rain-shield zoom")
	b.edited(replacing("\nsources:\n", "\ningestion: {data: instance}\n\nsources:\n"))
	reviewed := b.plan(false)
	_, err := deploy.Reapprove(reviewed, b.plan(true), nil)
	require.NoError(t, err)
	first := reviewed.Change("airbyte:server:database")
	require.NotNil(t, first, "%v", waiting(reviewed))
	assert.Equal(t, deploy.Disruptive, first.Risk)
	assert.Contains(t, first.DependsOn, "cloudformation:stack:ingestion")
	b.allow = idsOf(reviewed.Destructive())
	b.apply()
	assert.NotEqual(t, zoom, b.s.Airbyte.ID("connection", "rain-shield zoom"))
	require.Empty(t, waiting(b.plan(true)))
	require.Empty(t, waiting(b.plan(false)))
}

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
