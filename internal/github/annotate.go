package github

import (
	"fmt"
	"io"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
)

// perStep is how many annotations of each severity GitHub shows of a step.
const perStep = 10

// WriteAnnotations writes diagnostics as workflow commands. Where there are more
// of a severity than GitHub shows, the last one shown counts the rest.
func WriteAnnotations(w io.Writer, list diag.List) error {
	for _, severity := range []diag.Severity{diag.Error, diag.Warning} {
		var of diag.List
		for _, d := range list {
			if d.Severity == severity {
				of = append(of, d)
			}
		}
		shown := of
		if len(of) > perStep {
			shown = of[:perStep-1]
		}
		if err := diag.WriteGitHub(w, shown); err != nil {
			return err
		}
		if rest := len(of) - len(shown); rest > 0 {
			if _, err := fmt.Fprintf(w, "::%s::%d more of these: they are in the job's summary\n", severity, rest); err != nil {
				return err
			}
		}
	}
	return nil
}
