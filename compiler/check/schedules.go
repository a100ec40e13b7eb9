package check

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/schedule"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

//go:embed zones.txt
var zoneFile string

// zones lists the time zones, to find the one that was meant.
var zones = sync.OnceValue(func() []string { return strings.Fields(zoneFile) })

// checkSchedules: a cron can say the interval (TAP520), a cron that is given is
// one (TAP521), in a time zone that exists (TAP522).
func checkSchedules(p *resolve.Program, add report) {
	checkSchedule(p.File.Transform.Schedule, add)
	for _, s := range p.Sources {
		checkSchedule(s.Spec.Schedule, add)
	}
}

func checkSchedule(s spec.Schedule, add report) {
	if s.Text != "" {
		if _, ok := schedule.Every(s.Every); !ok {
			add(uneven(s))
		}
	}
	if s.Cron.Set {
		if _, err := schedule.Parse(s.Cron.V); err != nil {
			d := problem(BadCron, s.Cron.Span, "%s is no cron that can be used", quote(s.Cron.V))
			d.Detail = sentence(err.Error())
			add(d)
		}
	}
	if s.Timezone.Set && !schedule.Zone(s.Timezone.V) {
		d := problem(UnknownTimezone, s.Timezone.Span, "%s is no time zone", quote(s.Timezone.V))
		d.Suggest = nearestZone(s.Timezone.V)
		d.Detail = "Time zones are named as in the IANA database, by area and city: Europe/Berlin, America/New_York, or UTC."
		add(d)
	}
}

func uneven(s spec.Schedule) diag.Diagnostic {
	var near []string
	for _, d := range schedule.Near(s.Every) {
		near = append(near, schedule.Short(d))
	}
	d := problem(UnevenSchedule, s.Span, "no schedule runs every %s", s.Text)
	d.Suggest = near[0]
	d.Detail = "Schedules start anew with each hour, day and week, so only what divides those evenly is even. The nearest: " + strings.Join(near, " and ") +
		`. For other times give a cron: {cron: "0 6,13,20 * * *"}.`
	return d
}

// nearestZone also finds a city that is named without its area.
func nearestZone(name string) string {
	name = strings.ReplaceAll(name, " ", "_")
	for _, zone := range zones() {
		if city := zone[strings.LastIndexByte(zone, '/')+1:]; strings.EqualFold(zone, name) || strings.EqualFold(city, name) {
			return zone
		}
	}
	return nearest(name, zones())
}

// sentence makes an error text one.
func sentence(text string) string {
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
