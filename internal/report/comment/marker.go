package comment

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
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

// Own reports whether a body is marked with the same place.
func (m Marker) Own(body string) bool {
	found, ok := Find(body)
	return ok && found.Same(m)
}

const (
	markerOpen  = "<!-- tapestry-ci: "
	markerClose = " -->"
)

// Encode gives the line. Nothing in it can end the comment early, nor mean
// anything to a terminal or a log: JSON escapes angle brackets, and whatever
// else is not plain is escaped here.
func (m Marker) Encode() string {
	data, err := json.Marshal(m)
	if err != nil { // a struct of strings always has a JSON form
		panic(err)
	}
	var b strings.Builder
	for _, r := range string(data) {
		switch {
		case r == '-' || r == '#' || r >= 0x7f && r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			b.WriteRune(r)
		}
	}
	return markerOpen + b.String() + markerClose
}

// markerMost is the longest text in a marker; of a longer one its hash stands
// there.
const markerMost = 500

func short(s string) string {
	if len(s) <= markerMost {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return "sha256:" + hex.EncodeToString(sum[:])
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
