package awstarget_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/sandbox"
)

// Wherever Airbyte leaves what it reads, dbt builds once there is something to
// build from, and what syncs comes after that.
func TestBuildComesAfterTheFirstSyncs(t *testing.T) {
	artifacts, meta := compiled(t, "01-rain-shield", "", nil)
	b := boxOf(t, sandbox.Start(t, artifacts), artifacts, meta)
	for _, landing := range []string{"direct", "s3"} {
		b.edited(func(text string) string {
			return strings.Replace(text, "\nsources:\n", "\ningestion: {landing: "+landing+"}\n\nsources:\n", 1)
		})
		plan := b.plan(false)
		for _, source := range []string{"zoom", "salesforce"} {
			assert.True(t, after(t, plan, "dbt:build:rain-shield", "airbyte:sync:"+source), "%s: %s", landing, source)
		}
		assert.True(t, after(t, plan, "cloudformation:stack:sync", "dbt:build:rain-shield"), landing)
	}
}

// after says that a change waits for another, directly or not.
func after(t *testing.T, plan *deploy.Plan, late, early string) bool {
	t.Helper()
	c := plan.Change(late)
	require.NotNil(t, c, "%s: %v", late, waiting(plan))
	for _, id := range c.DependsOn {
		if id == early || plan.Change(id) != nil && after(t, plan, id, early) {
			return true
		}
	}
	return false
}
