package check

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/modelsql"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/lower"
	"github.com/tapestry-ci/tapestry-ci/compiler/schedule"
)

// The rules may not import the packages behind them, so what they know of names
// is held against those packages here.

func TestNamesCollideWhereLowerMakesThemOne(t *testing.T) {
	keys := []string{"a", "A", "a-b", "a_b", "A.B", "a b", "ab", "a--b", "a__b", "b", "x-1", "x_1"}
	for _, a := range keys {
		for _, b := range keys {
			assert.Equal(t, lower.RawSchema(a) == lower.RawSchema(b), folded(a) == folded(b), "%q and %q as sources", a, b)
			assert.Equal(t, lower.Staging("s", a) == lower.Staging("s", b), folded(a) == folded(b), "%q and %q as streams", a, b)
			for _, c := range keys {
				assert.Equal(t, lower.ViewName(a, b) == lower.ViewName(b, c), folded(a)+"_"+folded(b) == folded(b)+"_"+folded(c), "%q, %q and %q as syncs", a, b, c)
			}
		}
	}
}

func TestReservedWordsAreQuotedEverywhere(t *testing.T) {
	for _, word := range reservedWords {
		assert.True(t, strings.HasPrefix(sqlname.Ident(word), `"`), word)
	}
}

func TestViewColumns(t *testing.T) {
	assert.Subset(t, viewColumns, []string{modelsql.ChangedAt, modelsql.Removed})
	assert.True(t, strings.HasPrefix(modelsql.RawID, airbytePrefix))
}

func TestZones(t *testing.T) {
	assert.Greater(t, len(zones()), 500)
	for _, zone := range zones() {
		assert.True(t, schedule.Zone(zone), zone)
	}
	assert.Equal(t, "America/New_York", nearestZone("new york"))
	assert.Equal(t, "Europe/Berlin", nearestZone("Europe/berln"))
	assert.Empty(t, nearestZone("xyzzy-xyzzy-xyzzy"))
}

func TestOneSlip(t *testing.T) {
	for _, pair := range [][2]string{{"email", "emial"}, {"email", "emai"}, {"email", "eemail"}, {"email", "emajl"}, {"Email", "eMAIL"}, {"a", "b"}, {"ab", "ba"}, {"", "a"}} {
		assert.True(t, oneSlip(pair[0], pair[1]), pair)
		assert.True(t, oneSlip(pair[1], pair[0]), pair)
	}
	for _, pair := range [][2]string{{"email", "ema"}, {"email", "mexil"}, {"email", "liame"}, {"abcd", "badc"}} {
		assert.False(t, oneSlip(pair[0], pair[1]), pair)
	}
}

func TestScanSQL(t *testing.T) {
	for _, good := range []string{
		"a = 1", "a in ('it''s', 'x;y')", `a = 'O\'Brien'`, `a like 'C:\'`, "a is not null -- done", "a > 1 /* and ( */ and b < 2", `"A" = $$it's; (here$$`,
		"a::varchar = 'x' and b[0] = 1", "true", "1 = 1", "data:plan::string = 'x'", "é = 'ü'",
	} {
		_, why := scanSQL(good)
		assert.Empty(t, why, good)
	}
	for _, bad := range []string{"", "  \n", "-- nothing", "/* nothing */", "a = 'x", `a = "x`, "(a", "a)", "(a]", "a; b", "/* a", "$$ a", "{{ a }}", "{% if a %}"} {
		_, why := scanSQL(bad)
		assert.NotEmpty(t, why, bad)
	}
	words, _ := scanSQL(`first_name = 'x' and "B" > 12.5e3`)
	assert.Equal(t, []sqlWord{{"first_name", bare}, {"=", symbol}, {"and", bare}, {"B", quoted}, {">", symbol}, {"0", symbol}}, words)
}
