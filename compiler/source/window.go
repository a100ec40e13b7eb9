package source

import (
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// window is the stretch of the text that the library has scanned. It moves
// through the text, so that the tokens of a large file are never in memory all
// at once, and going on after a mistake costs little.
//
// The library may begin anew at any line of block structure, outside quotes and
// brackets. What it says of the last token in a window is not to be trusted,
// because the text goes on; then the window grows.
type window struct {
	text       string
	begin, end int // byte offsets
	tokens     token.Tokens
	next       int // index of the next token
	brackets   int // that are open
	size       int // that the next window should have
	budget     int // bytes that may still be scanned
}

const (
	minWindow = 1 << 10
	maxWindow = 64 << 10
	// scanFactor bounds the work of all windows together.
	scanFactor = 8
)

func newWindow(text string) window {
	return window{text: text, budget: scanFactor*len(text) + 4<<20}
}

// restart forgets everything and begins at the line of off, with little text:
// another mistake may follow soon.
func (w *window) restart(off int) {
	w.begin, w.end, w.size = off, off, minWindow
	w.tokens, w.next, w.brackets = nil, 0, 0
}

// scan has the library read size bytes from begin, up to the end of a line. It
// reports whether that is within the limits.
func (w *window) scan(size int) bool {
	w.end = min(w.begin+size, len(w.text))
	for w.end < len(w.text) && w.text[w.end-1] != '\n' {
		w.end++
	}
	text := w.text[w.begin:w.end]
	w.budget -= len(text)
	if w.budget < 0 || tooManyMarks(text) {
		return false
	}
	w.tokens = lexer.Tokenize(forLibrary(text))
	w.skipComments()
	return true
}

// token gives the token that begins at off. It is nil where the library has
// none, and ok is false where a limit is passed. lineStart is the offset of its
// line, and first says whether it is the first one there.
func (w *window) token(off, lineStart int, first bool) (t *token.Token, ok bool) {
	mayMove := first && w.brackets == 0 && lineStart > w.begin
	if mayMove && w.end < len(w.text) && w.end-off < w.size/4 {
		if !w.moveTo(lineStart) {
			return nil, false
		}
		mayMove = false
	}
	for w.end < len(w.text) && w.next >= len(w.tokens)-1 {
		moved := mayMove
		mayMove = false
		if moved && !w.moveTo(lineStart) || !moved && !w.scan(2*max(w.end-w.begin, w.size/2)) {
			return nil, false
		}
	}
	w.skipComments()
	if w.next >= len(w.tokens) {
		return nil, true
	}
	t = w.tokens[w.next]
	w.next++
	w.skipComments()
	return t, true
}

// moveTo begins a window at the line of off.
func (w *window) moveTo(off int) bool {
	w.begin, w.next = off, 0
	w.size = min(2*w.size, maxWindow)
	return w.scan(w.size)
}

// skipBlock steps over the text of a block scalar that goes on to the offset
// end: one token, also where it is empty. It reports whether the library has
// understood it.
func (w *window) skipBlock(end int) bool {
	if end >= w.end && w.end < len(w.text) || w.next >= len(w.tokens) || w.tokens[w.next].Type != token.StringType {
		return false
	}
	w.next++
	w.skipComments()
	return true
}

func (w *window) skipComments() {
	for w.next < len(w.tokens) && w.tokens[w.next].Type == token.CommentType {
		w.next++
	}
}

// count follows the brackets.
func (w *window) count(x word) {
	switch x {
	case wordMapOpen, wordListOpen:
		w.brackets++
	case wordMapClose, wordListClose:
		w.brackets = max(0, w.brackets-1)
	}
}
