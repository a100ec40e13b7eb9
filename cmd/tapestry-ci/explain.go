package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
)

type explainVerb struct {
	Code   string `arg:"" optional:"" help:"Code of a diagnostic, such as TAP201. Without it all codes are listed."`
	Format string `short:"f" default:"text" enum:"text,json" help:"Form of the output: ${enum}."`
}

// Help is shown below the flags.
func (explainVerb) Help() string {
	return `Examples:
  tapestry-ci explain TAP201
  tapestry-ci explain`
}

// Run prints the documentation of a code.
func (v explainVerb) Run(s stdio) error {
	docs := diag.Codes()
	if v.Code != "" {
		doc, ok := diag.Lookup(diag.Code(strings.ToUpper(v.Code)))
		if !ok {
			return fmt.Errorf("there is no code %q%s; tapestry-ci explain lists them all", v.Code, nearestCode(v.Code, docs))
		}
		docs = []diag.Doc{doc}
	}
	switch {
	case v.Format == "json":
		e := json.NewEncoder(s.out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(docs)
	case v.Code == "":
		for _, d := range docs {
			fmt.Fprintf(s.out, "%s  %-7s  %s\n", d.Code, d.Severity, d.Title)
		}
		return nil
	}
	return explain(s.out, docs[0])
}

func nearestCode(word string, docs []diag.Doc) string {
	var codes []string
	for _, d := range docs {
		codes = append(codes, string(d.Code))
	}
	if n := diag.Nearest(strings.ToUpper(word), codes); n != "" {
		return "; did you mean " + n + "?"
	}
	return ""
}

func explain(w io.Writer, d diag.Doc) error {
	fmt.Fprintf(w, "%s: %s (%s)\n", d.Code, d.Title, d.Severity)
	for _, part := range []struct{ title, text string }{{"", d.What}, {"Why", d.Why}, {"What to do", d.Fix}, {"Example", d.Example}, {"Better", d.Good}} {
		if part.text == "" {
			continue
		}
		if part.title != "" {
			fmt.Fprintf(w, "\n%s:\n", part.title)
		} else {
			fmt.Fprintln(w)
		}
		for line := range strings.Lines(strings.TrimRight(part.text, "\n") + "\n") {
			fmt.Fprint(w, "  ", line)
		}
	}
	return nil
}
