package registry_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/lock"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
	"github.com/tapestry-ci/tapestry-ci/internal/registry"
)

func TestAllConnectorsOfTheRegistryLoad(t *testing.T) {
	r, err := registry.Open(t.Context(), judge.Spec(t, "airbyte-registry-2025-01.json.gz"), nil)
	require.NoError(t, err)
	names := r.Names()
	assert.Equal(t, 559, len(names)+r.Destinations)
	all := &lock.Lock{}
	for _, name := range names {
		c, err := r.Connector(name)
		if assert.NoError(t, err) {
			all.Set(c)
		}
	}
	again, problems := lock.Parse(lock.Name, all.Text())
	require.Empty(t, problems)
	assert.Equal(t, all, again)
}
