package report_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

func samplePlan(t *testing.T) *deploy.Plan {
	t.Helper()
	p := &deploy.Plan{Pipeline: "rain-shield", Environment: "production", Target: "local", Artifacts: "sha256:a",
		Notes: []string{"zoom: no samples, so its streams are known later"},
		Changes: []deploy.Change{
			{ID: "local:table:RAW_ZOOM.USERS", Provider: "local", Kind: "table", Name: "RAW_ZOOM.USERS", Action: deploy.Create, Risk: deploy.Safe,
				Reason: "it is not there", Effect: &deploy.Effect{RowsIn: 3}, Origins: []string{"tapestry.yaml:24"}},
			{ID: "local:model:people", Provider: "local", Kind: "model", Name: "people", Action: deploy.Update, Risk: deploy.Safe, Reason: "its rows change",
				DependsOn: []string{"local:table:RAW_ZOOM.USERS"}, Effect: &deploy.Effect{RowsIn: 6, RowsOut: 4, Merged: 2},
				Fields: []deploy.FieldChange{{Path: "columns.plan", After: "text", Affects: []string{"model vips", "sync mailchimp.vip"}}}},
			{ID: "local:sync:mailchimp.news", Provider: "local", Kind: "sync", Name: "mailchimp.news", Action: deploy.Update, Risk: deploy.Disruptive, Reason: "members change",
				DependsOn: []string{"local:model:people"}, Effect: &deploy.Effect{Created: 1, Changed: 1, Removed: 1, Unchanged: 2,
					ChangedFields: []deploy.Count{{Name: "FNAME", N: 1}}, Rejected: []deploy.Count{{Name: "email_address is empty", N: 1}},
					Samples: []deploy.Sample{{Event: "create", Member: "p-1a2b3c"}}}},
			{ID: "snowflake:create/role/READER", Provider: "snowflake", Kind: "role", Name: "READER", Action: deploy.Create, Risk: deploy.Safe, Reason: "it is not there",
				Statement: "CREATE ROLE IF NOT EXISTS READER\n  COMMENT = 'a | b'"},
			{ID: "local:sync:mailchimp.old", Provider: "local", Kind: "sync", Name: "mailchimp.old", Action: deploy.Keep, Risk: deploy.Safe, Reason: "it left the file; its 4 members are kept"},
			{ID: "local:sync:mailchimp.vip", Provider: "local", Kind: "sync", Name: "mailchimp.vip", Action: deploy.Blocked, Risk: deploy.Disruptive,
				Reason: "3 of 4 members would be removed, more than 10%", Next: "If that is meant, raise guard.max_removals."},
		}}
	require.NoError(t, p.Seal())
	return p
}

func TestGolden(t *testing.T) {
	result := &deploy.Result{Run: "0001-abc", Status: "failed", Done: []string{"a"}, Failed: []deploy.Fault{{Change: "b", Error: "disk is full"}}, Left: []string{"c"}}
	empty := &deploy.Plan{Pipeline: "rain-shield", Environment: "production", Target: "local"}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"plan.txt": func(b *bytes.Buffer) error {
			return report.WritePlan(b, samplePlan(t), report.Options{Next: "tapestry-ci apply"})
		},
		"plan-color.txt": func(b *bytes.Buffer) error { return report.WritePlan(b, samplePlan(t), report.Options{Color: true}) },
		"plan.json":      func(b *bytes.Buffer) error { return report.WriteJSON(b, samplePlan(t)) },
		"empty.txt":      func(b *bytes.Buffer) error { return report.WritePlan(b, empty, report.Options{}) },
		"result.txt":     func(b *bytes.Buffer) error { return report.WriteResult(b, result, report.Options{}) },
	} {
		var b bytes.Buffer
		require.NoError(t, write(&b))
		path := filepath.Join("testdata", name)
		if *update {
			require.NoError(t, os.MkdirAll("testdata", 0o755))
			require.NoError(t, os.WriteFile(path, b.Bytes(), 0o644))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, string(want), b.String(), name)
	}
}

// Text of a user steers neither a terminal nor the structure of a comment.
func TestHostileText(t *testing.T) {
	evil := "x\x1b[31m`</details><!-- @team #1 |\n::set-output name=a::b"
	p := &deploy.Plan{Pipeline: evil, Environment: evil, Target: "local", Notes: []string{evil},
		Changes: []deploy.Change{{ID: "a", Provider: "local", Kind: "table", Name: evil, Action: deploy.Create, Reason: evil, Next: evil, Statement: evil,
			Fields: []deploy.FieldChange{{Path: evil, Before: evil, After: evil}}}}}
	var text bytes.Buffer
	require.NoError(t, report.WritePlan(&text, p, report.Options{}))
	assert.NotContains(t, text.String(), "\x1b")
	assert.NotContains(t, text.String(), "\n::set-output")
}
