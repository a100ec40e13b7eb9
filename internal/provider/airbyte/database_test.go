package airbyte_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

func onInstance(text string) string {
	return strings.Replace(text, "\nsources:\n", "\ningestion: {data: instance}\n\nsources:\n", 1)
}

// Airbyte's machine takes an empty database, a while after the stack has changed.
// Everything is made again in the same apply, and both plans say so.
func TestAnotherDatabaseOfAirbytesOwn(t *testing.T) {
	p := open(t, rain)
	p.edited(func(text string) string { return text + "\n" })
	require.NoError(t, p.apply())
	for _, edit := range []func(string) string{onInstance, func(text string) string { return text + "\n" }} {
		was, want := p.server.ID("connection", "rain-shield zoom"), objects(p.server)
		p.edited(edit)
		changes := p.both()
		first := change(changes, "airbyte:server:database")
		require.NotNil(t, first, "%v", ids(changes))
		assert.Equal(t, deploy.Disruptive, first.Risk)
		assert.Contains(t, first.Reason, "all streams are read anew")
		assert.Equal(t, []string{"stack:ingestion"}, first.Needs)
		assert.Len(t, changes, 1+1+1+2+2+2) // itself, the workspace, the destination, sources, connections, first syncs
		for _, key := range []string{"zoom", "salesforce"} {
			c := change(changes, "airbyte:connection:"+key)
			require.NotNil(t, c)
			assert.Equal(t, deploy.Disruptive, c.Risk)
			assert.Contains(t, c.DependsOn, first.ID)
		}

		p.server.Swap(3)
		var said []string
		_, err := p.provider().Apply(t.Context(), *first, p.in, func(m string) { said = append(said, m) })
		require.NoError(t, err)
		require.NotEmpty(t, said)
		assert.Contains(t, said[0], "waiting for Airbyte's other database")
		assert.NotContains(t, p.server.Snapshot(), "zoom", "it did not begin before")
		_, err = p.provider().Apply(t.Context(), *first, p.in, func(string) {})
		require.NoError(t, err, "once more")
		rest := p.both()
		for _, c := range rest {
			assert.NotNil(t, change(changes, c.ID), "an apply that was killed goes on: %s", c.ID)
		}

		require.NoError(t, p.apply())
		assert.Empty(t, p.both())
		assert.NotEqual(t, was, p.server.ID("connection", "rain-shield zoom"))
		assert.Equal(t, want, objects(p.server))
	}
}

// The machine that installs Airbyte anew does not answer for a while.
func TestAnotherDatabaseWhileItIsInstalled(t *testing.T) {
	p := open(t, rain)
	p.edited(func(text string) string { return text + "\n" })
	require.NoError(t, p.apply())
	p.edited(onInstance)
	first := change(p.both(), "airbyte:server:database")
	require.NotNil(t, first)
	p.server.Swap(2)
	p.server.Fault.Add(fault.Rule{Nth: 4, Times: 12, Do: fault.Refuse, Status: http.StatusServiceUnavailable})
	_, err := p.provider().Apply(t.Context(), *first, p.in, func(string) {})
	require.NoError(t, err)
	require.NoError(t, p.apply())
	assert.Empty(t, p.both())
}
