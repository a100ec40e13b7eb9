package grouparoo

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// frequency is how many minutes Grouparoo waits between two looks at a sync
// view; 0 where it only looks when it is told to. It cannot be told a time of
// day: for a cron it looks every hour, or as often as the cron fires within one.
func frequency(s ir.Schedule) int {
	switch {
	case s.Manual:
		return 0
	case s.Minutes > 0:
		return s.Minutes
	}
	field, _, _ := strings.Cut(s.Cron, " ")
	return smallestGap(minutesOf(field))
}

// smallestGap is the shortest time between two of the minutes, going round the
// hour.
func smallestGap(minutes []int) int {
	gap := 60
	for i := 1; i < len(minutes); i++ {
		gap = min(gap, minutes[i]-minutes[i-1])
	}
	if n := len(minutes); n > 1 {
		gap = min(gap, 60-minutes[n-1]+minutes[0])
	}
	return gap
}

// minutesOf lists the minutes that the first field of a cron names. What is no
// minute is left out: the file was checked before.
func minutesOf(field string) []int {
	var all []int
	for term := range strings.SplitSeq(field, ",") {
		span, stepText, stepped := strings.Cut(term, "/")
		from, to := bounds(span, stepped)
		step := max(1, number(stepText))
		for m := from; m <= min(to, 59); m += step {
			all = append(all, m)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func bounds(span string, open bool) (from, to int) {
	if span == "*" {
		return 0, 59
	}
	first, last, isRange := strings.Cut(span, "-")
	from = number(first)
	switch {
	case isRange:
		return from, number(last)
	case open: // 5/15: from 5 on
		return from, 59
	}
	return from, from
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
