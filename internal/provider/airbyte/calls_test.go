package airbyte_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fake "github.com/tapestry-ci/tapestry-ci/internal/fake/airbyte"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/airbyte"
)

// once plans and applies in one process, as the command does: where a step fails,
// those that do not need it go on.
func (p *place) once() error {
	_, err := p.with(p.provider())
	return err
}

func (p *place) with(made *airbyte.Provider) (calls []fault.Call, err error) {
	before := len(p.server.Fault.Calls())
	plan, err := deploy.Build(p.t.Context(), []deploy.Provider{made}, p.in, deploy.Meta{})
	if err != nil {
		return nil, err
	}
	failed := map[string]bool{}
	for _, c := range plan.Changes {
		failed[c.ID] = slices.ContainsFunc(c.DependsOn, func(id string) bool { return failed[id] })
		if failed[c.ID] {
			continue
		}
		if _, problem := made.Apply(p.t.Context(), c, p.in, func(string) {}); problem != nil {
			failed[c.ID], err = true, errors.Join(err, problem)
		}
	}
	return p.server.Fault.Calls()[before:], err
}

// whole is once, with the provider and the calls that it took.
func (p *place) whole() (*airbyte.Provider, []fault.Call) {
	p.t.Helper()
	made := p.provider()
	calls, err := p.with(made)
	require.NoError(p.t, err)
	return made, calls
}

// lists counts the calls that list objects of a kind.
func lists(calls []fault.Call) (n int) {
	for _, c := range calls {
		if c.Method == http.MethodGet && strings.Contains(c.Path, "?limit=100&offset=") {
			n++
		}
	}
	return n
}

// Listing the workspace before and after every change took 380 calls for 38
// changes. What is published from answers is what a listing would have found.
func TestCallsOfAFirstApply(t *testing.T) {
	p := open(t, "../../../examples/05-big-company")
	changes := len(p.plan())
	made, calls := p.whole()
	t.Logf("%d changes in %d calls, %d of them listings", changes, len(calls), lists(calls))
	assert.Equal(t, 1, lists(calls), "of workspaces, when there was none")
	assert.Less(t, len(calls), 150)
	published := string(p.bucket.objects["airbyte/snapshot.json"])
	require.NoError(t, made.Publish(t.Context(), p.in))
	assert.Equal(t, string(p.bucket.objects["airbyte/snapshot.json"]), published)
	assert.Empty(t, p.plan())
	assert.Empty(t, p.snapshotted())
}

// An answer that leaves open what was done makes it look again; so does an object
// that somebody deleted since.
func TestItLooksAgainWhenInDoubt(t *testing.T) {
	p := open(t, rain)
	p.server.Fault.Add(fault.Rule{Operation: "POST /api/public/v1/sources", Nth: 1, Do: fault.Drop})
	_, calls := p.whole()
	assert.Equal(t, 1+4, lists(calls))
	assert.Equal(t, 2, strings.Count(p.server.Snapshot(), "\nsource {"), "none twice")

	made := p.provider()
	p.server.Edit("source", "rain-shield zoom", func(b map[string]any) { b["configuration"].(map[string]any)["account_id"] = "x" })
	plan, err := deploy.Build(t.Context(), []deploy.Provider{made}, p.in, deploy.Meta{})
	require.NoError(t, err)
	p.server.Remove("source", "rain-shield zoom")
	_, err = made.Apply(t.Context(), plan.Changes[0], p.in, func(string) {})
	require.NoError(t, err)
	require.NoError(t, p.apply())
	assert.Empty(t, p.plan())
}

// Steps that run side by side share what they know.
func TestStepsSideBySide(t *testing.T) {
	p := open(t, "../../../examples/05-big-company")
	p.server.Fault.Add(fault.Rule{Operation: "POST /api/public/v1/sources", Nth: 3, Do: fault.Drop})
	made := p.provider()
	plan, err := deploy.Build(t.Context(), []deploy.Provider{made}, p.in, deploy.Meta{})
	require.NoError(t, err)
	for rest := plan.Changes; len(rest) > 0; {
		var failed []error
		failed, rest = p.round(made, plan, rest)
		require.Empty(t, failed)
	}
	assert.Empty(t, p.plan())
	assert.Empty(t, p.snapshotted())
}

// round applies at once every change whose needs are done, and gives the others.
func (p *place) round(made *airbyte.Provider, plan *deploy.Plan, open []deploy.Change) (failed []error, rest []deploy.Change) {
	waits := func(c deploy.Change) bool {
		for _, id := range c.DependsOn {
			for _, o := range open {
				if o.ID == id {
					return true
				}
			}
		}
		return false
	}
	results := make(chan error)
	begun := 0
	for _, c := range open {
		if waits(c) {
			rest = append(rest, c)
			continue
		}
		begun++
		go func() {
			_, err := made.Apply(context.WithoutCancel(p.t.Context()), c, p.in, func(string) {})
			results <- err
		}()
	}
	for range begun {
		if err := <-results; err != nil {
			failed = append(failed, err)
		}
	}
	return failed, rest
}

