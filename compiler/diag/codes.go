package diag

import (
	"cmp"
	"slices"
)

// Doc is the documentation of one code.
type Doc struct {
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	// Title is a few words: duplicate key.
	Title string `json:"title"`
	// What says when it is reported, Why what would go wrong otherwise, Fix
	// what to do.
	What string `json:"what"`
	Why  string `json:"why,omitempty"`
	Fix  string `json:"fix"`
	// Example is YAML that has the mistake, Good the same without it. Both are
	// fragments that are laid over a small valid file (docs/diagnostics.md shows
	// it), as an environment is; a line "-- models/x.sql --" begins another file.
	// Both are run by a test.
	Example string `json:"example,omitempty"`
	Good    string `json:"good,omitempty"`
}

// MarshalText writes a severity as its word.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// groups is every code: one list a hundred, each in a file of its own.
var groups = [][]Doc{yamlCodes, formCodes, connectorCodes, streamCodes, modelCodes, syncCodes, cloudCodes, placeholderCodes, internalCodes}

// Codes lists every code, sorted.
func Codes() []Doc {
	all := slices.Concat(groups...)
	slices.SortFunc(all, func(a, b Doc) int { return cmp.Compare(a.Code, b.Code) })
	return all
}

// Lookup returns the documentation of a code.
func Lookup(code Code) (Doc, bool) {
	for _, g := range groups {
		for _, d := range g {
			if d.Code == code {
				return d, true
			}
		}
	}
	return Doc{}, false
}
