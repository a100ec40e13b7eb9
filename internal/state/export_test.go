package state

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// HoldAs lays down a lock of another process of this machine.
func HoldAs(t *testing.T, b *Bucket, pid int) {
	data, err := json.Marshal(held{deploy.Holder{Owner: "gone", Host: b.host, PID: pid}, "x"})
	require.NoError(t, err)
	require.NoError(t, b.Put(t.Context(), lockKey, data))
}
