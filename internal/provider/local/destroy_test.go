//go:build cgo

package local

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

func TestDestroyKeepsWhatHoldsData(t *testing.T) {
	p := newProject(t, "rain-shield")
	p.apply()
	p.destroy = true
	plan := p.apply()
	for id, action := range map[string]deploy.Action{people: deploy.Delete, contacts: deploy.Delete, newsletter: deploy.Keep, warehouseID: deploy.Keep} {
		require.NotNil(t, plan.Change(id), id)
		assert.Equal(t, action, plan.Change(id).Action, id)
	}
	assert.Contains(t, plan.Change(contacts).DependsOn, people, "a table goes after the models that read it")
	assert.Equal(t, four, p.members(news))
	assert.FileExists(t, p.provider().(*provider).warehouse())
	assert.Empty(t, p.query("select * from duckdb_tables() where schema_name <> 'TAPESTRY'"))
	assert.Empty(t, p.query("select * from duckdb_views() where not internal"))
	p.quiet()

	p.destroy = false
	plan = p.apply() // and it comes back
	assert.Equal(t, deploy.Create, plan.Change(people).Action)
	assert.Nil(t, plan.Change(newsletter), "the members are all there")
	p.quiet()
}

func TestPurge(t *testing.T) {
	p := newProject(t, "rain-shield")
	p.apply()
	p.destroy, p.purge = true, []string{warehouseID, "mailchimp.newsletter"}
	plan := p.apply()
	assert.Len(t, plan.Destructive(), 2)
	assert.Equal(t, 4, plan.Change(newsletter).Effect.Kept+plan.Change(newsletter).Effect.Removed)
	assert.Empty(t, p.state())
	p.quiet()
	require.Empty(t, p.plan().Changes)
}

func TestDestroyRemovesMembersWhereTheFileSaysSo(t *testing.T) {
	p := newProject(t, "rain-shield")
	p.edit("guard: {max_removals: 50%, min_rows: 1}", "guard: {max_removals: 100%}\n        on_destroy: remove")
	p.apply()
	p.destroy = true
	plan := p.apply()
	assert.Equal(t, deploy.Delete, plan.Change(newsletter).Action)
	assert.Equal(t, 4, plan.Change(newsletter).Effect.Removed)
	assert.Empty(t, p.members(news))
	assert.Len(t, p.events(news), 8)
	p.quiet()
}

func TestDestroyOfNothing(t *testing.T) {
	p := newProject(t, "rain-shield")
	p.destroy = true
	assert.Empty(t, p.plan().Changes)
}
