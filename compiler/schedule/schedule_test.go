package schedule_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/schedule"
)

func TestEvery(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Minute: "* * * * *", 15 * time.Minute: "*/15 * * * *", time.Hour: "0 * * * *",
		6 * time.Hour: "0 */6 * * *", 24 * time.Hour: "0 0 * * *", 7 * 24 * time.Hour: "0 0 * * 0",
	} {
		got, ok := schedule.Every(d)
		assert.True(t, ok, d)
		assert.Equal(t, want, got)
	}
	for _, d := range []time.Duration{0, time.Second, 7 * time.Hour, 7 * time.Minute, 90 * time.Minute, 25 * time.Hour, 48 * time.Hour} {
		_, ok := schedule.Every(d)
		assert.False(t, ok, d)
	}
	assert.Equal(t, []time.Duration{6 * time.Hour, 8 * time.Hour}, schedule.Near(7*time.Hour))
}

func TestDialects(t *testing.T) {
	for cron, want := range map[string][2]string{
		"0 */6 * * *":    {"0 0 */6 * * ?", "cron(0 */6 * * ? *)"},
		"30 7 * * 1-5":   {"0 30 7 ? * MON,TUE,WED,THU,FRI", "cron(30 7 ? * MON,TUE,WED,THU,FRI *)"},
		"0 0 * * 7":      {"0 0 0 ? * SUN", "cron(0 0 ? * SUN *)"},
		"0 0 * * 5-7":    {"0 0 0 ? * SUN,FRI,SAT", "cron(0 0 ? * SUN,FRI,SAT *)"},
		"5 4 1,15 jan *": {"0 5 4 1,15 JAN ?", "cron(5 4 1,15 JAN ? *)"},
	} {
		c, err := schedule.Parse(cron)
		require.NoError(t, err, cron)
		assert.Equal(t, want[0], c.Quartz())
		assert.Equal(t, want[1], c.EventBridge())
	}
}

func TestRefused(t *testing.T) {
	for _, cron := range []string{"", "* * * *", "0 0 */6 * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8",
		"*/0 * * * *", "5-1 * * * *", "a * * * *", "0 0 1 * 1", "0 0 30 2 *", "0 0 31 4 *", "@daily"} {
		_, err := schedule.Parse(cron)
		assert.Error(t, err, cron)
	}
}

func TestZone(t *testing.T) {
	assert.True(t, schedule.Zone("Europe/Berlin"))
	assert.True(t, schedule.Zone("UTC"))
	for _, z := range []string{"", "Local", "Europe/Berln", "CEST+1", "../etc/passwd"} {
		assert.False(t, schedule.Zone(z), z)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("0 */6 * * *")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := schedule.Parse(text); err == nil {
			_ = c.Quartz() + c.EventBridge()
		}
	})
}
