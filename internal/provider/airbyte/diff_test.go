package airbyte

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

func connection(streams ...any) map[string]any {
	return map[string]any{"configurations": map[string]any{"streams": streams}}
}

func users(mode string) map[string]any {
	return map[string]any{"name": "users", "namespace": "public", "syncMode": mode}
}

func orders() map[string]any {
	return map[string]any{"name": "orders", "syncMode": "full_refresh_append"}
}

// A stream that came or went is told once, not once for each of its properties
// that the other side lacks.
func TestStreamsThatComeAndGo(t *testing.T) {
	for name, c := range map[string]struct {
		want, live map[string]any
		fields     []deploy.FieldChange
		reread     bool
	}{
		"gone": {connection(users("full_refresh_append")), connection(users("full_refresh_append"), orders()),
			[]deploy.FieldChange{{Path: "stream.orders", Before: "read", After: "not read"}}, true},
		"another mode": {connection(users("full_refresh_append"), orders()), connection(orders(), users("full_refresh_overwrite")),
			[]deploy.FieldChange{{Path: "stream.public.users.syncMode", Before: "full_refresh_overwrite", After: "full_refresh_append"}}, true},
		"another order": {connection(users("full_refresh_append"), orders()), connection(orders(), users("full_refresh_append")), nil, false},
	} {
		fields, reread := diff(c.want, c.live)
		assert.Equal(t, c.fields, fields, name)
		assert.Equal(t, c.reread, reread, name)
	}
	_, reread := diff(connection(users("full_refresh_append"), orders()), connection(users("full_refresh_append")))
	assert.False(t, reread, "a new stream reads nothing again")
}

// Airbyte reads a cron back with its zone behind it; descriptions of earlier
// versions leave UTC out. Quartz has a year in the same place.
func TestCronsReadBack(t *testing.T) {
	for cron, want := range map[string]string{
		"0 0 */6 * * ?":                      "cron 0 0 */6 * * ? UTC",
		"0 0 */6 * * ? UTC":                  "cron 0 0 */6 * * ? UTC",
		"0 30 2 ? * MON-FRI":                 "cron 0 30 2 ? * MON-FRI UTC",
		"0 30 2 ? * 2 Europe/Berlin":         "cron 0 30 2 ? * 2 Europe/Berlin",
		"0 30 2 ? * MON EST":                 "cron 0 30 2 ? * MON EST",
		"0 30 2 ? * 2 +02:00":                "cron 0 30 2 ? * 2 +02:00",
		"0 30 2 ? * 2 2027":                  "cron 0 30 2 ? * 2 2027 UTC",
		"0 30 2 ? * 2 2027-2030/2":           "cron 0 30 2 ? * 2 2027-2030/2 UTC",
		"0 30 2 ? * 2 2027 America/New_York": "cron 0 30 2 ? * 2 2027 America/New_York",
		"0 30 2 ? * 2 * Etc/UTC":             "cron 0 30 2 ? * 2 * Etc/UTC",
	} {
		assert.Equal(t, want, schedule(map[string]any{"scheduleType": "cron", "cronExpression": cron}), cron)
	}
}
