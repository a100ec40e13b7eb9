package source

import "strconv"

// Pos is a place in a file. Line and Col are 1-based; Col counts runes, not
// bytes. The zero Pos means "no position".
type Pos struct {
	Line, Col int
}

// IsValid reports whether p names a place.
func (p Pos) IsValid() bool { return p.Line > 0 }

// Before reports whether p comes before q.
func (p Pos) Before(q Pos) bool {
	return p.Line < q.Line || p.Line == q.Line && p.Col < q.Col
}

// Span is a stretch of one file. End is exclusive: a one-letter word at column
// 5 runs from column 5 to column 6.
type Span struct {
	File       string
	Start, End Pos
}

// IsValid reports whether s names a place.
func (s Span) IsValid() bool { return s.Start.IsValid() }

// String gives file:line:col, or the file alone where there is no position.
func (s Span) String() string {
	if !s.IsValid() {
		return s.File
	}
	return s.File + ":" + strconv.Itoa(s.Start.Line) + ":" + strconv.Itoa(s.Start.Col)
}
