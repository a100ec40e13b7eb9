package awstarget_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

const newsletterLine = "      newsletter:\n"

// edited gives the pipeline of the box anew, with its file changed.
func (b *box) edited(change func(string) string) {
	b.t.Helper()
	b.artifacts, b.meta = compiled(b.t, "01-rain-shield", "", change)
}

// A sync that leaves the file, or goes on under another name, empties no audience
// unless the file says so and somebody allows it; its view goes last.
func TestSyncThatLeaves(t *testing.T) {
	remove := func(text string) string {
		return strings.Replace(text, newsletterLine, newsletterLine+"        on_destroy: remove\n", 1)
	}
	rename := func(text string) string {
		return strings.Replace(remove(text), newsletterLine, "      letters:\n        renamed_from: newsletter\n", 1)
	}
	takeOut := func(text, from, instead string) string {
		head, rest, _ := strings.Cut(text, from)
		_, after, _ := strings.Cut(rest, "\nalerts:\n")
		return head + instead + "\nalerts:\n" + after
	}
	leave := func(text string) string { return takeOut(text, "    syncs:\n", "    syncs: {}\n") }
	leaveWithKey := func(text string) string { return takeOut(text, "destinations:\n", "") }
	b := open(t, "01-rain-shield", "")
	b.edited(remove)
	first, _ := b.apply()
	target, err := b.process(false, false)
	require.NoError(t, err)
	defer target.Close()
	require.Len(t, target.Notes(first), 1)
	assert.Contains(t, target.Notes(first)[0], "no stack of rain-shield (production) in region us-east-1")
	require.Empty(t, waiting(b.plan(false)))

	b.edited(rename)
	plan, _ := b.apply()
	require.Empty(t, plan.Destructive(), "%v", waiting(plan))
	require.Empty(t, target.Notes(plan))
	now := plan.Change("snowflake:sync/mailchimp.letters")
	require.NotNil(t, now)
	assert.Equal(t, "it was mailchimp.newsletter; its members are kept, nobody is removed", now.Reason)
	require.Empty(t, waiting(b.plan(false)))

	id := "snowflake:sync/mailchimp.letters"
	b.edited(leaveWithKey)
	require.Equal(t, []string{id}, idsOf(b.plan(false).Blocked()))
	b.edited(leave)
	plan = b.plan(false)
	require.Nil(t, plan.Change("secrets:parameter:MAILCHIMP_API_KEY"), "%v", waiting(plan))
	require.Equal(t, []string{id}, idsOf(plan.Destructive()), "%v", waiting(plan))
	_, _, err = b.run(false)
	require.ErrorContains(t, err, "--allow "+id)
	b.allow = []string{id}
	var done []string
	b.events = func(e deploy.Event) {
		if e.State == deploy.Done {
			done = append(done, e.Change)
		}
	}
	b.apply()
	b.allow, b.events = nil, nil
	stack := slices.Index(done, "cloudformation:stack:sync")
	require.GreaterOrEqual(t, stack, 0, "%v", done)
	require.Greater(t, slices.Index(done, "snowflake:create/view/RAIN_SHIELD.SYNCS.SYNC_MAILCHIMP_LETTERS"), stack, "%v", done)
	require.Empty(t, waiting(b.plan(true)))
	b.edited(leaveWithKey)
	plan, _ = b.apply()
	require.Empty(t, plan.Destructive(), "%v", waiting(plan))
	require.NotNil(t, plan.Change("secrets:parameter:MAILCHIMP_API_KEY"), "%v", waiting(plan))
}

func idsOf(changes []deploy.Change) []string {
	var out []string
	for _, c := range changes {
		out = append(out, c.ID)
	}
	return out
}
