package compiler

import (
	"fmt"
	"path"
	"strconv"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/cfn"
)

// Notes says what is worth knowing of the artefacts before they are applied, a
// sentence each, in the order of their paths: nothing is wrong with them.
func (r *Result) Notes() []string {
	var notes []string
	for _, a := range r.Artifacts {
		if a.Provider == "cloudformation" && a.Kind == "template" && !cfn.Inline(a.Content) {
			notes = append(notes, fmt.Sprintf("%s has %s bytes, over %s: it goes through the artefact bucket",
				path.Base(a.Path), thousands(len(a.Content)), thousands(cfn.InlineLimit)))
		}
	}
	return notes
}

// thousands writes a number that is not negative with commas: 51,200.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
