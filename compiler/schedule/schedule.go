package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	// Time zones must be the same on every machine that compiles.
	_ "time/tzdata"
)

// Every gives the cron of five fields that runs at that interval, and false
// where none does: a cron starts anew with each hour, day and week, so only
// intervals that divide them evenly are even.
func Every(d time.Duration) (string, bool) {
	minutes := int(d / time.Minute)
	if d <= 0 || d%time.Minute != 0 {
		return "", false
	}
	const day = 24 * 60
	switch {
	case minutes == 1:
		return "* * * * *", true
	case minutes < 60 && 60%minutes == 0:
		return fmt.Sprintf("*/%d * * * *", minutes), true
	case minutes == 60:
		return "0 * * * *", true
	case minutes < day && minutes%60 == 0 && day%minutes == 0:
		return fmt.Sprintf("0 */%d * * *", minutes/60), true
	case minutes == day:
		return "0 0 * * *", true
	case minutes == 7*day:
		return "0 0 * * 0", true
	}
	return "", false
}

// Near gives the intervals on both sides of d that a cron can say.
func Near(d time.Duration) []time.Duration {
	all := []time.Duration{}
	for _, m := range []int{1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440, 7 * 1440} {
		all = append(all, time.Duration(m)*time.Minute)
	}
	i, found := slices.BinarySearch(all, d)
	switch {
	case found:
		return []time.Duration{d}
	case i == 0:
		return all[:1]
	case i == len(all):
		return all[i-1:]
	}
	return all[i-1 : i+1]
}

// Short writes a duration as the language does: 15m, 6h, 7d.
func Short(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return strconv.Itoa(int(d/(24*time.Hour))) + "d"
	case d%time.Hour == 0:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	return strconv.Itoa(int(d/time.Minute)) + "m"
}

// Zone reports whether name is an IANA time zone.
func Zone(name string) bool {
	if name == "" || name == "Local" {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// Cron is a cron of five fields that was read.
type Cron struct {
	minute, hour, dom, month string
	days                     []int // 0 is Sunday; nil for any
}

type bounds struct {
	name     string
	min, max int
	words    []string
}

var fieldBounds = []bounds{
	{"minute", 0, 59, nil}, {"hour", 0, 23, nil}, {"day of month", 1, 31, nil},
	{"month", 1, 12, strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")},
	{"day of week", 0, 7, strings.Fields("SUN MON TUE WED THU FRI SAT")},
}

// Parse reads a cron of five fields.
func Parse(text string) (*Cron, error) {
	fields := strings.Fields(text)
	if len(fields) != 5 {
		return nil, fmt.Errorf("a cron has five fields (minute, hour, day of month, month, day of week), this has %d", len(fields))
	}
	sets := make([][]int, 5)
	for i, f := range fields {
		set, err := fieldBounds[i].set(f)
		if err != nil {
			return nil, err
		}
		sets[i] = set
	}
	c := &Cron{minute: fields[0], hour: fields[1], dom: fields[2], month: strings.ToUpper(fields[3])}
	if fields[4] != "*" {
		c.days = sets[4]
	}
	if c.days != nil && c.dom != "*" {
		return nil, fmt.Errorf("day of month and day of week are both set: neither Quartz nor EventBridge can say \"either\"; leave one as *")
	}
	if !possible(sets[2], sets[3]) {
		return nil, fmt.Errorf("no month that is named has such a day: this would never run")
	}
	return c, nil
}

func possible(days, months []int) bool {
	longest := []int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	for _, m := range months {
		if days[0] <= longest[m] {
			return true
		}
	}
	return false
}

// set gives the sorted values of one field.
func (b bounds) set(field string) ([]int, error) {
	seen := map[int]bool{}
	for part := range strings.SplitSeq(field, ",") {
		lo, hi, step, err := b.part(part)
		if err != nil {
			return nil, err
		}
		for v := lo; v <= hi; v += step {
			if b.max == 7 {
				seen[v%7] = true
			} else {
				seen[v] = true
			}
		}
	}
	var out []int
	for v := range seen {
		out = append(out, v)
	}
	slices.Sort(out)
	return out, nil
}

func (b bounds) part(part string) (lo, hi, step int, err error) {
	body, stepText, stepped := strings.Cut(part, "/")
	step = 1
	if stepped {
		if step, err = strconv.Atoi(stepText); err != nil || step < 1 || step > b.max {
			return 0, 0, 0, fmt.Errorf("%q is not a step of the %s field", stepText, b.name)
		}
	}
	if body == "*" {
		hi = b.max
		if b.max == 7 {
			hi = 6
		}
		return b.min, hi, step, nil
	}
	from, to, ranged := strings.Cut(body, "-")
	if lo, err = b.value(from); err != nil {
		return 0, 0, 0, err
	}
	hi = lo
	if ranged {
		if hi, err = b.value(to); err != nil {
			return 0, 0, 0, err
		}
	} else if stepped {
		hi = b.max
	}
	if hi < lo {
		return 0, 0, 0, fmt.Errorf("%q runs backwards in the %s field", body, b.name)
	}
	return lo, hi, step, nil
}

// withArticle puts a or an before a field's name: an hour, a minute.
func withArticle(name string) string {
	if name == "hour" {
		return "an " + name
	}
	return "a " + name
}

func (b bounds) value(text string) (int, error) {
	if i := slices.Index(b.words, strings.ToUpper(text)); i >= 0 {
		return i + b.min, nil
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < b.min || v > b.max {
		return 0, fmt.Errorf("%q is not %s (%d to %d)", text, withArticle(b.name), b.min, b.max)
	}
	return v, nil
}

// dayFields gives day of month and day of week as Quartz and EventBridge want
// them: one of the two is `?`, and days have names because they count them from
// another day than cron does.
func (c *Cron) dayFields() (string, string) {
	if c.days == nil {
		return c.dom, "?"
	}
	names := make([]string, len(c.days))
	for i, d := range c.days {
		names[i] = fieldBounds[4].words[d]
	}
	return "?", strings.Join(names, ",")
}

// Quartz writes the cron for Quartz: seconds first.
func (c *Cron) Quartz() string {
	dom, dow := c.dayFields()
	return strings.Join([]string{"0", c.minute, c.hour, dom, c.month, dow}, " ")
}

// EventBridge writes the cron for EventBridge Scheduler: years last.
func (c *Cron) EventBridge() string {
	dom, dow := c.dayFields()
	return "cron(" + strings.Join([]string{c.minute, c.hour, dom, c.month, dow, "*"}, " ") + ")"
}