// sources is a pipeline that only loads, from n places.
func sources(n int) string {
	var b strings.Builder
	b.WriteString("version: 1\nname: many\naws: {region: us-east-1}\nsnowflake: {account: many-main}\nsources:\n")
	for i := range n {
		fmt.Fprintf(&b, "  s%02d:\n    connector: salesforce\n    config: {client_id: c%d, client_secret: \"${secret.S%02d}\", refresh_token: \"${secret.R}\"}\n"+
			"    schedule: {cron: \"0 3 * * *\"%s}\n    streams: {Contact: {columns: {Id: text, Email: email, SystemModstamp: timestamp, IsDeleted: boolean}}}\n",
			i, i, i, map[bool]string{true: ", timezone: Europe/Berlin"}[i == 7])
	}
	return b.String()
}

// many is a place with n sources, applied.
func many(t *testing.T, n int, o fake.Options) *place {
	t.Helper()
	r := compiler.Compile(fstest.MapFS{"tapestry.yaml": {Data: []byte(sources(n))}}, "tapestry.yaml", compiler.Options{})
	require.False(t, r.Diagnostics.HasErrors(), "%v", r.Diagnostics)
	p := &place{t, fake.Start(t, o), &bucket{objects: map[string][]byte{}}, deploy.Input{Artifacts: r.Artifacts, Live: true,
		Outputs: deploy.Outputs{"output.ingestion.Ready": "yes"}}}
	p.whole()
	return p
}

func TestFiftySources(t *testing.T) {
	p := many(t, 50, fake.Options{})
	before := len(p.server.Fault.Calls())
	assert.Empty(t, p.plan())
	live := len(p.server.Fault.Calls()) - before
	assert.LessOrEqual(t, live, 10)
	assert.Empty(t, p.snapshotted())
	assert.Len(t, p.server.Fault.Calls(), before+live, "a plan from the snapshot asks nobody")
	t.Logf("a plan of 50 unchanged sources: %d calls live, none from the snapshot", live)
}

// However few a page holds, each object is seen once, and edits are found on
// every page.
func TestPages(t *testing.T) {
	for _, size := range []int{7, 10} {
		p := many(t, 20, fake.Options{PageLimit: size})
		assert.Empty(t, p.plan())
		for _, i := range []int{0, size - 1, size, 19} {
			name := fmt.Sprintf("many s%02d", i)
			require.Equal(t, 1, p.server.Edit("connection", name, func(b map[string]any) { b["status"] = "inactive" }))
			require.Equal(t, []string{fmt.Sprintf("update airbyte:connection:s%02d", i)}, ids(p.plan()))
			p.whole()
		}
		assert.Empty(t, p.plan())
	}
}

// Airbyte runs another version of a connector than the file was compiled for, and
// no call changes that: the plan says so, and is as empty as before.
func TestVersionsOfConnectors(t *testing.T) {
	const salesforce, snowflake = "b117307c-14b6-41aa-9422-947e34922962", "424892c4-daac-4491-b35d-c6688ba547ba"
	p := open(t, rain, fake.Options{Definitions: []fake.Definition{
		{ID: salesforce, Kind: "source", Name: "salesforce", Version: "99.1.0"}, {ID: snowflake, Kind: "destination", Name: "snowflake", Version: "3.15.4"}}})
	require.NoError(t, p.apply())
	require.NoError(t, p.provider().Publish(t.Context(), p.in))
	for _, live := range []bool{true, false} {
		p.in.Live = live
		plan, err := deploy.Build(t.Context(), []deploy.Provider{p.provider()}, p.in, deploy.Meta{})
		require.NoError(t, err)
		assert.Empty(t, plan.Changes)
		require.Len(t, plan.Notes, 1, "live %t", live)
		assert.Regexp(t, `^Airbyte runs other versions of connectors, .*: source salesforce has version 99\.1\.0, the file was compiled for [0-9.]+$`, plan.Notes[0])
	}
	p.in.Live = true
	p.server.Fault.Add(fault.Rule{Operation: "GET /api/public/v1/workspaces/" + p.server.ID("workspace", "rain-shield") + "/definitions/sources", Do: fault.Refuse, Status: http.StatusForbidden})
	outcome, err := p.provider().Plan(t.Context(), p.in)
	require.NoError(t, err, "who may not see versions can plan")
	assert.Empty(t, outcome.Notes)
}
