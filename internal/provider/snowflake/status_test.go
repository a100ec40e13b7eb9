package snowflake

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestStatusSaysWhatFailedLast(t *testing.T) {
	p := variant(nil)
	l, _ := settled(p, outputs)
	l.who = identity{"myorg-account1", "RAIN_SHIELD_CI", "RAIN_SHIELD_DEPLOY"}
	for i, id := range []string{"create/role/RAIN_SHIELD_READER", "create/role/RAIN_SHIELD_LOADER"} {
		r := l.ledger[id]
		r.status, r.failure, r.finished = failed, "003001 (42501): no\nmore", noon.Add(time.Duration(i)*time.Minute)
		l.ledger[id] = r
	}
	delete(l.ledger, "create/schema/RAIN_SHIELD.SYNCS")
	require.Equal(t, []string{
		"account myorg-account1, as RAIN_SHIELD_CI with role RAIN_SHIELD_DEPLOY",
		"71 statements done, 2 failed, 1 not run yet",
		"last failure 2026-11-25T12:01:00Z: create/role/RAIN_SHIELD_LOADER: 003001 (42501): no",
		"token TAPESTRY_CI of RAIN_SHIELD_GROUPAROO: active, ends in 100 days",
		"https://app.snowflake.com/myorg/account1/",
	}, statusOf(p, l, noon).Lines())

	l.tokens = nil
	require.Contains(t, statusOf(p, l, noon).Lines(), "token TAPESTRY_CI of RAIN_SHIELD_GROUPAROO: missing")
}
