package source

import "strings"

// after says what a value follows: the beginning of the document, a key with
// its colon, or the dash of a list.
type after uint8

const (
	atLineStart after = iota
	afterKey
	afterDash
)

// value reads the value of the key or dash in column parent. Where there is
// none, it is a Null node right after what comes before.
func (p *parser) value(parent int, where after) *Node {
	if p.ended(parent) && !p.listBesideKey(parent, where) {
		return p.newNode(Null, p.span(p.last, p.last))
	}
	if p.now.first && p.now.tab {
		return p.fail(p.now, parent)
	}
	if p.now.word == wordAnchor || p.now.word == wordTag {
		return p.withProperties(parent, where)
	}
	if p.depth == maxDepth {
		return p.tooDeep(parent)
	}
	p.depth++
	n := p.content(parent, where)
	p.depth--
	return n
}

// listBesideKey: the dashes of a list may stand in the column of its key.
func (p *parser) listBesideKey(parent int, where after) bool {
	return where == afterKey && p.now.word == wordDash && p.now.from.Col == parent
}

func (p *parser) content(parent int, where after) *Node {
	inline := where == afterKey && !p.now.first
	switch p.now.word {
	case wordDash:
		if inline {
			return p.failWith(p.now, parent, "a list cannot begin on the line of its key; put each dash on a line of its own")
		}
		return p.blockList(p.now.from.Col, where == afterKey && p.now.from.Col == parent)
	case wordPlain, wordQuoted, wordMerge, wordAlias:
		if p.keyAhead() {
			if inline {
				return p.secondColon(parent)
			}
			return p.blockMap(p.now.from.Col, nil)
		}
		return p.single(parent)
	case wordBlock:
		return p.blockText(parent)
	case wordMapOpen, wordListOpen:
		return p.flowInBlock(parent)
	}
	return p.fail(p.now, parent)
}

// keyAhead reports whether the current scalar or alias is a key: a colon
// follows on its line.
func (p *parser) keyAhead() bool {
	if p.now.word == wordAlias {
		return false // a name may end in a colon, so `*a :` is told apart later
	}
	return p.peek().word == wordColon && !p.ahead.first
}

// single reads a value that is neither map nor list.
func (p *parser) single(parent int) *Node {
	switch p.now.word {
	case wordAlias:
		return p.aliasInBlock(parent)
	case wordQuoted:
		return p.quoted(parent)
	}
	if p.reservedStart() {
		return p.fail(p.now, parent)
	}
	return p.plain()
}

func (p *parser) aliasInBlock(parent int) *Node {
	sign := p.now
	n := p.alias()
	if p.now.word == wordColon && !p.now.first {
		p.report(UnsupportedYAML, p.span(sign.from, p.last), "an alias cannot be a key; write the key itself")
		p.resync(sign, parent)
	}
	return n
}

func (p *parser) plain() *Node {
	n := p.newNode(Scalar, p.spanOf(p.now))
	n.Text = plainText(p.textOf(p.now))
	if p.now.to.Line > p.now.from.Line {
		p.checkLines(p.now)
	}
	if isQuestion(n.Text) {
		p.unexpected(p.now, 0)
	}
	switch n.Text {
	case "~", "null", "Null", "NULL":
		n.Kind = Null
	}
	p.step()
	return n
}

// checkLines refuses a line inside a plain scalar that begins with a dash, or
// that holds a colon as after a key. YAML takes the first for text, and the
// library the second; whoever wrote it meant a list or a map.
func (p *parser) checkLines(x piece) {
	line := x.from.Line
	for off := p.nextLine(x.off); off < x.end; off = p.nextLine(off) {
		line++
		text := strings.TrimRight(p.text[off:min(p.nextLine(off), x.end)], " \t\n")
		rest := strings.TrimLeft(text, " \t")
		col := 1 + runes(text) - runes(rest)
		switch {
		case rest == "-" || strings.HasPrefix(rest, "- "):
			p.report(BadSyntax, p.span(Pos{line, col}, Pos{line, col + 1}),
				"a list item cannot follow a value; remove the value above, or begin it with | if this is text")
		case holdsColon(rest):
			p.report(BadSyntax, p.span(Pos{line, col}, Pos{line, col + runes(rest)}),
				"a key cannot follow a value; remove the value above, or begin it with | if this is text")
		default:
			continue
		}
		return
	}
}

