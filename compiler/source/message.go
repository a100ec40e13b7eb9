package source

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// fail reports that x cannot stand where it is, goes on at the next line that
// is not deeper than column col, and gives a Null node in its place.
func (p *parser) fail(x piece, col int) *Node {
	p.unexpected(x, col)
	return p.failQuietly(x, col)
}

func (p *parser) failWith(x piece, col int, message string) *Node {
	p.report(BadSyntax, p.spanOf(x), message)
	return p.failQuietly(x, col)
}

func (p *parser) failQuietly(x piece, col int) *Node {
	p.resync(x, col)
	for x.word == wordQuestion && p.now.word == wordColon && p.now.first && p.now.from.Col == x.from.Col {
		p.resync(p.now, col) // the value of the key that was refused
	}
	return p.newNode(Null, p.spanOf(x))
}

// unclosed reports a quote or bracket without its end, and goes on at the line
// that cannot be part of it.
func (p *parser) unclosed(x piece, off, line int) *Node {
	at := p.span(x.from, Pos{x.from.Line, x.from.Col + 1})
	sign := p.text[x.off : x.off+1]
	kind := "bracket"
	if sign == `"` || sign == "'" {
		kind = "quote"
	}
	p.report(BadSyntax, at, "the "+kind+" "+sign+" is never closed; lines that belong to it must be indented deeper than the line where it begins")
	p.goOn(off, line)
	return p.newNode(Null, at)
}

// lineOfNow gives the offset of the line that the current piece begins.
func (p *parser) lineOfNow() int {
	if p.now.word == wordEnd {
		return len(p.text)
	}
	return p.now.off - (p.now.from.Col - 1)
}

// tooDeep refuses a value that lies too deep, and goes on after it.
func (p *parser) tooDeep(parent int) *Node {
	p.reportDepth()
	return p.failQuietly(p.now, parent)
}

func (p *parser) reportDepth() {
	p.report(LimitPassed, p.spanOf(p.now), "maps and lists lie more than "+itoa(maxDepth)+" deep in one another")
}

// secondColon: `a: b: c`, or a key that is deeper than the value above it.
func (p *parser) secondColon(parent int) *Node {
	x := p.now
	line := p.text[x.off:p.nextLine(x.off)]
	if x.to.Line > x.from.Line {
		return p.deeperKey(x, parent)
	}
	text := strings.TrimRight(line, " \t\n")
	if i := strings.Index(text, " #"); i >= 0 {
		text = strings.TrimRight(text[:i], " \t")
	}
	to := Pos{x.from.Line, x.from.Col + runes(text)}
	p.report(BadSyntax, p.span(x.from, to),
		`a second ": " on one line; quote the value if it is text, or put the inner key on a line of its own`)
	p.resync(x, parent)
	n := p.newNode(Scalar, p.span(x.from, to))
	n.Text = text
	return n
}

// deeperKey: the key is the last line of what looks like a value over several
// lines.
func (p *parser) deeperKey(x piece, parent int) *Node {
	text := p.textOf(x)
	cut := strings.LastIndexByte(text, '\n')
	key := strings.TrimLeft(text[cut:], " \t\n")
	from := Pos{x.to.Line, x.to.Col - runes(key)}
	p.report(BadSyntax, p.span(from, x.to), "key "+quote(key)+" is indented deeper than the key above it, which already has a value")
	n := p.newNode(Scalar, p.span(x.from, x.to))
	n.Text = plainText(strings.TrimRight(text[:cut], " \t\n"))
	p.resync(p.ahead, parent)
	return n
}

// reservedStart reports whether the current plain scalar begins with a sign
// that YAML keeps for itself.
func (p *parser) reservedStart() bool {
	return p.now.word == wordPlain && strings.IndexByte("@`%,]}", p.text[p.now.off]) >= 0
}

// unexpected reports x, which cannot stand where it is; col is the column of
// the key or dash that is being read.
func (p *parser) unexpected(x piece, col int) {
	switch {
	case x.first && x.tab:
		at := p.span(Pos{x.from.Line, 1}, x.from)
		p.report(BadSyntax, at, "a tab indents this line; YAML allows only spaces for that")
	case x.word == wordBad:
		p.bad(x)
	case x.word == wordQuestion, isQuestion(p.textOf(x)):
		p.report(UnsupportedYAML, p.spanOf(x), "keys with ? are not supported; write `key: value`, or quote the ? if it is text")
	case x.word == wordTag:
		p.refuseTag(x)
	case x.word == wordAlias:
		p.report(UnsupportedYAML, p.spanOf(x), "an alias cannot be a key; write the key itself")
	default:
		p.report(BadSyntax, p.spanOf(x), p.sentence(x, col))
	}
}

