package local

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// resolve turns dbt SQL into plain SQL, or says why it cannot.
func (e *emitter) resolve(sql string) (string, string) {
	r := &resolver{e: e, rest: sql}
	for r.rest != "" && r.reason == "" {
		r.step()
	}
	if r.reason == "" && len(r.branches) > 0 {
		r.reason = "an {% if %} has no {% endif %}"
	}
	if r.reason != "" {
		return "", r.reason
	}
	return strings.Trim(strings.TrimRightFunc(r.out.String(), func(c rune) bool { return unicode.IsSpace(c) || c == ';' }), "\n") + "\n", ""
}

// resolver reads a text from its beginning to its end.
type resolver struct {
	e        *emitter
	rest     string
	out      strings.Builder
	branches []branch // the {% if %}s that are open
	trim     bool     // the last mark ended in -, so white space is cut
	reason   string
}

// branch is one {% if %}: whether its lines count, and whether those of an else
// would.
type branch struct {
	live, elseLive, ours bool
}

func (r *resolver) live() bool {
	return len(r.branches) == 0 || r.branches[len(r.branches)-1].live
}

// step takes text up to the next mark, and the mark.
func (r *resolver) step() {
	at := strings.IndexByte(r.rest, '{')
	for at >= 0 && (at+1 == len(r.rest) || !strings.ContainsRune("{%#", rune(r.rest[at+1]))) {
		next := strings.IndexByte(r.rest[at+1:], '{')
		if next < 0 {
			at = -1
		} else {
			at += 1 + next
		}
	}
	if at < 0 {
		r.text(r.rest, false)
		r.rest = ""
		return
	}
	open := r.rest[at : at+2]
	inner, after, closed := cutMark(r.rest[at+2:], map[string]string{"{{": "}}", "{%": "%}", "{#": "#}"}[open])
	if !closed {
		r.reason = "a " + open + " is not closed"
		return
	}
	r.text(r.rest[:at], strings.HasPrefix(inner, "-"))
	r.trim = strings.HasSuffix(inner, "-")
	r.rest = after
	inner = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(inner, "-"), "-"))
	switch open {
	case "{{":
		r.expression(inner)
	case "{%":
		r.statement(inner)
	}
}

// cutMark finds the end of a mark, which is not one inside a string.
func cutMark(text, end string) (inner, after string, closed bool) {
	var quote byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case end != "#}" && quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case strings.HasPrefix(text[i:], end):
			return text[:i], text[i+2:], true
		case c == '\'' || c == '"':
			quote = c
		}
	}
	return "", "", false
}

// text passes on what is no mark, with the white space cut that marks cut.
func (r *resolver) text(text string, trimRight bool) {
	if r.trim {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
	}
	if trimRight {
		text = strings.TrimRightFunc(text, unicode.IsSpace)
	}
	if r.live() {
		r.out.WriteString(text)
	}
}

var (
	refCall    = regexp.MustCompile(`^ref\s*\(\s*(?:'([^'\\]*)'|"([^"\\]*)")\s*\)$`)
	sourceCall = regexp.MustCompile(`^source\s*\(\s*(?:'([^'\\]*)'|"([^"\\]*)")\s*,\s*(?:'([^'\\]*)'|"([^"\\]*)")\s*\)$`)
	configCall = regexp.MustCompile(`(?s)^config\s*\(.*\)$`)
)

func (r *resolver) expression(inner string) {
	if !r.live() {
		return
	}
	if m := refCall.FindStringSubmatch(inner); m != nil {
		r.relation(inner, r.e.relations[m[1]+m[2]])
	} else if m := sourceCall.FindStringSubmatch(inner); m != nil {
		r.relation(inner, r.e.raw[m[1]+m[2]+"."+m[3]+m[4]])
	} else if inner == "this" {
		r.reason = "it uses {{ this }} outside {% if is_incremental() %}"
	} else if !configCall.MatchString(inner) {
		r.reason = "it uses {{ " + short(inner) + " }}, which only dbt can fill in"
	}
}

func (r *resolver) relation(call, relation string) {
	if relation == "" {
		r.reason = "{{ " + short(call) + " }} names nothing in this pipeline"
	}
	r.out.WriteString(relation)
}

var (
	ifIncremental    = regexp.MustCompile(`^if\s+is_incremental\s*\(\s*\)$`)
	ifNotIncremental = regexp.MustCompile(`^if\s+not\s+is_incremental\s*\(\s*\)$`)
)

func (r *resolver) statement(inner string) {
	word, _, _ := strings.Cut(inner, " ")
	live := r.live()
	switch {
	case ifIncremental.MatchString(inner):
		r.branches = append(r.branches, branch{live: false, elseLive: live, ours: true})
	case ifNotIncremental.MatchString(inner):
		r.branches = append(r.branches, branch{live: live, elseLive: false, ours: true})
	case word == "if" && !live: // nothing in it counts
		r.branches = append(r.branches, branch{})
	case inner == "else" && len(r.branches) > 0:
		top := &r.branches[len(r.branches)-1]
		top.live, top.elseLive = top.elseLive, false
	case inner == "endif" && len(r.branches) > 0:
		r.branches = r.branches[:len(r.branches)-1]
	case word == "elif" && len(r.branches) > 0 && !r.branches[len(r.branches)-1].ours: // inside what does not count
	case live || word == "elif":
		r.reason = fmt.Sprintf("it uses {%% %s %%}, which only dbt can run", short(inner))
	}
}

// short keeps a piece of the user's SQL to the length of a message.
func short(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:59]) + "…"
	}
	return text
}
