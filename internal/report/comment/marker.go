package comment

import (
	"encoding/json"
	"strings"
)

// Kind tells the bodies of one project and environment apart: an apply must not
// overwrite the plan that was reviewed.
type Kind string

// The kinds.
const (
	KindPlan  Kind = "plan"
	KindApply Kind = "apply"
	KindDrift Kind = "drift"
)

// Marker says what a body is. It is hidden in its first line.
type Marker struct {
	Kind        Kind   `json:"kind"`
	Project     string `json:"project"` // path of tapestry.yaml in the repository
	Environment string `json:"environment"`
	Commit      string `json:"commit,omitempty"`
	// Digest is that of the plan; empty where there is none.
	Digest string `json:"digest,omitempty"`
}

// Same reports whether both mark the same place: the body of one is to be
// replaced by that of the other.
func (m Marker) Same(o Marker) bool {
	return m.Kind == o.Kind && m.Project == o.Project && m.Environment == o.Environment
}

const (
	markerOpen  = "<!-- tapestry-ci: "
	markerClose = " -->"
)

// Encode gives the line. Nothing in it can end the comment early: JSON escapes
// angle brackets, and hyphens are escaped here.
func (m Marker) Encode() string {
	data, err := json.Marshal(m)
	if err != nil { // a struct of strings always has a JSON form
		panic(err)
	}
	return markerOpen + strings.ReplaceAll(string(data), "-", `\u002d`) + markerClose
}

// Find reads the marker in the first line of a body, whatever follows.
func Find(body string) (Marker, bool) {
	line, _, _ := strings.Cut(strings.TrimLeft(body, "\ufeff \t\r\n"), "\n")
	data, ok := strings.CutPrefix(strings.TrimRight(line, " \t\r"), markerOpen)
	if !ok {
		return Marker{}, false
	}
	data, ok = strings.CutSuffix(data, markerClose)
	if !ok {
		return Marker{}, false
	}
	var m Marker
	if json.Unmarshal([]byte(data), &m) != nil || m.Kind == "" || m.Project == "" {
		return Marker{}, false
	}
	return m, true
}
