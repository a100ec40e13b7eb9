package check

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// longest is the most characters of a text of the file that a message repeats.
const longest = 60

// quote repeats a text of the file in a message.
func quote(text string) string {
	if r := []rune(text); len(r) > longest {
		text = string(r[:longest-1]) + "…"
	}
	return strconv.Quote(text)
}

// mostNames is the most names that a message lists.
const mostNames = 24

// list writes names one after the other, and how many more there are.
func list(names []string) string {
	if len(names) > mostNames {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNames], ", "), len(names)-mostNames)
	}
	return strings.Join(names, ", ")
}

// known is the sentence that lists the valid names, or that there are none.
func known(what string, names []string) string {
	if len(names) == 0 {
		return "There are no " + what + "."
	}
	return "Known " + what + ": " + list(names) + "."
}

// problem is an error at one place.
func problem(code diag.Code, at source.Span, message string, args ...any) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Span: at, Message: fmt.Sprintf(message, args...)}
}

// warning is a warning at one place.
func warning(code diag.Code, at source.Span, message string, args ...any) diag.Diagnostic {
	d := problem(code, at, message, args...)
	d.Severity = diag.Warning
	return d
}

// note is a second place that explains the first.
func note(at source.Span, message string, args ...any) diag.Note {
	return diag.Note{Span: at, Message: fmt.Sprintf(message, args...)}
}

// warehouse is the name that Snowflake gives a column, a stream or a model.
func warehouse(name string) string { return strings.ToUpper(name) }

// folded is a key as it is part of a Snowflake or dbt name: hyphens, dots and
// spaces become underscores, and case does not count.
func folded(key string) string {
	return strings.ToUpper(underscored.Replace(key))
}

// underscored turns what a key may have into what a name in SQL may have.
var underscored = strings.NewReplacer("-", "_", ".", "_", " ", "_")
