package source

import "strings"

// mapReader collects the entries of one map on the stack of the parser.
type mapReader struct {
	begin int            // where its entries begin on the stack
	index map[string]int // of a large map: key → place on the stack
	merge Span           // of its `<<`
	froms []*Node        // the maps that `<<` names, the strongest first
	place int            // where the entries of froms go
}

// indexFrom is the number of keys from which a map is looked up by hash.
const indexFrom = 12

// blockMap reads the entries whose keys begin in column col. of are the anchor
// and tag that were read before the first key.
func (p *parser) blockMap(col int, of *properties) *Node {
	m := mapReader{begin: len(p.entries)}
	span := p.spanOf(p.now)
	p.blockEntry(&m, col, of)
	for !p.atEnd() && p.now.first && p.now.from.Col == col {
		p.blockEntry(&m, col, nil)
	}
	p.inner = col
	return p.newMap(&m, span)
}

// blockEntry reads `key: value`.
func (p *parser) blockEntry(m *mapReader, col int, of *properties) {
	if p.now.first && p.now.tab {
		p.fail(p.now, col)
		return
	}
	if of == nil && (p.now.word == wordAnchor || p.now.word == wordTag) {
		of = p.properties(col - 1)
	}
	if !p.isKey() {
		p.fail(p.now, col)
		return
	}
	if p.now.to.Line > p.now.from.Line {
		p.keyOverLines(p.now)
		return
	}
	key := p.key(of)
	p.step() // the colon
	at := p.spanOf(p.now)
	value := p.value(col, afterKey)
	p.restOfLine(col)
	p.addEntry(m, key, value, at)
}

// isKey reports whether the current piece is a key: a scalar with a colon
// after it on the same line.
func (p *parser) isKey() bool {
	switch p.now.word {
	case wordPlain:
		return p.keyAhead() && !p.reservedStart()
	case wordQuoted, wordMerge:
		return p.keyAhead()
	}
	return false
}

// key takes the current piece as a key. Its Value stays nil.
func (p *parser) key(of *properties) Entry {
	x := p.now
	key := Entry{Key: plainText(p.textOf(x)), KeySpan: p.spanOf(x)}
	if x.word == wordQuoted {
		key.Key = p.unquote(x)
	}
	if of != nil {
		p.tagOnKey(of)
		n := p.newNode(Scalar, key.KeySpan)
		n.Text = key.Key
		p.define(of, n)
	}
	if x.word == wordMerge {
		key.Key = mergeKey
	}
	p.step()
	return key
}

// mergeKey stands for an unquoted <<. No key of a file is equal to it, because
// it is not UTF-8.
const mergeKey = "<<\xff"

// addEntry puts an entry into the map that is being read. at is where its
// value is written.
func (p *parser) addEntry(m *mapReader, key Entry, value *Node, at Span) {
	if key.Key == mergeKey {
		p.addMerge(m, key.KeySpan, value, at)
		return
	}
	if first := p.find(m, key.Key); first >= 0 {
		p.twice(key.Key, key.KeySpan, p.entries[first].KeySpan)
		return
	}
	key.Value = value
	if m.index != nil {
		m.index[key.Key] = len(p.entries)
	}
	p.entries = append(p.entries, key)
}

func (p *parser) twice(key string, at, first Span) {
	p.add(Problem{
		Kind: DuplicateKey, Span: at, Related: first,
		Message:        "key " + quote(key) + " is in this map twice; the first is in line " + itoa(first.Start.Line),
		RelatedMessage: "the first " + quote(key) + " is here",
	})
}

// find gives the place of a key on the stack, or -1.
func (p *parser) find(m *mapReader, key string) int {
	if m.index == nil && len(p.entries)-m.begin >= indexFrom {
		m.index = make(map[string]int, 4*indexFrom)
		for i := m.begin; i < len(p.entries); i++ {
			m.index[p.entries[i].Key] = i
		}
	}
	if m.index != nil {
		if i, ok := m.index[key]; ok {
			return i
		}
		return -1
	}
	for i := m.begin; i < len(p.entries); i++ {
		if p.entries[i].Key == key {
			return i
		}
	}
	return -1
}

// newMap takes the entries of m off the stack.
func (p *parser) newMap(m *mapReader, span Span) *Node {
	n := p.newNode(Map, span)
	n.Entries = append([]Entry(nil), p.entries[m.begin:]...)
	if len(m.froms) > 0 {
		n.Entries = p.merged(m, n.Entries)
	}
	p.entries = p.entries[:m.begin]
	return n
}

// keyOverLines: a key that begins on a line above its colon is a line without
// colon, followed by a key. Reading goes on at that key.
func (p *parser) keyOverLines(x piece) {
	text := p.textOf(x)
	line, _, _ := strings.Cut(text, "\n")
	to := Pos{x.from.Line, x.from.Col + runes(line)}
	p.report(BadSyntax, p.span(x.from, to), colonMissing(strings.TrimRight(line, " \t")))
	off, number := x.off, x.from.Line
	for number < x.to.Line {
		off = p.nextLine(off)
		number++
	}
	p.goOn(off, number)
}
