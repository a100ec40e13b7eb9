package awstarget_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
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
			looks := looksOneByOne(t, b.artifacts)
			var steps int
			applying, all := b.during(func() { plan, _ := b.apply(); steps = changing(plan) })
			fmt.Printf("calls: first apply with %d sources: %d for %d changes %v; one by one, as counted from the build and the plan: %d (a look at each thing, then for each change the change, a look after it, and two lines of the ledger; without the layers of images and the waiting, which the first number has)\n",
				row.sources, all, steps, applying, looks+4*steps)
			for _, live := range []bool{false, true} {
				planning, all := b.during(func() { require.Empty(t, waiting(b.plan(live))) })
				fmt.Printf("calls: plan with nothing to do, %d sources, live %t: %d %v; one by one, as counted from the build: %d\n", row.sources, live, all, planning, looks)
				assert.Less(t, all, looks)
				if !live {
					assert.LessOrEqual(t, all, row.most)
				}
			}
		})
	}
}

// looksOneByOne is how many calls a plan takes that asks for one thing after the
// other, with nothing but the build to say what things there are: a SHOW or DESCRIBE
// for each statement, a call for each object of Airbyte, each parameter and each
// image, and for each stack one for itself and one for its template.
func looksOneByOne(t *testing.T, artifacts []emit.Artifact) int {
	t.Helper()
	n := 0
	for _, a := range artifacts {
		switch {
		case a.Path == "snowflake/manifest.json":
			set, err := migration.Parse(a.Content)
			require.NoError(t, err)
			statements, _ := set.Count()
			n += statements
		case a.Path == settings.Path:
			s, err := settings.Parse(a.Content)
			require.NoError(t, err)
			n += len(s.Secrets) + 2*len(s.Stacks)
		case a.Provider == "airbyte" && a.Kind != "definitions", a.Kind == "image-spec":
			n++
		}
	}
	return n
}

// changing counts the changes that an apply makes.
func changing(plan *deploy.Plan) int { return len(waiting(plan)) }
