package state

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// HoldAs lays down a lock of another process of this machine.
func HoldAs(t *testing.T, l *Lock, pid int) {
	data, err := json.Marshal(held{deploy.Holder{Owner: "gone", Host: l.host, PID: pid}, "x"})
	require.NoError(t, err)
	require.NoError(t, l.s.Put(t.Context(), lockKey, data))
}
