package airbyte_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// edited compiles the example anew, with its file changed.
func (p *place) edited(edit func(string) string) {
	p.t.Helper()
	text, err := os.ReadFile(rain + "/tapestry.yaml")
	require.NoError(p.t, err)
	changed := edit(string(text))
	require.NotEqual(p.t, string(text), changed)
	env := map[string]string{"SNOWFLAKE_ACCOUNT": "rainshield-main", "ZOOM_ACCOUNT_ID": "a", "ZOOM_CLIENT_ID": "b", "SF_CLIENT_ID": "c", "MAILCHIMP_LIST_ID": "d"}
	r := compiler.Compile(fstest.MapFS{"tapestry.yaml": {Data: []byte(changed)}}, "tapestry.yaml", compiler.Options{Env: env})
	require.False(p.t, r.Diagnostics.HasErrors(), "%v", r.Diagnostics)
	p.in.Artifacts = r.Artifacts
}

// both makes the plan from what was published and the one that looks, which have to
// be the same, and gives its changes.
func (p *place) both() []deploy.Change {
	p.t.Helper()
	var plans []*deploy.Plan
	for _, live := range []bool{false, true} {
		in := p.in
		in.Live = live
		plan, err := deploy.Build(p.t.Context(), []deploy.Provider{p.provider()}, in, deploy.Meta{})
		require.NoError(p.t, err)
		plans = append(plans, plan)
	}
	assert.Empty(p.t, deploy.Compare(plans[0], plans[1]))
	assert.Equal(p.t, plans[0].Digest, plans[1].Digest)
	return plans[1].Changes
}

func replaced(old, by string) func(string) string {
	return func(text string) string { return strings.Replace(text, old, by, 1) }
}

const startDate = "      start_date: 2021-01-25T00:00:00Z\n"

// Files on the way are another destination, which leaves when it is taken back.
func TestThePlanThatLooksIsTheOneThatWasPublished(t *testing.T) {
	p := open(t, rain)
	p.edited(func(text string) string { return text + "\n" })
	require.NoError(t, p.apply())
	require.Empty(t, p.both())
	p.edited(replaced("\nsources:\n", "\ningestion: {landing: s3}\n\nsources:\n"))
	assert.NotEmpty(t, p.both())
	require.NoError(t, p.apply())
	require.Empty(t, p.both())
	p.edited(func(text string) string { return text + "\n" })
	changes := p.both()
	assert.Contains(t, ids(changes), "delete airbyte:destination:S3")
	left := change(changes, "airbyte:place:landing-1")
	require.NotNil(t, left)
	assert.Equal(t, "the bucket stays with the files that were loaded into it; nothing writes there any more", left.Reason)
	assert.Contains(t, left.Next, "empty the bucket landing-1")
	require.NoError(t, p.apply())
	require.Empty(t, p.both())
}

// What left the file is taken out, and what somebody has set by hand is not ours.
func TestAKeyThatLeavesTheFile(t *testing.T) {
	p := open(t, rain)
	p.edited(func(text string) string { return text + "\n" })
	require.NoError(t, p.apply())
	p.server.Edit("source", "rain-shield salesforce", func(b map[string]any) { b["configuration"].(map[string]any)["lookback"] = "PT1H" })
	require.Empty(t, p.both(), "nobody's file ever had it")
	p.edited(replaced(startDate, ""))
	changes := p.both()
	require.Equal(t, []string{"update airbyte:source:salesforce"}, ids(changes))
	assert.Equal(t, []deploy.FieldChange{{Path: "configuration.start_date", Before: "2021-01-25T00:00:00Z", After: "(taken out)"}}, changes[0].Fields)
	require.NoError(t, p.apply())
	require.Empty(t, p.both())
	assert.NotContains(t, p.server.Stored("source", "rain-shield salesforce"), "start_date")
	p.edited(func(text string) string { return text + "\n" })
	require.Len(t, p.both(), 1, "it comes back")
	require.NoError(t, p.apply())
	require.Empty(t, p.both())
}

// Killed after Airbyte had answered, before that was published.
func TestAKeyThatLeavesTheFileAfterAKill(t *testing.T) {
	p := open(t, rain)
	p.edited(func(text string) string { return text + "\n" })
	require.NoError(t, p.apply())
	p.edited(replaced(startDate, ""))
	p.bucket.failAfter(0)
	require.Error(t, p.apply())
	p.bucket.failAfter(-1)
	require.NoError(t, p.apply())
	require.NotContains(t, p.server.Stored("source", "rain-shield salesforce"), "start_date")
	require.Empty(t, p.plan())
}
