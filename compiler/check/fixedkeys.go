package check

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
)

// checkFixedKeys: a key or a cursor that the connector defines is not given
// another value (TAP229).
func checkFixedKeys(p *resolve.Program, add report) {
	eachStream(p, func(st *resolve.Stream) {
		if !isKnownStream(st) {
			return
		}
		if own, key := st.Defaults.PrimaryKey, st.Spec.PrimaryKey; key.Set && len(own) > 0 && !st.Defaults.UserKey && !sameNames(own, key.Strings()) {
			d := problem(FixedBySource, key.Span, "the primary key of %s is fixed by the connector: %s", quote(st.ID), list(own))
			d.Detail = "Airbyte refuses a connection with another key. Leave `primary_key` out. What identifies a row of a model is said there, with unique_by."
			add(d)
		}
		if own, cursor := st.Defaults.Cursor, st.Spec.Cursor; cursor.Set && own != "" && !st.Defaults.UserCursor && cursor.V != own {
			d := problem(FixedBySource, cursor.Span, "the cursor of %s is fixed by the connector: %s", quote(st.ID), own)
			d.Suggest = own
			d.Detail = "Airbyte takes no other one. Leave `cursor` out."
			add(d)
		}
	})
}

// sameNames compares two lists as sets.
func sameNames(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}
