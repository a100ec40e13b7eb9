package dbt

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// quoted is what a message of a warehouse quotes; address what looks like one of
// a person.
var (
	quoted  = regexp.MustCompile(`'[^'\n]*'|"[^"\n]*"`)
	address = regexp.MustCompile(`[^\s'"<>(),;]+@[^\s'"<>(),;]+`)
)

// shortestLine is the length from which a line of the key is looked for.
const shortestLine = 8

// hider gives the function that takes out of a message what may be a value of a
// row, or the key. What the project's own files name may be said.
func hider(pr *project, key secret.Value) func(string) string {
	known := map[string]bool{}
	for _, f := range pr.files {
		for _, w := range words(pr.content[f.Path] + " " + f.Path) {
			// A number is no name, and neither is a letter.
			known[w] = len(w) > 1 && strings.ContainsFunc(w, unicode.IsLetter)
		}
	}
	named := func(text string) bool {
		all := words(text)
		return len(all) > 0 && !slices.ContainsFunc(all, func(w string) bool { return !known[w] })
	}
	secrets := linesOf(key)
	return func(message string) string {
		message = secrets.Replace(message)
		message = quoted.ReplaceAllStringFunc(message, func(q string) string {
			if named(q[1 : len(q)-1]) {
				return q
			}
			return q[:1] + "…" + q[:1]
		})
		return address.ReplaceAllStringFunc(message, func(a string) string {
			if named(a) {
				return a
			}
			return "…"
		})
	}
}

// linesOf hides a key line by line, as a message may quote one of them.
func linesOf(key secret.Value) *strings.Replacer {
	var pairs []string
	for line := range strings.SplitSeq(key.Reveal(), "\n") {
		if line = strings.TrimSpace(line); len(line) > shortestLine {
			pairs = append(pairs, line, "(secret)")
		}
	}
	return strings.NewReplacer(pairs...)
}

// words are what names are made of, in lower case.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r != '_' && r != '$' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
