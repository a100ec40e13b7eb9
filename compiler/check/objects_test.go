package check_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
)

// A lead joins a campaign by another field than a contact does.
func TestObjectsHaveDefaultsOfTheirOwn(t *testing.T) {
	entry, problems := catalog.Embedded().Destination("salesforce")
	require.Empty(t, problems)
	for object, want := range map[string]string{"Contact": "ContactId", "Lead": "LeadId"} {
		f, ok := entry.ToFields(object).Get("membership_field")
		require.True(t, ok)
		assert.Equal(t, want, f.Default.Text, object)
	}
}
