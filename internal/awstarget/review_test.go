package awstarget_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/sandbox"
)

// without cuts the lines from one that begins with a text up to another.
func without(text, from, to string) string {
	head, rest, _ := strings.Cut(text, from)
	_, after, _ := strings.Cut(rest, to)
	return head + to + after
}

func replacing(old, by string) func(string) string {
	return func(text string) string { return strings.Replace(text, old, by, 1) }
}

func toBucket(text string) string {
	return strings.Replace(text, "\nsources:\n", "\ningestion: {landing: s3}\n\nsources:\n", 1)
}

// withUsers is the pipeline with a second stream, which nothing reads.
func withUsers(text string) string {
	return strings.Replace(text, "    streams:\n      webinar", "    streams:\n      users: {columns: {id: text, email: email}}\n      webinar", 1)
}

func withoutZoom(text string) string {
	text = without(text, "  zoom:\n", "  salesforce:\n")
	return without(text, "      - from: zoom.webinar_registrants\n", "    unique_by:")
}

// looked is the plan that an apply makes.
func (b *box) looked() *deploy.Plan {
	b.t.Helper()
	target, err := b.process(true, true)
	require.NoError(b.t, err)
	defer target.Close()
	in, err := target.Input(b.t.Context())
	require.NoError(b.t, err)
	plan, err := deploy.Build(b.t.Context(), target.Providers, in, b.meta)
	require.NoError(b.t, err)
	return plan
}

// A job that reads only makes the plan that people look at, and the apply of it looks
// at Airbyte: both have to see the same, whatever the file changed.
func TestTheReviewedPlanIsThatOfTheApply(t *testing.T) {
	artifacts, meta := compiled(t, "01-rain-shield", "", func(text string) string { return toBucket(withUsers(text)) })
	b := boxOf(t, sandbox.Start(t, artifacts), artifacts, meta)
	b.apply()
	same := func(name, touches string, edit func(string) string) {
		t.Helper()
		b.edited(func(text string) string { return edit(toBucket(withUsers(text))) })
		reviewed := b.plan(false)
		assert.NotNil(t, reviewed.Change(touches), "%s: %v", name, waiting(reviewed))
		_, err := deploy.Reapprove(reviewed, b.plan(true), nil)
		assert.NoError(t, err, name)
	}
	same("a source leaves", "airbyte:source:zoom", withoutZoom)
	same("a source is called otherwise", "airbyte:source:calls", func(text string) string {
		return strings.Replace(strings.Replace(text, "  zoom:\n", "  calls:\n    connector: zoom\n", 1), "from: zoom.", "from: calls.", 1)
	})
	same("a key leaves", "airbyte:source:salesforce", replacing("      start_date: 2021-01-25T00:00:00Z\n", ""))
	same("a secret is another", "airbyte:source:salesforce", replacing("${secret.SF_REFRESH_TOKEN}", "${secret.SF_CLIENT_SECRET}"))
	same("a mode changes", "airbyte:connection:zoom", replacing("users: {", "users: {sync_mode: full_refresh_append, "))
	same("a schedule changes", "airbyte:connection:zoom", replacing("6h", "12h"))
	same("a stream leaves", "airbyte:connection:zoom", func(text string) string { return without(text, "      users:", "      webinar") + "\n" })
	b.s.Airbyte.Edit("connection", "rain-shield zoom", func(body map[string]any) { body["schedule"] = map[string]any{"scheduleType": "manual"} })
	reviewed := b.plan(false)
	_, err := deploy.Reapprove(reviewed, b.looked(), nil)
	assert.ErrorContains(t, err, "the live state of airbyte moved")
	same("after an apply was refused for what somebody did by hand", "airbyte:connection:zoom", func(text string) string { return text + "\n" })
	same("no files any more", "airbyte:destination:snowflake", func(text string) string { return strings.Replace(text, "\ningestion: {landing: s3}\n", "", 1) })
}
