package source

import "strings"

// flowInBlock reads { … } or [ … ] as the value of the key or dash in column
// parent.
func (p *parser) flowInBlock(parent int) *Node {
	open := p.now
	p.broken, p.mixed = false, false
	n := p.flow(parent)
	p.broken = false
	if p.now.word == wordColon && !p.now.first {
		p.report(UnsupportedYAML, p.span(open.from, p.now.from), "a map or a list cannot be a key; quote it if it is text")
		p.resync(p.now, parent)
	}
	return n
}

// flow reads { … } or [ … ]. After an error that ends the whole value, broken
// is set and reading stands at a later line.
func (p *parser) flow(parent int) *Node {
	open := p.now
	p.step()
	if open.word == wordListOpen {
		return p.flowList(open, parent)
	}
	if p.now.word == wordMapOpen && p.now.off == open.end {
		return p.templateBraces(open, parent)
	}
	m := mapReader{begin: len(p.entries)}
	for p.flowGoesOn(open, parent) {
		p.flowEntry(&m, parent)
		p.flowComma(parent)
	}
	n := p.newMap(&m, p.span(open.from, p.last))
	if len(n.Entries) > 0 {
		n.Span = n.Entries[0].KeySpan
	}
	return n
}

func (p *parser) flowList(open piece, parent int) *Node {
	begin := len(p.items)
	for p.flowGoesOn(open, parent) {
		p.items = append(p.items, p.flowItem(parent))
		p.flowComma(parent)
	}
	return p.newList(begin, p.span(open.from, p.last))
}

// flowGoesOn reports whether another entry or item follows. It steps past the
// bracket that closes.
func (p *parser) flowGoesOn(open piece, parent int) bool {
	switch {
	case p.broken:
		return false
	case p.now.word == wordMapClose || p.now.word == wordListClose:
		if (p.now.word == wordMapClose) != (open.word == wordMapOpen) {
			p.report(BadSyntax, p.spanOf(p.now), "this "+p.textOf(p.now)+" closes the "+p.textOf(open)+
				" of line "+itoa(open.from.Line)+"; the two must be of one kind")
		}
		p.step()
		return false
	case p.ended(parent):
		p.broken = true
		if p.mixed { // that bracket is the one that is missing
			p.goOn(p.lineOfNow(), p.now.from.Line)
			return false
		}
		p.unclosed(open, p.lineOfNow(), p.now.from.Line)
		return false
	case p.now.word == wordBad:
		p.broken = true
		p.fail(p.now, parent)
		return false
	}
	return true
}

// flowComma expects what may follow an entry or item: a comma, or the end.
func (p *parser) flowComma(parent int) {
	switch p.now.word {
	case wordComma:
		p.step()
		return
	case wordMapClose, wordListClose, wordBad:
		return
	}
	if p.broken || p.ended(parent) {
		return
	}
	p.report(BadSyntax, p.spanOf(p.now), "a comma is missing before "+p.describe(p.now)+", or quotes around the value")
	p.skipFlow(parent)
	if p.now.word == wordComma {
		p.step()
	}
}

// skipFlow moves to the next comma or closing bracket of the same level.
func (p *parser) skipFlow(parent int) {
	for level := 0; !p.ended(parent) && p.now.word != wordBad; p.step() {
		switch p.now.word {
		case wordMapOpen, wordListOpen:
			level++
		case wordMapClose, wordListClose:
			if level == 0 {
				return
			}
			level--
		case wordComma:
			if level == 0 {
				return
			}
		}
	}
}

// flowEntry reads `key: value`, or a key alone, inside { }.
func (p *parser) flowEntry(m *mapReader, parent int) {
	switch p.now.word {
	case wordComma:
		p.report(BadSyntax, p.spanOf(p.now), "nothing stands before this comma")
		return
	case wordPlain, wordQuoted, wordMerge, wordAnchor, wordTag:
	default:
		p.flowBadKey(parent)
		return
	}
	var of *properties
	if p.now.word == wordAnchor || p.now.word == wordTag {
		if of = p.properties(parent); !p.isScalar() {
			p.flowBadKey(parent)
			return
		}
	}
	if p.now.word == wordPlain && p.braceAhead() {
		p.braces(parent)
		if p.now.word == wordColon {
			p.step()
			p.flowValue(parent)
		}
		return
	}
	p.flowPair(m, of, parent)
}

func (p *parser) isScalar() bool {
	return p.now.word == wordPlain || p.now.word == wordQuoted || p.now.word == wordMerge
}

// flowPair reads a key and the value after its colon.
func (p *parser) flowPair(m *mapReader, of *properties, parent int) {
	x := p.now
	if x.word == wordPlain {
		p.checkFlowPlain(x)
	}
	key := p.key(of)
	value, at := p.newNode(Null, p.span(p.last, p.last)), key.KeySpan
	if p.now.word == wordColon {
		p.checkFlowKey(x)
		p.step()
		at = p.spanOf(p.now)
		value = p.flowValue(parent)
	}
	p.addEntry(m, key, value, at)
}

// checkFlowKey looks at a key x and the colon after it.
func (p *parser) checkFlowKey(x piece) {
	if x.word == wordPlain && x.to.Line > x.from.Line {
		p.report(BadSyntax, p.spanOf(x), "a key must be on one line; is a comma missing at the end of a line?")
		return
	}
	end := p.now.end
	if x.word == wordPlain && end < len(p.text) && !isBlank(p.text[end]) && strings.IndexByte(",[]{}", p.text[end]) < 0 {
		p.report(BadSyntax, p.spanOf(p.now), "a space is missing after this colon")
	}
}

