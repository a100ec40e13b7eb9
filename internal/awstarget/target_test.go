package awstarget_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRainShield(t *testing.T) {
	b := open(t, "01-rain-shield", "")
	first := b.plan(false)
	for _, line := range waiting(first) {
		t.Log(line)
	}
	b.apply()
	require.Empty(t, waiting(b.plan(false)))
	require.Empty(t, waiting(b.plan(true)))
}
