package awstarget

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is read late is looked at first, all at once, so that no apply stops in
// the middle for a letter that is missing.
func TestTheEnvironmentIsLookedAtFirst(t *testing.T) {
	lookup := func(env map[string]string) func(string) (string, bool) {
		return func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	}
	good := map[string]string{"TAPESTRY_AMI_ID": "ami-0123456789abcdef0", "TAPESTRY_ABCTL_SHA256": strings.Repeat("0a", 32), "TAPESTRY_AWS_STACK_ROLE": "arn:aws-us-gov:iam::123456789012:role/team/stacks",
		"TAPESTRY_AWS_ROLE": "arn:aws:iam::123456789012:role/apply", "TAPESTRY_AIRBYTE_URL": "https://airbyte.example.com/", "TAPESTRY_POLL": "50ms"}
	require.NoError(t, environment(lookup(good)))
	require.NoError(t, environment(lookup(nil)))
	require.NoError(t, ownRole(lookup(good), "123456789012"))
	require.NoError(t, ownRole(lookup(nil), "123456789012"))
	require.EqualError(t, ownRole(lookup(good), "210987654321"), "TAPESTRY_AWS_STACK_ROLE is a role of account 123456789012, and this is account 210987654321; nothing was done")

	bad := map[string]string{"TAPESTRY_AMI_ID": "ami-123", "TAPESTRY_ABCTL_SHA256": "sha256:" + good["TAPESTRY_ABCTL_SHA256"], "TAPESTRY_AWS_STACK_ROLE": "stacks",
		"TAPESTRY_AWS_ROLE": "arn:aws:iam::1:role/x", "TAPESTRY_AIRBYTE_URL": "ftp://user:password@airbyte", "TAPESTRY_POLL": "2"}
	err := environment(lookup(bad))
	for name := range bad {
		require.ErrorContains(t, err, "\n  "+name+" is ")
		alone := environment(lookup(map[string]string{name: bad[name]}))
		require.ErrorContains(t, alone, name)
		require.Equal(t, 1, strings.Count(alone.Error(), "\n"))
	}
	require.NotContains(t, err.Error(), "password")
}