// flowBadKey refuses what cannot be a key.
func (p *parser) flowBadKey(parent int) {
	switch p.now.word {
	case wordMapOpen, wordListOpen, wordQuestion, wordAlias:
		p.report(UnsupportedYAML, p.spanOf(p.now), "only text can be a key here, not "+p.describe(p.now))
	default:
		p.report(BadSyntax, p.spanOf(p.now), "a key is expected here, not "+p.describe(p.now))
	}
	p.skipFlow(parent)
}

// flowItem reads an item of [ ], which may be a single `key: value`.
func (p *parser) flowItem(parent int) *Node {
	if p.now.word == wordComma {
		p.report(BadSyntax, p.spanOf(p.now), "nothing stands before this comma")
		return p.newNode(Null, p.span(p.now.from, p.now.from))
	}
	if p.isScalar() && p.peek().word == wordColon {
		m := mapReader{begin: len(p.entries)}
		span := p.spanOf(p.now)
		p.flowPair(&m, nil, parent)
		return p.newMap(&m, span)
	}
	return p.flowValue(parent)
}

// flowValue reads a value inside { } or [ ].
func (p *parser) flowValue(parent int) *Node {
	if p.now.word == wordAnchor || p.now.word == wordTag {
		of := p.properties(parent)
		p.open(of)
		n := p.tag(of, p.flowContent(parent))
		p.define(of, n)
		return n
	}
	return p.flowContent(parent)
}

func (p *parser) flowContent(parent int) *Node {
	if p.ended(parent) {
		return p.newNode(Null, p.span(p.last, p.last))
	}
	switch p.now.word {
	case wordMapOpen, wordListOpen:
		if p.depth == maxDepth {
			p.reportDepth()
			p.broken = true
			return p.failQuietly(p.now, parent)
		}
		p.depth++
		n := p.flow(parent)
		p.depth--
		return n
	case wordAlias:
		return p.alias()
	case wordQuoted:
		n := p.quoted(parent)
		p.broken = p.broken || n.Kind == Null
		return n
	case wordPlain, wordMerge:
		return p.flowPlain(parent)
	case wordComma, wordMapClose, wordListClose:
		return p.newNode(Null, p.span(p.last, p.last))
	}
	if p.now.word == wordBad {
		return p.newNode(Null, p.span(p.last, p.last))
	}
	p.report(BadSyntax, p.spanOf(p.now), p.describe(p.now)+" cannot stand inside { } or [ ]; quote it if it is text")
	at := p.spanOf(p.now)
	p.skipFlow(parent)
	return p.newNode(Null, at)
}

func (p *parser) flowPlain(parent int) *Node {
	if p.braceAhead() {
		return p.braces(parent)
	}
	p.checkFlowPlain(p.now)
	return p.plain()
}

// checkFlowPlain refuses text that the library takes whole inside { } or [ ],
// though YAML does not.
func (p *parser) checkFlowPlain(x piece) {
	text := p.textOf(x)
	switch {
	case p.reservedStart(), isQuestion(text):
		p.unexpected(x, 0)
	case strings.ContainsAny(text, "[]{}"):
		p.mixed = true
		p.report(BadSyntax, p.spanOf(x), "text with a bracket needs quotes inside { } or [ ], or a bracket is too many here")
	case !holdsColon(text):
	case x.to.Line > x.from.Line:
		p.report(BadSyntax, p.spanOf(x), "a comma is missing at the end of a line, or quotes around the value")
	default:
		p.report(BadSyntax, p.spanOf(x), "a comma is missing in "+quote(text)+", or quotes around it")
	}
}

// braceAhead reports whether the current scalar is the beginning of ${…}.
func (p *parser) braceAhead() bool {
	return p.text[p.now.end-1] == '$' && p.peek().word == wordMapOpen && p.ahead.off == p.now.end
}

// braces reads a value with an unquoted ${…} inside { } or [ ], where YAML
// takes its brace for the beginning of a map, and gives it the text that was
// meant.
func (p *parser) braces(parent int) *Node {
	begin := p.now
	dollar := begin.to
	dollar.Col--
	end := begin
	for p.isScalar() && p.now.off >= begin.off && (p.now.off == end.end || p.now.off == begin.off) {
		end = p.now
		if p.braceAhead() {
			p.step()
			end = p.matchingBrace(parent)
		}
		p.step()
	}
	text := p.text[begin.off:end.end]
	p.report(BraceNeedsQuotes, p.span(dollar, end.to), "${…} inside { } or [ ] needs quotes: write \""+short(text)+
		"\", or put each key on a line of its own")
	n := p.newNode(Scalar, p.span(begin.from, end.to))
	n.Text = text
	return n
}

// matchingBrace moves to the bracket that closes the current one, or as far as
// the value goes.
func (p *parser) matchingBrace(parent int) piece {
	end := p.now
	for level := 0; !p.ended(parent) && p.now.word != wordBad; p.step() {
		end = p.now
		switch p.now.word {
		case wordMapOpen, wordListOpen:
			level++
		case wordMapClose, wordListClose:
			level--
		}
		if level == 0 {
			break
		}
	}
	return end
}

// templateBraces refuses {{ … }}, which is a map in a map to YAML.
func (p *parser) templateBraces(open piece, parent int) *Node {
	p.report(BadSyntax, p.span(open.from, p.now.to), "{{ … }} is not a value in YAML; quote it if it is text")
	p.skipFlow(parent)
	if p.now.word == wordMapClose {
		p.step()
	}
	return p.newNode(Null, p.span(open.from, p.last))
}
