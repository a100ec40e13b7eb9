package diag

import (
	"cmp"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Severity says whether the compiler goes on.
type Severity uint8

// Error stops the compilation before artefacts are made; Warning does not.
const (
	Error Severity = iota
	Warning
)

// String is the word used in every view.
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Code is the stable name of a kind of diagnostic, such as TAP201. A code is
// never used again for something else.
type Code string

// Note points at a second place that explains the first.
type Note struct {
	Span    source.Span
	Message string
}

// Diagnostic is one thing that is wrong, at one place.
//
// Message is one line without a full stop at its end: what is wrong. Detail,
// where there is one, says why and what to do next. Suggest is the nearest
// valid name, or empty. No field may hold the value of a secret.
type Diagnostic struct {
	Severity Severity
	Code     Code
	Span     source.Span
	Message  string
	Detail   string
	Suggest  string
	Related  []Note
	// Hidden are places whose text no view may show, whatever it has to say
	// about their lines: a secret that was typed into the file.
	Hidden []source.Span
}

// List collects diagnostics. The zero List is ready to use.
type List []Diagnostic

// Add appends d.
func (l *List) Add(d Diagnostic) { *l = append(*l, d) }

// HasErrors reports whether any diagnostic is an error.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Sort orders by file, place, code and message, and drops exact repeats (an
// anchor that is used twice reports its mistake once), so that the same input
// gives the same list whatever the order of the checks was.
func (l *List) Sort() {
	slices.SortStableFunc(*l, compare)
	*l = slices.CompactFunc(*l, func(a, b Diagnostic) bool { return compare(a, b) == 0 })
}

func compare(a, b Diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.Span.File, b.Span.File),
		cmp.Compare(a.Span.Start.Line, b.Span.Start.Line),
		cmp.Compare(a.Span.Start.Col, b.Span.Start.Col),
		cmp.Compare(a.Code, b.Code),
		cmp.Compare(a.Message, b.Message),
	)
}
