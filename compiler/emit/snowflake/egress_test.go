package snowflake

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

func networkRule(t *testing.T, p *ir.Pipeline) migration.Statement {
	t.Helper()
	for _, s := range Set(p).Statements {
		if s.Object.Type == "network rule" {
			return s
		}
	}
	require.Fail(t, "no network rule")
	return migration.Statement{}
}

// The addresses of a network that is there are known when the file is compiled:
// nothing is left to fill in, and each is a constant of its own, whatever the
// order in which they were written.
func TestAddressesOfAnExistingNetworkAreConstants(t *testing.T) {
	p := egressPipeline()
	s := networkRule(t, p)
	require.Empty(t, s.Inputs)
	require.Contains(t, s.SQL, "VALUE_LIST = ('198.51.100.8/29', '203.0.113.10')")
	require.Contains(t, s.Change, "SET VALUE_LIST = ('198.51.100.8/29', '203.0.113.10')")

	p.AWS.Network.Egress = []string{"198.51.100.8/29", "203.0.113.10"}
	require.Equal(t, s, networkRule(t, p))
	p.AWS.Network.Egress = p.AWS.Network.Egress[:1]
	require.NotEqual(t, s.Digest, networkRule(t, p).Digest)
}

// The address of an own network is known when its stack is there.
func TestAddressOfAnOwnNetworkIsAnInput(t *testing.T) {
	s := networkRule(t, irtest.RainShield())
	require.Equal(t, []migration.Input{{Name: "output.foundation.EgressAddresses", List: true}}, s.Inputs)
	filled, err := migration.Resolve(s, map[string]string{"output.foundation.EgressAddresses": "192.0.2.1,192.0.2.2"})
	require.NoError(t, err)
	require.Contains(t, filled.SQL, "VALUE_LIST = ('192.0.2.1', '192.0.2.2')")
	require.NoError(t, vendor(filled.SQL))
	require.NoError(t, vendor(filled.Change))
}
