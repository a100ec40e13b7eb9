package check

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// viewColumns are the columns that a sync's snapshot and view have besides what
// is mapped.
var viewColumns = []string{"CHANGED_AT", "REMOVED", "DBT_SCD_ID", "DBT_UPDATED_AT", "DBT_VALID_FROM", "DBT_VALID_TO"}

// checkViewColumns: no column that is sent has the name of one that the view of
// the sync has already (TAP419).
func checkViewColumns(p *resolve.Program, add report) {
	eachSync(p, func(s *resolve.Sync) {
		eachPair(s, func(pair spec.Pair) {
			if name := warehouse(pair.From.V); slices.Contains(viewColumns, name) {
				d := problem(ViewColumn, pair.From.Span, "a column that is sent cannot be called %s", quote(pair.From.V))
				d.Detail = "The view that the destination is filled from has a column " + name + " of its own. Give the column of the model another name."
				add(d)
			}
		})
	})
}
