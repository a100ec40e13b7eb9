package snowflake

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	airbyteemitter "github.com/tapestry-ci/tapestry-ci/compiler/emit/airbyte"
	dbtemitter "github.com/tapestry-ci/tapestry-ci/compiler/emit/dbt"
	emitter "github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Where Airbyte writes into the warehouse from now on, it goes on with the raw
// tables that the manifest made until then: nobody is told to drop one. A table
// of a stream that left is told of.
func TestATableInUseHasNotLeft(t *testing.T) {
	whole := func(p *ir.Pipeline) pipeline {
		got, err := read(slices.Concat(emitter.Emit(p), airbyteemitter.Emit(p), dbtemitter.Emit(p)))
		require.NoError(t, err)
		return got
	}
	kept := func(p, before *ir.Pipeline) (names []string) {
		l, out := settled(whole(before), outputs)
		for _, c := range planOf(whole(p), l, out).apply() {
			if c.Action == deploy.Keep && c.Kind == "table" {
				names = append(names, c.Name)
			}
		}
		return names
	}
	for _, raw := range []string{"RAW_ZOOM", `raw.zoom "x`} {
		before, direct, fewer := irtest.RainShield(), irtest.RainShield(), irtest.RainShield()
		for _, p := range []*ir.Pipeline{before, direct, fewer} {
			p.Sources[0].Schema = raw
		}
		before.Ingestion.Landing = ir.S3
		require.Empty(t, kept(direct, before), raw)

		fewer.Sources = nil
		require.NotEmpty(t, kept(fewer, before), raw)
	}
}
