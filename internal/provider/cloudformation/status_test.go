package cloudformation_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

func TestStatus(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	status, err := provider(s.PlanConfig()).Status(t.Context(), deploy.Input{Artifacts: all})
	require.NoError(t, err)
	assert.Equal(t, []string{"foundation: not there", "ingestion: not there", "sync: not there"}, status.Lines())

	up(t, s, all)
	status, err = provider(s.PlanConfig()).Status(t.Context(), deploy.Input{Artifacts: all})
	require.NoError(t, err)
	require.Len(t, status, 3)
	assert.Equal(t, "CREATE_COMPLETE", status[1].Status)
	assert.True(t, strings.HasPrefix(status[1].Machine, "i-"))
	assert.False(t, status[0].Changed.IsZero())
	assert.Len(t, status[2].Services, 2)
	text := strings.Join(status.Lines(), "\n")
	assert.Contains(t, text, "of 1 tasks run")
	assert.Contains(t, text, "EgressAddresses: ")
	assert.Contains(t, text, "https://us-east-1.console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/stackinfo?stackId=arn%3Aaws%3A")
}
