package awstarget_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

func TestRainShield(t *testing.T) {
	b := open(t, "01-rain-shield", "")
	began := time.Now()
	b.plan(false)
	t.Log("plan", time.Since(began), len(b.s.AWS.Requests()), len(b.s.Snowflake.Statements()), len(b.s.Airbyte.Fault.Calls()), len(b.s.Registry.Requests()))
	began = time.Now()
	b.events = func(e deploy.Event) {
		if e.Took > 0 {
			t.Log(time.Since(began).Round(time.Millisecond), e.Took.Round(time.Millisecond), e.Change)
		}
	}
	b.apply()
	t.Log("apply", time.Since(began), len(b.s.AWS.Requests()), len(b.s.Snowflake.Statements()), len(b.s.Airbyte.Fault.Calls()), len(b.s.Registry.Requests()))
	require.Empty(t, waiting(b.plan(false)))
	began = time.Now()
	require.Empty(t, waiting(b.plan(true)))
	t.Log("plan", time.Since(began), len(b.s.AWS.Requests()), len(b.s.Snowflake.Statements()), len(b.s.Airbyte.Fault.Calls()), len(b.s.Registry.Requests()))
	began = time.Now()
	_, _, err := b.run(true)
	require.NoError(t, err)
	t.Log("destroy", time.Since(began), len(b.s.AWS.Requests()), len(b.s.Snowflake.Statements()), len(b.s.Airbyte.Fault.Calls()), len(b.s.Registry.Requests()))
	ops := map[string]int{}
	for _, c := range b.s.AWS.Requests() {
		ops[c.Operation]++
	}
	t.Log(ops)
}
