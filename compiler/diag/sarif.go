package diag

import (
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

type object = map[string]any

// WriteSARIF writes SARIF 2.1.0: one run, one rule a code that occurs, columns
// in Unicode code points. version is that of the program.
func WriteSARIF(w io.Writer, list List, version string) error {
	var codes []Code
	for _, d := range list {
		codes = append(codes, d.Code)
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	rules := make([]any, len(codes))
	for i, c := range codes {
		rules[i] = sarifRule(c)
	}
	results := make([]any, len(list))
	for i, d := range list {
		results[i] = sarifResult(d, slices.Index(codes, d.Code))
	}
	return encode(w, object{
		"version": "2.1.0",
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"runs": []any{object{
			"tool":       object{"driver": object{"name": "tapestry-ci", "version": version, "rules": rules}},
			"columnKind": "unicodeCodePoints",
			"results":    results,
		}},
	})
}

func sarifRule(c Code) object {
	rule := object{"id": string(c)}
	if doc, ok := Lookup(c); ok {
		rule["shortDescription"] = object{"text": doc.Title}
		rule["fullDescription"] = object{"text": doc.What}
		rule["help"] = object{"text": doc.text(), "markdown": doc.markdown()}
		rule["defaultConfiguration"] = object{"level": doc.Severity.String()}
	}
	return rule
}

// text is the documentation in words alone.
func (d Doc) text() string {
	parts := slices.DeleteFunc([]string{d.What, d.Why, d.Fix}, func(s string) bool { return s == "" })
	return strings.Join(parts, "\n\n")
}

// markdown is the documentation with its examples.
func (d Doc) markdown() string {
	text := d.text()
	for _, example := range []struct{ title, yaml string }{{"Wrong", d.Example}, {"Right", d.Good}} {
		if example.yaml != "" {
			text += "\n\n" + example.title + ":\n\n```yaml\n" + strings.TrimRight(example.yaml, "\n") + "\n```"
		}
	}
	return text
}

func sarifResult(d Diagnostic, rule int) object {
	alone := d
	alone.Related = nil // these have places of their own in SARIF
	r := object{
		"ruleId": string(d.Code), "ruleIndex": rule, "level": d.Severity.String(),
		"message": object{"text": paragraphs(alone)},
	}
	if d.Span.File != "" {
		r["locations"] = []any{object{"physicalLocation": sarifPlace(d.Span)}}
	}
	var related []any
	for i, n := range d.Related {
		related = append(related, object{"id": i, "message": object{"text": Inert(n.Message)}, "physicalLocation": sarifPlace(n.Span)})
	}
	if related != nil {
		r["relatedLocations"] = related
	}
	return r
}

func sarifPlace(s source.Span) object {
	place := object{"artifactLocation": object{"uri": uri(s.File)}}
	if s.IsValid() {
		place["region"] = object{"startLine": s.Start.Line, "startColumn": s.Start.Col, "endLine": s.End.Line, "endColumn": s.End.Col}
	}
	return place
}

// uri writes a file name as a relative URI reference. A colon in its first part
// must not make it look like a scheme.
func uri(file string) string { return (&url.URL{Path: file}).String() }
