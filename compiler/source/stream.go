package source

import (
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// word is what one token of the library means to us.
type word uint8

const (
	wordEnd word = iota // nothing more in the file
	wordPlain
	wordQuoted
	wordBlock // the | or > of a block scalar
	wordMerge // <<
	wordColon
	wordDash
	wordQuestion
	wordComma
	wordMapOpen
	wordMapClose
	wordListOpen
	wordListClose
	wordAnchor
	wordAlias
	wordTag
	wordDocument // ---
	wordDocumentEnd
	wordDirective
	wordBad // the library could not read on
)

// piece is a word with its exact place in the text.
type piece struct {
	word     word
	off, end int // bytes, end exclusive
	from, to Pos
	first    bool   // nothing but spaces comes before it on its line
	tab      bool   // ... and there is a tab among them
	why      string // of wordBad: what the library says
}

// stream gives the pieces of a text one after the other, with one piece of
// look-ahead. The library finds the words; the stream finds where each stands,
// because the library counts tabs, comments and folded lines wrongly.
type stream struct {
	text      string
	tokens    token.Tokens
	next      int // index of the next token
	at        int // byte offset up to which the text is read
	pos       Pos // position of at
	lineStart int // byte offset of the line of at
	now       piece
	ahead     piece
	hasAhead  bool
	last      Pos   // end of the piece before the current one
	glued     []Pos // of comments without a space before them
	stopped   Pos   // where the budget was spent
	budget    int   // bytes that may still be given to the library
}

// scanFactor bounds the work of going on after mistakes: the library reads the
// text at most so many times over.
const scanFactor = 4

func newStream(text string) *stream {
	s := &stream{text: text, budget: scanFactor*len(text) + 1<<20}
	s.restart(0, 1)
	return s
}

// restart reads anew from the beginning of a line.
func (s *stream) restart(off, line int) {
	s.at, s.lineStart, s.pos = off, off, Pos{line, 1}
	s.next, s.hasAhead, s.tokens = 0, false, nil
	s.budget -= len(s.text) - off
	if s.budget >= 0 {
		s.tokens = lexer.Tokenize(forLibrary(s.text[off:]))
	} else {
		if !s.stopped.IsValid() {
			s.stopped = s.pos
		}
		s.advance(len(s.text))
	}
	s.now = s.locate()
}

// step makes the next piece the current one.
func (s *stream) step() {
	if s.now.word == wordEnd {
		return
	}
	s.last = s.now.to
	if s.hasAhead {
		s.now, s.hasAhead = s.ahead, false
		return
	}
	s.now = s.locate()
}

// peek gives the piece after the current one.
func (s *stream) peek() *piece {
	if !s.hasAhead && s.now.word != wordEnd {
		s.ahead, s.hasAhead = s.locate(), true
	}
	return &s.ahead
}

// block reads the block scalar whose header is the current piece. The next
// step goes past it.
func (s *stream) block(least int) blockScalar {
	body, line := s.nextLine(s.now.end), s.now.from.Line
	read := readBlock(s.text, s.text[s.now.off:s.now.end], s.now.end, body, least)
	s.skipComments()
	known := s.next < len(s.tokens) && s.tokens[s.next].Type == token.StringType
	s.next++ // the library gives the text as one token, also where it is empty
	s.advance(read.end)
	s.now.end, s.now.to = read.end, s.pos
	if s.advance(read.next); !known || strings.Trim(read.text, "\n") == "" {
		// The library loses its way after such a text.
		end := s.now
		s.restart(read.next, line+1+strings.Count(s.text[body:read.next], "\n"))
		s.ahead, s.hasAhead, s.now = s.now, true, end
	}
	return read
}

// nextLine gives the offset of the line after the one of off.
func (s *stream) nextLine(off int) int {
	if i := strings.IndexByte(s.text[off:], '\n'); i >= 0 {
		return off + i + 1
	}
	return len(s.text)
}

func (s *stream) skipComments() {
	for s.next < len(s.tokens) && s.tokens[s.next].Type == token.CommentType {
		s.next++
	}
}

// advance moves the place of reading forward and keeps count of line and column.
func (s *stream) advance(to int) {
	for i := strings.IndexByte(s.text[s.at:to], '\n'); i >= 0; i = strings.IndexByte(s.text[s.at:to], '\n') {
		s.at += i + 1
		s.lineStart = s.at
		s.pos = Pos{s.pos.Line + 1, 1}
	}
	s.pos.Col += utf8.RuneCountInString(s.text[s.at:to])
	s.at = to
}

// skipSpace moves over spaces, line breaks and comments. It reports whether
// the line it stops on has only white space before, and whether a tab is in it.
func (s *stream) skipSpace() (first, tab bool) {
	i, lineStart := s.at, s.lineStart
	first = i == lineStart
	for i < len(s.text) {
		switch s.text[i] {
		case '\n':
			first, tab, lineStart = true, false, i+1
		case '\t':
			tab = true
		case ' ':
		case '#':
			if i == s.at && i > lineStart {
				s.glued = append(s.glued, s.pos)
			}
			end := strings.IndexByte(s.text[i:], '\n')
			if end < 0 {
				end = len(s.text) - i
			}
			i += end - 1
		default:
			s.advance(i)
			return first, first && tab
		}
		i++
	}
	s.advance(len(s.text))
	return true, false
}

// locate finds the place of the next token.
func (s *stream) locate() piece {
	first, tab := s.skipSpace()
	s.skipComments()
	p := piece{off: s.at, end: s.at, from: s.pos, to: s.pos, first: first, tab: tab}
	switch {
	case s.at == len(s.text):
		return p
	case s.next == len(s.tokens):
		p.word = wordBad // the library has dropped the rest
	default:
		t := s.tokens[s.next]
		s.next++
		p.word, p.end = s.measure(t)
		if p.word == wordBad {
			p.why = t.Error
		}
	}
	if p.end == p.off { // an error; it is as wide as one character
		_, size := utf8.DecodeRuneInString(s.text[p.off:])
		p.end += size
	}
	s.advance(p.end)
	p.to = s.pos
	return p
}

// measure says which word the token is and where it ends. Text that does not
// stand where it must is wordBad: better an error than a wrong reading.
func (s *stream) measure(t *token.Token) (word, int) {
	if known := markOf(t.Type); known.text != "" {
		if strings.HasPrefix(s.text[s.at:], known.text) {
			return known.word, s.at + len(known.text)
		}
		return wordBad, s.at
	}
	switch t.Type {
	case token.InvalidType, token.UnknownType, token.SpaceType:
		return wordBad, s.at
	case token.SingleQuoteType, token.DoubleQuoteType:
		if end := quotedEnd(s.text, s.at); end > 0 {
			return wordQuoted, end
		}
		return wordBad, s.at
	case token.TagType:
		if tag := strings.TrimRight(t.Value, " \n"); strings.HasPrefix(s.text[s.at:], tag) {
			return wordTag, s.at + len(tag)
		}
		return wordBad, s.at
	case token.LiteralType, token.FoldedType:
		line := strings.TrimSuffix(s.text[s.at:s.nextLine(s.at)], "\n")
		if n := headerEnd(line); n > 0 && (line[0] == '|' || line[0] == '>') {
			return wordBlock, s.at + n
		}
		return wordBad, s.at
	}
	if end := plainEnd(s.text, s.at, t.Value); end > 0 {
		return wordPlain, end
	}
	return wordBad, s.at
}

// mark is a token that is always written the same way.
type mark struct {
	word word
	text string
}

var marks = [...]mark{
	token.DocumentHeaderType: {wordDocument, "---"},
	token.DocumentEndType:    {wordDocumentEnd, "..."},
	token.SequenceEntryType:  {wordDash, "-"},
	token.MappingKeyType:     {wordQuestion, "?"},
	token.MappingValueType:   {wordColon, ":"},
	token.MergeKeyType:       {wordMerge, "<<"},
	token.CollectEntryType:   {wordComma, ","},
	token.SequenceStartType:  {wordListOpen, "["},
	token.SequenceEndType:    {wordListClose, "]"},
	token.MappingStartType:   {wordMapOpen, "{"},
	token.MappingEndType:     {wordMapClose, "}"},
	token.AnchorType:         {wordAnchor, "&"},
	token.AliasType:          {wordAlias, "*"},
	token.DirectiveType:      {wordDirective, "%"},
}

func markOf(t token.Type) mark {
	if int(t) < len(marks) {
		return marks[t]
	}
	return mark{}
}

// quotedEnd gives the offset after the quote that closes the one at off, or 0.
func quotedEnd(text string, off int) int {
	quote := text[off]
	for i := off + 1; i < len(text); i++ {
		switch {
		case quote == '"' && text[i] == '\\':
			i++
		case text[i] != quote:
		case quote == '\'' && i+1 < len(text) && text[i+1] == '\'':
			i++
		default:
			return i + 1
		}
	}
	return 0
}

// plainEnd gives the offset after the plain scalar that starts at off and that
// the library reads as value, or 0 where that text does not stand there. The
// two differ in white space alone: lines are folded, and tabs are lost.
func plainEnd(text string, off int, value string) int {
	if strings.HasPrefix(text[off:], value) && value != "" {
		return off + len(value)
	}
	i := off
	for j := 0; j < len(value); j++ {
		if isBlank(value[j]) {
			continue
		}
		for i < len(text) && isBlank(text[i]) {
			i++
		}
		if i == len(text) || text[i] != value[j] {
			return 0
		}
		i++
	}
	if i == off {
		return 0
	}
	return i
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }
