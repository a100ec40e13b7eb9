package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	fakezoom "github.com/tapestry-ci/tapestry-ci/internal/fake/zoom"
)

// many people register at once: more than fit on a page of any API. Grouparoo
// takes minutes for so many, so the segment has only those at the edges of Zoom's
// largest page, where a page that is left out or read twice would show.
const (
	many     = 5000
	zoomPage = 300
	edge     = "Edge"
)

// crowd is a lane over the example with that segment.
func crowd(t testing.TB) *lane {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"tapestry.yaml", ".env"} {
		data, err := os.ReadFile(filepath.Join(example, name))
		require.NoError(t, err)
		text := strings.Replace(string(data), "        model: people\n", "        model: people\n        where: last_name = '"+edge+"'\n", 1)
		require.True(t, name == ".env" || text != string(data))
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	return newLane(t, "crowd", folder, "mailchimp_newsletter_schedule")
}

func crowdRounds() []round {
	first := round{name: fmt.Sprintf("%d people, in pages", many), twice: true, change: func(l *lane) {
		for i := range many {
			l.zoom.Register(fakezoom.Webinar, registrant(fmt.Sprintf("c-%d", i), crowdEmail(i), fmt.Sprintf("Person %d", i), crowdName(i)))
		}
	}, after: func(l *lane) {
		require.Greater(l.t, len(l.zoom.Requests("GET registrants")), many/zoomPage)
		require.Equal(l.t, []string{fmt.Sprint(many)}, l.rows("SELECT COUNT(*) FROM RAIN_SHIELD.RAW_ZOOM.WEBINAR_REGISTRANTS"))
		require.Equal(l.t, []string{fmt.Sprint(many)}, l.rows("SELECT COUNT(*) FROM RAIN_SHIELD.ANALYTICS.PEOPLE"))
	}}
	for i := range many {
		if crowdName(i) == edge {
			first.members = append(first.members, fmt.Sprintf("%s | Person %d | %s | newsletter", crowdEmail(i), i, edge))
			first.writes = append(first.writes, created(crowdEmail(i))...)
		}
	}
	return []round{first}
}

func crowdEmail(i int) string { return fmt.Sprintf("p%04d@rainshield.example", i) }

func crowdName(i int) string {
	if i%zoomPage == 0 || i%zoomPage == zoomPage-1 || i == many-1 {
		return edge
	}
	return "Crowd"
}
