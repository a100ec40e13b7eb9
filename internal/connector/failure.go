package connector

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
)

// Failure is what a connector says is wrong, in its own words, without secrets.
type Failure struct {
	Source  string // zoom
	About   string // the program
	Doing   string // spec, check, discover, read, run
	Message string
	// Detail is what it says beyond that; it may be empty.
	Detail string
	// Kind is its own word for whose fault it is: config_error, transient_error,
	// system_error; or empty.
	Kind string
}

// Error is for people.
func (f *Failure) Error() string {
	text := "the connector of " + f.Source + " (" + f.About + ") "
	if f.Doing == "run" {
		text += "failed: "
	} else {
		text += "failed to " + f.Doing + ": "
	}
	text += f.Message
	if f.Detail != "" && !strings.Contains(f.Message, f.Detail) {
		text += "\n" + f.Detail
	}
	switch f.Kind {
	case "config_error":
		text += "\nLook at the source's config and secrets."
	case "transient_error":
		text += "\nThe source may be busy: try again later."
	}
	return text
}

// longest is how much of a message is shown.
const longest = 4000

// hide takes secrets out of a text, and what would write on the terminal where
// it should not.
func (c *Connector) hide(text string) string {
	var all []string
	for _, v := range c.source.secrets {
		all = append(all, forms(v.Reveal())...)
	}
	// The longest first: one secret may be a part of another.
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	for _, form := range all {
		text = strings.ReplaceAll(text, form, "(secret)")
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = diag.Inert(line)
	}
	text = strings.Join(lines, "\n")
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + " …"
	}
	return text
}

// forms are the ways in which a secret may stand in a text.
func forms(secret string) []string {
	quoted, _ := json.Marshal(secret) // a text always marshals
	all := []string{secret, strings.Trim(string(quoted), `"`), url.QueryEscape(secret), url.PathEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret))}
	for line := range strings.Lines(secret) { // of a key
		if line = strings.TrimSpace(line); len(line) > 8 {
			all = append(all, line)
		}
	}
	return all
}