// holdsColon reports whether a colon stands in the text as after a key.
func holdsColon(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] == ':' && (i+1 == len(text) || isBlank(text[i+1])) {
			return true
		}
	}
	return false
}

// quoted reads a scalar in quotes. A line inside that stands as far left as
// the key means that the quote was never closed.
func (p *parser) quoted(parent int) *Node {
	if p.now.to.Line > p.now.from.Line {
		if off, line := p.leftLine(p.now, parent); off > 0 {
			return p.unclosed(p.now, off, line)
		}
	}
	n := p.newNode(Scalar, p.spanOf(p.now))
	n.Style = Quoted
	n.Text = p.unquote(p.now)
	p.step()
	return n
}

// posIn gives the position of an offset inside x.
func (p *parser) posIn(x piece, off int) Pos {
	before := p.text[x.off:off]
	if i := strings.LastIndexByte(before, '\n'); i >= 0 {
		return Pos{x.from.Line + strings.Count(before, "\n"), 1 + runes(before[i+1:])}
	}
	return Pos{x.from.Line, x.from.Col + runes(before)}
}

func (p *parser) unquote(x piece) string {
	text, bad := quotedText(p.textOf(x))
	if bad != nil {
		p.report(BadSyntax, p.span(p.posIn(x, x.off+bad.off), p.posIn(x, x.off+bad.end)), bad.message)
	}
	return text
}

// blockText reads the text after a | or >.
func (p *parser) blockText(parent int) *Node {
	x := p.now
	read := p.block(parent)
	n := p.newNode(Scalar, p.spanOf(p.now))
	n.Style, n.Text = Block, read.text
	p.step()
	if read.why != "" {
		p.report(BadSyntax, p.spanOf(x), read.why)
	}
	return n
}

// blockList reads the items whose dashes stand in column col. Beside a key in
// the same column, the list ends where the next key begins.
func (p *parser) blockList(col int, besideKey bool) *Node {
	begin := len(p.items)
	span := p.spanOf(p.now)
	for first := true; !p.atEnd() && p.now.from.Col == col && (first || p.now.first); first = false {
		if p.now.word != wordDash && besideKey {
			break
		}
		if p.now.word != wordDash || p.now.first && p.now.tab {
			p.fail(p.now, col)
			continue
		}
		p.step()
		p.items = append(p.items, p.value(col, afterDash))
		p.restOfLine(col)
	}
	p.inner = col
	return p.newList(begin, span)
}

func (p *parser) newList(begin int, span Span) *Node {
	n := p.newNode(List, span)
	n.Items = append([]*Node(nil), p.items[begin:]...)
	p.items = p.items[:begin]
	if len(n.Items) > 0 {
		n.Span = n.Items[0].Span
	}
	return n
}

// restOfLine: after a value, the next piece must be further left, on a new
// line. Anything else is a mistake.
func (p *parser) restOfLine(col int) {
	if !p.ended(col) {
		p.fail(p.now, col)
	}
}

// leftLine finds the first line after the first of x that is not deeper than
// column col, or 0.
func (p *parser) leftLine(x piece, col int) (off, line int) {
	line = x.from.Line
	for off = p.nextLine(x.off); off < x.end; off = p.nextLine(off) {
		line++
		if !p.deeper(off, col) {
			return off, line
		}
	}
	return 0, 0
}

// deeper reports whether the line at off belongs to what begins in column col:
// it is empty, a comment, indented with a tab (which is reported once), or
// begins right of col.
func (p *parser) deeper(off, col int) bool {
	rest := strings.TrimLeft(p.text[off:], " ")
	return rest == "" || strings.IndexByte("\n#\t", rest[0]) >= 0 || len(p.text)-off-len(rest) >= col
}
