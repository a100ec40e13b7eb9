package lex

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is what sort of token it is.
type Kind int

// The kinds of tokens.
const (
	End    Kind = iota
	Word        // USE, my_table
	Quoted      // "my table"
	String      // 'text', $$text$$
	Number      // 1, 2.5, 1e9
	Sign        // ( ) , . = => -> :: …
)

// Token is one piece of a statement.
type Token struct {
	Kind Kind
	// Text is what it means: an unquoted word in upper case, an identifier or a
	// string without its quotes, a sign as it stands.
	Text       string
	Start, End int // in bytes of the statement
}

// Is says whether the token is one of the keywords. A quoted identifier never is.
func (t Token) Is(words ...string) bool {
	for _, w := range words {
		if t.Kind == Word && t.Text == w {
			return true
		}
	}
	return false
}

// IsSign says whether the token is the sign s.
func (t Token) IsSign(s string) bool { return t.Kind == Sign && t.Text == s }

// IsName says whether the token can be an identifier.
func (t Token) IsName() bool { return t.Kind == Word || t.Kind == Quoted }

// Error says where the text cannot be read.
type Error struct {
	Line, Column int
	Message      string
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d at position %d: %s", e.Line, e.Column, e.Message)
}

// Position gives the line, from 1, and the column, from 0, of a byte of the text.
func Position(sql string, at int) (line, column int) {
	at = min(at, len(sql))
	before := sql[:at]
	return strings.Count(before, "\n") + 1, at - (strings.LastIndex(before, "\n") + 1)
}

type scanner struct {
	sql string
	at  int
	out []Token
}

// Tokens gives the tokens of a statement; the last one is an End.
func Tokens(sql string) ([]Token, error) {
	s := &scanner{sql: sql}
	for {
		if err := s.skip(); err != nil {
			return nil, err
		}
		if s.at >= len(sql) {
			return append(s.out, Token{Kind: End, Start: len(sql), End: len(sql)}), nil
		}
		if err := s.next(); err != nil {
			return nil, err
		}
	}
}

func (s *scanner) fail(at int, message string) error {
	line, column := Position(s.sql, at)
	return &Error{line, column, message}
}

// skip passes over space and comments.
func (s *scanner) skip() error {
	for s.at < len(s.sql) {
		rest := s.sql[s.at:]
		switch r, size := utf8.DecodeRuneInString(rest); {
		case unicode.IsSpace(r):
			s.at += size
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "//"):
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest)
			}
			s.at += end
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return s.fail(s.at, "the comment does not end")
			}
			s.at += end + 4
		default:
			return nil
		}
	}
	return nil
}

func (s *scanner) next() error {
	r, _ := utf8.DecodeRuneInString(s.sql[s.at:])
	switch {
	case r == '\'':
		return s.quoted(String, '\'')
	case r == '"':
		return s.quoted(Quoted, '"')
	case strings.HasPrefix(s.sql[s.at:], "$$"):
		end := strings.Index(s.sql[s.at+2:], "$$")
		if end < 0 {
			return s.fail(s.at, "the $$ text does not end")
		}
		s.add(String, s.sql[s.at+2:s.at+2+end], s.at+end+4)
	case isDigit(r):
		s.number()
	case isStart(r):
		s.word()
	default:
		s.sign()
	}
	return nil
}

func (s *scanner) add(kind Kind, text string, end int) {
	s.out = append(s.out, Token{kind, text, s.at, end})
	s.at = end
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }
func isStart(r rune) bool { return r == '_' || r != utf8.RuneError && unicode.IsLetter(r) }

func (s *scanner) word() {
	end := s.at
	for end < len(s.sql) {
		r, size := utf8.DecodeRuneInString(s.sql[end:])
		if !isStart(r) && !isDigit(r) && r != '$' {
			break
		}
		end += size
	}
	s.add(Word, strings.ToUpper(s.sql[s.at:end]), end)
}

func (s *scanner) number() {
	end := s.at
	for end < len(s.sql) {
		c := s.sql[end]
		exponent := (c == '+' || c == '-') && (s.sql[end-1] == 'e' || s.sql[end-1] == 'E')
		if !isDigit(rune(c)) && c != '.' && c != 'e' && c != 'E' && !exponent {
			break
		}
		end++
	}
	s.add(Number, s.sql[s.at:end], end)
}

// signs of more than one byte, the longest first.
var signs = []string{"->>", "=>", "->", "::", "<=", ">=", "<>", "!=", "||", ":="}

func (s *scanner) sign() {
	for _, sign := range signs {
		if strings.HasPrefix(s.sql[s.at:], sign) {
			s.add(Sign, sign, s.at+len(sign))
			return
		}
	}
	_, size := utf8.DecodeRuneInString(s.sql[s.at:])
	s.add(Sign, s.sql[s.at:s.at+size], s.at+size)
}

// escapes are what a backslash and a letter mean inside a string.
var escapes = map[byte]string{'n': "\n", 't': "\t", 'r': "\r", '0': "\x00", 'b': "\b", 'f': "\f"}

// quoted reads a string or a quoted identifier: a doubled quote stands for one,
// and in a string a backslash escapes.
func (s *scanner) quoted(kind Kind, quote byte) error {
	var text strings.Builder
	for i := s.at + 1; i < len(s.sql); i++ {
		switch c := s.sql[i]; {
		case c == '\\' && kind == String && i+1 < len(s.sql):
			i++
			if meaning, ok := escapes[s.sql[i]]; ok {
				text.WriteString(meaning)
			} else {
				text.WriteByte(s.sql[i])
			}
		case c == quote && i+1 < len(s.sql) && s.sql[i+1] == quote:
			text.WriteByte(quote)
			i++
		case c == quote:
			s.add(kind, text.String(), i+1)
			return nil
		default:
			text.WriteByte(c)
		}
	}
	return s.fail(s.at, "the quoted text does not end")
}
