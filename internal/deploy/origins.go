package deploy

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// lines turns origins into lines of files, each once and in order. Providers give
// them as artefacts have them: with a column, several of one line, or of nothing
// at all where a thing comes from no line.
func lines(origins []string) []string {
	type line struct {
		file string
		n    int
	}
	var all []line
	for _, o := range origins {
		parts := strings.Split(o, ":")
		if len(parts) >= 3 {
			if _, err := strconv.Atoi(parts[len(parts)-2]); err == nil {
				parts = parts[:len(parts)-1] // the column
			}
		}
		n, err := strconv.Atoi(parts[len(parts)-1])
		if file := strings.Join(parts[:len(parts)-1], ":"); err == nil && file != "" && n > 0 {
			all = append(all, line{file, n})
		}
	}
	slices.SortFunc(all, func(a, b line) int { return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.n, b.n)) })
	var out []string
	for _, l := range slices.Compact(all) {
		out = append(out, l.file+":"+strconv.Itoa(l.n))
	}
	return out
}