// isQuestion reports whether text begins as an explicit key does.
func isQuestion(text string) bool {
	return text == "?" || len(text) > 1 && text[0] == '?' && isBlank(text[1])
}

// sentence says what is wrong with x.
func (p *parser) sentence(x piece, col int) string {
	switch x.word {
	case wordColon:
		return "a key is missing before this colon"
	case wordMapClose, wordListClose:
		return "this " + p.textOf(x) + " closes nothing; quote it if it is text"
	case wordDirective:
		return "a value cannot begin with %; quote it"
	}
	if x.word == wordPlain && strings.IndexByte("@`%,]}", p.text[x.off]) >= 0 {
		return "a value cannot begin with " + p.text[x.off:x.off+1] + "; quote it"
	}
	if !x.first {
		return p.describe(x) + " cannot stand here; if it belongs to the value before it, quote the whole value"
	}
	if x.from.Col > col && col > 0 {
		return p.badIndent(x, col)
	}
	if x.word == wordDash {
		return "a list item stands here among keys; indent it under the key that it belongs to"
	}
	if x.off == p.now.off && p.isKey() {
		return "a key stands here among list items; begin its line with a dash, or indent it under the dash that it belongs to"
	}
	if x.word == wordPlain {
		return colonMissing(plainText(p.textOf(x)))
	}
	return p.describe(x) + " cannot stand here"
}

func (p *parser) badIndent(x piece, col int) string {
	indent := spaces(x.from.Col - 1)
	if p.inner > x.from.Col {
		return "this line is indented by " + indent + "; what comes before it is indented by " + itoa(p.inner-1) + " or " + itoa(col-1)
	}
	return "this line is indented by " + indent + ", deeper than what it could belong to"
}

func spaces(n int) string {
	if n == 1 {
		return "1 space"
	}
	return itoa(n) + " spaces"
}

// colonMissing is for a line where `key: value` is expected.
func colonMissing(text string) string {
	if key, _, ok := strings.Cut(text, ":"); ok && key != "" {
		return "a space is missing after the colon of " + quote(key)
	}
	if rest, ok := strings.CutPrefix(text, "-"); ok && rest != "" {
		return "a space is missing after the dash of " + quote(text)
	}
	return "a colon is missing: " + quote(text) + " should be a key with its value, as in `key: value`"
}

// bad reports what the library cannot read.
func (p *parser) bad(x piece) {
	switch c := p.text[x.off]; {
	case c == '!':
		line := p.text[x.off:p.nextLine(x.off)]
		x.end = x.off + len(strings.Fields(line)[0])
		x.to.Col = x.from.Col + runes(p.textOf(x))
		p.refuseTag(x)
	case (c == '"' || c == '\'') && quotedEnd(p.text, x.off) == 0:
		p.report(BadSyntax, p.spanOf(x), "the quote "+string(c)+" is never closed")
	case c == '@' || c == '`':
		p.report(BadSyntax, p.spanOf(x), "a value cannot begin with "+string(c)+"; quote it")
	case c == '|' || c == '>':
		p.report(BadSyntax, p.spanOf(x), "nothing but +, - or a digit can follow "+string(c)+" on its line; quote the value if it is text")
	default:
		p.report(BadSyntax, p.spanOf(x), messageOf(x.why))
	}
}

// messageOf turns what the library says into a sentence of ours.
func messageOf(why string) string {
	switch {
	case strings.Contains(why, "tab character"), strings.Contains(why, "'\t'"):
		return "a tab indents this line; YAML allows only spaces for that"
	case strings.Contains(why, "document separator"):
		return "the quote is not closed before the end of the document"
	case why == "":
		return "this is not YAML that can be read"
	}
	return "this is not YAML that can be read: " + why
}

// describe names a piece in a message.
func (p *parser) describe(x piece) string {
	switch x.word {
	case wordEnd, wordDocument, wordDocumentEnd:
		return "the end of the document"
	case wordPlain, wordQuoted:
		return quote(plainText(strings.Trim(p.textOf(x), `"'`)))
	}
	return "`" + p.textOf(x) + "`"
}

// quote puts text that a person wrote into a message.
func quote(text string) string { return `"` + short(text) + `"` }

// short cuts long text.
func short(text string) string {
	const most = 40
	if len(text) <= most || utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

func runes(s string) int { return utf8.RuneCountInString(s) }

func itoa(n int) string { return strconv.Itoa(n) }
