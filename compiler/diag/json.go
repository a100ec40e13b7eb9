package diag

import (
	"encoding/json"
	"io"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// report is the JSON form. Format grows when a field changes its meaning.
type report struct {
	Format      int      `json:"format"`
	Errors      int      `json:"errors"`
	Warnings    int      `json:"warnings"`
	Diagnostics []record `json:"diagnostics"`
}

type record struct {
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	place
	Message string `json:"message"`
	Suggest string `json:"suggest,omitempty"`
	Detail  string `json:"detail,omitempty"`
	Related []note `json:"related,omitempty"`
}

type note struct {
	place
	Message string `json:"message"`
}

// place counts lines and columns from 1, columns in Unicode code points; the
// end is the first column after it. A place without a line is a whole file.
type place struct {
	File      string `json:"file"`
	Line      int    `json:"line,omitempty"`
	Column    int    `json:"column,omitempty"`
	EndLine   int    `json:"endLine,omitempty"`
	EndColumn int    `json:"endColumn,omitempty"`
}

func placeOf(s source.Span) place {
	return place{s.File, s.Start.Line, s.Start.Col, s.End.Line, s.End.Col}
}

// WriteJSON writes one JSON object with every diagnostic.
func WriteJSON(w io.Writer, list List) error {
	r := report{Format: 1, Diagnostics: make([]record, 0, len(list))}
	for _, d := range list {
		if d.Severity == Error {
			r.Errors++
		} else {
			r.Warnings++
		}
		rec := record{Code: d.Code, Severity: d.Severity, place: placeOf(d.Span), Message: d.Message, Suggest: d.Suggest, Detail: d.Detail}
		for _, n := range d.Related {
			rec.Related = append(rec.Related, note{placeOf(n.Span), n.Message})
		}
		r.Diagnostics = append(r.Diagnostics, rec)
	}
	return encode(w, r)
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
