package check

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// checkAlerts: alarms go to addresses, each once (TAP512).
func checkAlerts(p *resolve.Program, add report) {
	first := map[string]spec.Text{}
	for _, t := range p.File.Alerts.Email {
		if !t.Set {
			continue
		}
		other, twice := first[strings.ToLower(t.V)]
		var d diag.Diagnostic
		switch {
		case !mailForm.MatchString(t.V):
			d = problem(BadAddress, t.Span, "%s is no e-mail address", quote(t.V))
			d.Detail = "Give the bare address: data@example.com."
		case twice:
			d = problem(BadAddress, t.Span, "the address %s is named twice", quote(t.V))
			d.Detail = "Amazon refuses a second subscription of one address."
			d.Related = append(d.Related, note(other.Span, "it is first named here"))
		default:
			first[strings.ToLower(t.V)] = t
			continue
		}
		add(d)
	}
}
