package awstarget_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fakeregistry "github.com/tapestry-ci/tapestry-ci/internal/fake/registry"
)

// made counts the calls that reached each system so far.
func (b *box) made() map[string]int {
	registry := 0
	for _, c := range b.s.Registry.Requests() {
		if !slices.Contains(fakeregistry.ECRCalls, c.Operation) { // those are AWS's, and counted there
			registry++
		}
	}
	signIns := 0
	for _, c := range b.s.Snowflake.Fault.Calls() {
		if strings.Contains(c.Path, "login-request") {
			signIns++
		}
	}
	return map[string]int{"AWS": len(b.s.AWS.Requests()), "registry": registry, "Airbyte": len(b.s.Airbyte.Fault.Calls()),
		"Snowflake": len(b.s.Snowflake.Statements()), "Snowflake sign-ins": signIns}
}

// during counts the calls of f.
func (b *box) during(f func()) (calls map[string]int, all int) {
	before := b.made()
	f()
	calls = b.made()
	for name := range calls {
		calls[name] -= before[name]
		all += calls[name]
	}
	return calls, all
}

// manySources is a pipeline with n sources, each with a secret of its own.
func manySources(text string, n int) string {
	head, rest, _ := strings.Cut(text, "sources:\n")
	zoom, after, _ := strings.Cut(rest, "\n\n  salesforce:")
	var more strings.Builder
	for i := range n - 2 {
		source := strings.Replace(zoom, "  zoom:\n", fmt.Sprintf("  zoom%02d:\n    connector: zoom\n", i), 1)
		more.WriteString(strings.Replace(source, "secret.ZOOM_CLIENT_SECRET", fmt.Sprintf("secret.ZOOM_CLIENT_SECRET_%02d", i), 1) + "\n\n")
	}
	return head + "sources:\n" + more.String() + zoom + "\n\n  salesforce:" + after
}

// Reads are taken together and side by side: what there is to read grows with the
// sources, the number of calls does not.
func TestCalls(t *testing.T) {
	for _, row := range []struct {
		sources, most int
	}{{2, 40}, {50, 40}} {
		t.Run(fmt.Sprint(row.sources), func(t *testing.T) {
			if testing.Short() && row.sources > 2 {
				t.Skip("half a minute")
			}
			b := open(t, "01-rain-shield", "")
			if row.sources > 2 {
				artifacts, meta := compiled(t, "01-rain-shield", "", func(text string) string { return manySources(text, row.sources) })
				b = boxOf(t, b.s, artifacts, meta)
				for i := range row.sources {
					b.env[fmt.Sprintf("ZOOM_CLIENT_SECRET_%02d", i)] = "x"
				}
			}
			var naive int
			applying, all := b.during(func() { plan, _ := b.apply(); naive = len(plan.Changes) })
			fmt.Printf("calls: first apply with %d sources: %d for %d changes %v; one at a time (look, change, look again, two lines of the ledger) %d\n", row.sources, all, naive, applying, 5*naive)
			for _, live := range []bool{false, true} {
				planning, all := b.during(func() { require.Empty(t, waiting(b.plan(live))) })
				fmt.Printf("calls: plan with nothing to do, %d sources, live %t: %d %v; one by one %d\n", row.sources, live, all, planning, naive)
				if !live {
					assert.LessOrEqual(t, all, row.most)
				}
			}
		})
	}
}
