package source

import (
	"strings"
	"unicode/utf8"
)

// stream gives the pieces of a text one after the other, with one piece of
// look-ahead. The library finds the words; the stream finds where each stands,
// because the library counts tabs, comments and folded lines wrongly.
type stream struct {
	text      string
	window    window
	at        int // byte offset up to which the text is read
	pos       Pos // position of at
	lineStart int // byte offset of the line of at
	now       piece
	ahead     piece
	hasAhead  bool
	last      Pos   // end of the piece before the current one
	glued     []Pos // of comments without a space before them
	stopped   Pos   // where reading was given up
}

func newStream(text string) *stream {
	s := &stream{text: text, window: newWindow(text)}
	s.restart(0, 1)
	return s
}

// restart reads anew from the beginning of a line.
func (s *stream) restart(off, line int) {
	s.at, s.lineStart, s.pos = off, off, Pos{line, 1}
	s.hasAhead = false
	s.window.restart(off)
	s.now = s.locate()
}

// stop gives up reading: what follows is the end of the text.
func (s *stream) stop() {
	if !s.stopped.IsValid() {
		s.stopped = s.pos
	}
	s.advance(len(s.text))
	s.hasAhead = false
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
	known := s.window.skipBlock(read.next)
	s.advance(read.end)
	s.now.end, s.now.to = read.end, s.pos
	if s.advance(read.next); !known || strings.Trim(read.text, "\n") == "" {
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
	p := piece{off: s.at, end: s.at, from: s.pos, to: s.pos, first: first, tab: tab}
	if s.at == len(s.text) {
		return p
	}
	t, ok := s.window.token(s.at, s.lineStart, first)
	switch {
	case !ok:
		s.stop()
		return piece{off: s.at, end: s.at, from: s.pos, to: s.pos, first: true}
	case t == nil:
		p.word = wordBad // the library has dropped the rest
	default:
		p.word, p.end = s.measure(t)
		if p.word == wordBad {
			p.why = t.Error
		}
		s.window.count(p.word)
	}
	if p.end == p.off { // an error; it is as wide as one character
		_, size := utf8.DecodeRuneInString(s.text[p.off:])
		p.end += size
	}
	s.advance(p.end)
	p.to = s.pos
	return p
}
