package diag

import "strings"

// Nearest returns the candidate that a person most likely meant by word, or ""
// where none is near. Case and the difference between - and _ count little. Of
// two that are equally near the first in the alphabet is taken.
func Nearest(word string, candidates []string) string {
	limit := 2 + 2*len([]rune(word))/3 // one slip in three letters, two in six
	if len(word) > 64 {
		return ""
	}
	best, bestAt := "", limit
	for _, c := range candidates {
		if len(c) > 64 {
			continue
		}
		d := distance(fold(word), fold(c))*2 + small(word, c)
		if d < bestAt || d == bestAt && best != "" && c < best {
			best, bestAt = c, d
		}
	}
	return best
}

// small is 1 where the words differ at all, so that the exact word is nearest.
func small(a, b string) int {
	if a == b {
		return 0
	}
	return 1
}

func fold(s string) []rune {
	return []rune(strings.ToLower(separators.Replace(s)))
}

// distance counts the letters to add, take out, change or swap with their
// neighbour (optimal string alignment).
func distance(a, b []rune) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i, x := range a {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j, y := range b {
			cost := 1
			if x == y {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && x == b[j-1] && a[i-1] == y {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

var separators = strings.NewReplacer("-", "", "_", "", " ", "")
