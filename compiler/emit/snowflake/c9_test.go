package snowflake

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

// C9: an object that is handed over keeps the grants that others have on it, on
// the way there and on the way back. Without COPY CURRENT GRANTS Snowflake
// refuses to hand over what others have rights on; REVOKE would take them away.
func TestC9OwnershipKeepsCurrentGrants(t *testing.T) {
	for name, p := range variants() {
		handed := 0
		for _, s := range Set(p).Statements {
			for _, sql := range []string{s.SQL, s.Undo} {
				if strings.HasPrefix(sql, "GRANT OWNERSHIP ") {
					handed++
					require.True(t, strings.HasSuffix(sql, " COPY CURRENT GRANTS"), "%s: %s", name, sql)
				}
			}
		}
		require.NotZero(t, handed, name)
	}
}

// C9: the order of the statements is that of what they are about, whatever the
// order in which the file names it.
func TestC9OrderIsTheSameWhateverTheInputOrder(t *testing.T) {
	build := func() *ir.Pipeline {
		p := withSource(fullPipeline(), "another", "RAW_ANOTHER")
		p.Destinations = append(slices.Clone(p.Destinations), ir.Destination{ID: "aaa", Enabled: true,
			Syncs: []ir.Sync{{ID: "aaa.b", View: "SYNC_AAA_B", Enabled: true}, {ID: "aaa.a", View: "SYNC_AAA_A", Enabled: true}}})
		return p
	}
	want := Set(build()).Statements
	p := build()
	turned(p)
	require.Equal(t, ids(want), ids(Set(p).Statements))
	require.Equal(t, want, Set(p).Statements)
	require.NotEqual(t, ids(want), ids(Set(irtest.RainShield()).Statements), "the list has what was added")
}

// turned puts every list of the pipeline, whose order says nothing, the other
// way round.
func turned(p *ir.Pipeline) {
	slices.Reverse(p.Sources)
	for i := range p.Sources {
		p.Sources[i].Streams = slices.Clone(p.Sources[i].Streams)
		slices.Reverse(p.Sources[i].Streams)
	}
	slices.Reverse(p.Models)
	slices.Reverse(p.Destinations)
	for i := range p.Destinations {
		slices.Reverse(p.Destinations[i].Syncs)
	}
	slices.Reverse(p.AWS.Network.Egress)
}

func ids(list []migration.Statement) []string {
	var out []string
	for _, s := range list {
		out = append(out, s.ID)
	}
	return out
}
