package check

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type sqlKind uint8

const (
	bare   sqlKind = iota // a word without quotes
	quoted                // "…"
	symbol                // everything else that counts
)

// sqlWord is a word or a sign of SQL. Texts, numbers and comments are none.
type sqlWord struct {
	text string
	kind sqlKind
}

// sqlScanner cuts a condition into words. It knows no grammar: only what it
// takes to see that the text does not end, or goes on, where it must not.
type sqlScanner struct {
	text  string
	words []sqlWord
	open  []byte // brackets that are not closed yet
	why   string
}

// scanSQL gives the words of a condition, or why it is none.
func scanSQL(text string) (words []sqlWord, why string) {
	if strings.Contains(text, "{{") || strings.Contains(text, "{%") || strings.Contains(text, "{#") {
		return nil, "has dbt's {{ }} in it, which is not read there"
	}
	s := sqlScanner{text: text}
	for s.text != "" && s.why == "" {
		s.next()
	}
	switch {
	case s.why != "":
	case len(s.open) > 0:
		s.why = "opens a bracket " + string(s.open[len(s.open)-1]) + " and does not close it"
	case strings.TrimSpace(text) == "" || len(s.words) == 0 && !strings.ContainsAny(text, "0123456789'"):
		s.why = "is empty"
	}
	return s.words, s.why
}

func (s *sqlScanner) next() {
	r, size := utf8.DecodeRuneInString(s.text)
	switch {
	case unicode.IsSpace(r):
		s.text = s.text[size:]
	case strings.HasPrefix(s.text, "--"):
		_, s.text, _ = strings.Cut(s.text, "\n")
	case strings.HasPrefix(s.text, "/*"):
		s.closed("*/", 2, "opens a comment /* and does not close it")
	case strings.HasPrefix(s.text, "$$"):
		s.closed("$$", 2, "opens a text with $$ and does not close it")
	case r == '\'':
		s.literal()
	case r == '"':
		s.identifier()
	case r == '_' || unicode.IsLetter(r):
		s.take(bare, func(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) })
	case unicode.IsDigit(r):
		s.number()
	default:
		s.sign()
	}
}

// closed skips to the end of what has begun.
func (s *sqlScanner) closed(end string, from int, why string) {
	i := strings.Index(s.text[from:], end)
	if i < 0 {
		s.why = why
		return
	}
	s.text = s.text[from+i+len(end):]
}

// literal skips a text in single quotes. A quote in it is doubled; Snowflake
// reads a backslash before it as well, DuckDB does not, so either is taken.
func (s *sqlScanner) literal() {
	i := 1
	for i < len(s.text) {
		switch {
		case s.text[i] == '\\' && i+2 < len(s.text) && s.text[i+1] == '\'' && strings.ContainsRune(s.text[i+2:], '\''):
			i += 2
		case s.text[i] != '\'':
			i++
		case i+1 < len(s.text) && s.text[i+1] == '\'':
			i += 2
		default:
			s.text = s.text[i+1:]
			return
		}
	}
	s.why = "opens a text with ' and does not close it"
}

func (s *sqlScanner) identifier() {
	rest := s.text[1:]
	i := strings.IndexByte(rest, '"')
	if i < 0 {
		s.why = `opens a name with " and does not close it`
		return
	}
	s.words = append(s.words, sqlWord{rest[:i], quoted})
	s.text = rest[i+1:]
}

func (s *sqlScanner) number() {
	i := strings.IndexFunc(s.text, func(r rune) bool { return r != '.' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if i < 0 {
		i = len(s.text)
	}
	s.text = s.text[i:]
	s.words = append(s.words, sqlWord{"0", symbol})
}

func (s *sqlScanner) take(kind sqlKind, more func(rune) bool) {
	i := strings.IndexFunc(s.text, func(r rune) bool { return !more(r) })
	if i < 0 {
		i = len(s.text)
	}
	s.words = append(s.words, sqlWord{s.text[:i], kind})
	s.text = s.text[i:]
}

var closing = map[byte]byte{')': '(', ']': '[', '}': '{'}

// sign takes one sign and keeps count of brackets.
func (s *sqlScanner) sign() {
	c := s.text[0]
	switch {
	case c == ';':
		s.why = "has a semicolon in it, which would end the statement"
		return
	case c == '(' || c == '[' || c == '{':
		s.open = append(s.open, c)
	case closing[c] != 0:
		if len(s.open) == 0 || s.open[len(s.open)-1] != closing[c] {
			s.why = "closes a bracket " + string(c) + " that it did not open"
			return
		}
		s.open = s.open[:len(s.open)-1]
	}
	_, size := utf8.DecodeRuneInString(s.text)
	for _, two := range []string{"::", "=>"} {
		if strings.HasPrefix(s.text, two) {
			size = len(two)
		}
	}
	s.words = append(s.words, sqlWord{s.text[:size], symbol})
	s.text = s.text[size:]
}

// sqlKeywords are words of a condition that are no columns: keywords, types,
// parts of dates, and functions that are written without brackets.
var sqlKeywords = strings.Fields(`
	ALL AND ANY ARRAY AS ASC AT BETWEEN BIGINT BINARY BOOL BOOLEAN BY CASE CAST CHAR CHARACTER COLLATE CONTAINS CURRENT_DATE
	CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DATE DATETIME DAY DAYS DAYOFWEEK DAYOFYEAR DECIMAL DESC DISTINCT DOUBLE DOW
	DOY ELSE END EPOCH ESCAPE EXISTS EXTRACT FALSE FILTER FIRST FLOAT FOLLOWING FROM HOUR HOURS ILIKE IN INT INTEGER
	INTERVAL IS ISNULL LAST LATERAL LIKE LOCALTIME LOCALTIMESTAMP MICROSECOND MILLISECOND MINUTE MINUTES MONTH MONTHS
	NANOSECOND NOT NOTNULL NULL NULLS NUMBER NUMERIC OBJECT OF ON OR ORDER OVER PARTITION PRECEDING PRECISION QUARTER
	RANGE REAL REGEXP RLIKE ROW ROWS SECOND SECONDS SIMILAR SMALLINT SOME STRING SYMMETRIC SYSDATE TEXT THEN TIME
	TIMESTAMP TIMESTAMPTZ TIMESTAMP_LTZ TIMESTAMP_NTZ TIMESTAMP_TZ TINYINT TO TRUE TRY_CAST UNBOUNDED UNKNOWN USING
	VARCHAR VARIANT WEEK WEEKDAY WEEKISO WEEKS WHEN WITH WITHIN WITHOUT YEAR YEARS YEAROFWEEK ZONE`)
