package cfn

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

// An existing network's addresses are the file's, and nobody is asked for them
// when the stack is made.
func TestAddressesOfAnExistingNetworkAreAnOutput(t *testing.T) {
	p := irtest.RainShield()
	existingVPC(p)
	foundation := Templates(p)[0].stack
	assert.Empty(t, foundation.parameters)
	assert.Equal(t, str("203.0.113.10,203.0.113.64/28"), foundation.outputs.Get(OutEgressAddresses).(obj).Get("Value"))
}
