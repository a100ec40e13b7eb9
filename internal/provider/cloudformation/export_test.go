package cloudformation

import (
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/cloudformation/stackdiff"
)

// Unexpected is what is worse in a change set than in a plan.
func Unexpected(plan stackdiff.Result, drifts []string, changes []types.Change) []string {
	r := request{expect: plan, drifts: drifts}
	if drifts != nil {
		r.mode = types.DeploymentModeRevertDrift
	}
	return unexpected(r, changes, deploy.Safe)
}

// OwnDoing is whether a drift is AWS's own doing.
var OwnDoing = ownDoing
