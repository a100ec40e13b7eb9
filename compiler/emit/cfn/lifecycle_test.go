package cfn

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// An image that others are built on is pushed once and never again, so no rule
// may count it away.
func TestDependencyImagesNeverExpire(t *testing.T) {
	var policy struct {
		Rules []struct {
			Selection struct {
				TagStatus     string
				TagPrefixList []string
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(lifecyclePolicy), &policy))
	require.Len(t, policy.Rules, 2)
	for _, r := range policy.Rules {
		switch r.Selection.TagStatus {
		case "untagged":
		case "tagged":
			require.Equal(t, []string{"config-"}, r.Selection.TagPrefixList)
		default:
			require.Failf(t, "a rule takes tagged images of every kind", "%q", r.Selection.TagStatus)
		}
	}
}
