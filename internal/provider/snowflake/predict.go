package snowflake

import (
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// predicted are the versions that parameters with keys and tokens will have once
// the changes are made, in the words of package secrets: what this plan writes
// has no time at which it was written.
func predicted(changes []deploy.Change, outputs deploy.Outputs) deploy.Outputs {
	out := deploy.Outputs{}
	for _, c := range changes {
		for _, word := range c.Provides {
			param, ok := strings.CutPrefix(word, "parameter:")
			if !ok || c.Action != deploy.Create && c.Action != deploy.Update {
				continue
			}
			// One that is not there yet has version 0.
			version, _ := strconv.ParseInt(outputs["parameter."+param], 10, 64)
			out["parameter."+param] = strconv.FormatInt(version+1, 10)
			out["modified."+param] = ""
		}
	}
	return out
}
