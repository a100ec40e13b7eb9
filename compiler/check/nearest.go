package check

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
)

// fewNames is how many candidates are compared letter by letter. In a file with
// thousands of names a broken one may be used thousands of times, so that there
// only names that are one slip away are looked at.
const fewNames = 1000

// nearest is the candidate that a person most likely meant, or "".
func nearest(word string, candidates []string) string {
	if len(candidates) <= fewNames {
		return diag.Nearest(word, candidates)
	}
	var close []string
	for _, c := range candidates {
		if oneSlip(word, c) {
			close = append(close, c)
		}
	}
	return diag.Nearest(word, close)
}

// oneSlip reports whether a and b differ by case alone, or by one letter added,
// lost or changed, or by two neighbours swapped. It takes linear time.
func oneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	if strings.EqualFold(a, b) {
		return true
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
