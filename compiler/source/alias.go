package source

import "strings"

// properties are what may stand before a value: an anchor, and a tag, which is
// refused unless the file may have them.
type properties struct {
	name string
	span Span  // of the anchor
	tag  piece // where the file may have tags, and there is one
}

// anchor is a value that an alias may use again.
type anchor struct {
	node *Node // nil while the value is being read
	span Span
	size int // nodes in it, when it is walked
	high int // maps and lists in one another
}

// maxExpanded is how many nodes aliases may add to a tree. The tree itself
// stays small, because they are shared; those who walk it visit each one.
const maxExpanded = 1_000_000

// properties reads anchors and tags, up to what does not belong to the key or
// dash in column parent. An anchor on a line after another one is not of the
// same value: it names the first key of the map that the first one names.
func (p *parser) properties(parent int) *properties {
	of := &properties{}
	for !p.ended(parent) {
		switch p.now.word {
		case wordTag:
			if p.tagged && of.tag.word == 0 && isLocal(p.textOf(p.now)) {
				of.tag = p.now
			} else {
				p.refuseTag(p.now)
			}
			p.step()
		case wordAnchor:
			if of.name != "" && p.now.first {
				return of
			}
			name, span := p.name()
			if of.name != "" {
				p.report(BadSyntax, span, "one value cannot have two anchors, &"+of.name+" and &"+name)
			}
			if name != "" {
				of.name, of.span = name, span
			}
		default:
			return of
		}
	}
	return of
}

// isLocal reports whether a tag is one of an application (!Ref), and neither one
// of YAML itself (!!str) nor an address (!<…>).
func isLocal(tag string) bool { return len(tag) > 1 && tag[1] != '!' && tag[1] != '<' }

// tag puts the tag of a value on it. A value that an alias stands for is shared,
// so the tag goes on a copy.
func (p *parser) tag(of *properties, n *Node) *Node {
	if of.tag.word == 0 {
		return n
	}
	if n.Tag != "" {
		p.refuseTag(of.tag)
		return n
	}
	own := p.newNode(n.Kind, n.Span)
	*own = *n
	own.Tag = p.textOf(of.tag)
	return own
}

// tagOnKey refuses a tag before a key: no application reads one there.
func (p *parser) tagOnKey(of *properties) {
	if of != nil && of.tag.word != 0 {
		p.refuseTag(of.tag)
	}
}

func (p *parser) refuseTag(x piece) {
	p.report(UnsupportedYAML, p.spanOf(x), "the tag "+short(p.textOf(x))+
		" is not supported; leave it out, or quote the value if ! is part of the text")
}

// name reads what follows an & or * and steps past it.
func (p *parser) name() (string, Span) {
	sign := p.now
	p.step()
	if p.now.word != wordPlain || p.now.off != sign.end {
		p.report(BadSyntax, p.spanOf(sign), "a name must follow "+p.textOf(sign)+" directly; quote the value if it is text")
		return "", p.spanOf(sign)
	}
	name, span := p.textOf(p.now), p.span(sign.from, p.now.to)
	if strings.ContainsAny(name, ",[]{}") {
		p.report(BadSyntax, span, "a name cannot hold any of , [ ] { }; quote the value if it is text")
	}
	p.step()
	return name, span
}

// withProperties reads a value that has an anchor or a tag.
func (p *parser) withProperties(parent int, where after) *Node {
	start := p.now
	of := p.properties(parent)
	if !p.now.first && p.isKey() && (where != afterKey || start.first) {
		return p.nested(parent, func() *Node { return p.blockMap(start.from.Col, of) })
	}
	if !p.now.first {
		where = afterKey // what would begin a block must be on a line of its own
	}
	if of.name != "" && p.now.word == wordAlias && !p.now.first {
		p.relate(BadAlias, p.spanOf(p.now), "an alias cannot have an anchor of its own", of.span)
	}
	p.open(of)
	n := p.tag(of, p.value(parent, where))
	p.define(of, n)
	return n
}

// open marks the anchor as one whose value is being read.
func (p *parser) open(of *properties) {
	if of.name != "" {
		p.anchors[of.name] = anchor{span: of.span}
	}
}

// define makes the value of an anchor known to the aliases after it, unless an
// anchor inside the value has taken the name over.
func (p *parser) define(of *properties, n *Node) {
	if of.name != "" && !of.span.Start.Before(p.anchors[of.name].span.Start) {
		size, high := measure(n)
		p.anchors[of.name] = anchor{n, of.span, size, high}
	}
}

// measure counts the nodes of a tree and how deep it is. The number of visits
// is bounded: aliases add at most maxExpanded nodes, and a node has at most
// maxDepth anchors around it.
func measure(n *Node) (size, high int) {
	size = 1
	add := func(child *Node) {
		s, h := measure(child)
		size += s
		high = max(high, h+1)
	}
	for i := range n.Entries {
		add(n.Entries[i].Value)
	}
	for _, item := range n.Items {
		add(item)
	}
	return size, high
}

// alias gives the value of the anchor that is named.
func (p *parser) alias() *Node {
	name, at := p.name()
	if name == "" {
		return p.newNode(Null, at)
	}
	a, known := p.anchors[name]
	switch {
	case !known:
		p.report(BadAlias, at, p.unknownAlias(name))
	case a.node == nil:
		p.relate(BadAlias, at, "*"+name+" stands inside the value of &"+name+"; a value cannot contain itself", a.span)
	case p.depth+a.high > maxDepth:
		p.relate(LimitPassed, at, "with the value of &"+name+", maps and lists lie more than "+itoa(maxDepth)+" deep", a.span)
	case p.expanded+a.size > maxExpanded:
		if p.expanded <= maxExpanded { // said once, however many more there are
			p.relate(LimitPassed, at, "aliases add more than 1,000,000 values to this file, at the latest with *"+name, a.span)
		}
		p.expanded = maxExpanded + 1
	default:
		p.expanded += a.size
		return a.node
	}
	return p.newNode(Null, at)
}

func (p *parser) unknownAlias(name string) string {
	message := "no anchor &" + short(name) + " comes before this alias"
	if strings.ContainsAny(name, ".*/:") || name == "" {
		return message + "; quote the value if it is text"
	}
	return message
}

func (p *parser) relate(kind ProblemKind, at Span, message string, anchor Span) {
	p.add(Problem{
		Kind: kind, Span: at, Message: message, Related: anchor, RelatedMessage: "the anchor is here",
	})
}

// addMerge notes the maps that a `<<` names.
func (p *parser) addMerge(m *mapReader, key Span, value *Node, at Span) {
	if m.merge.IsValid() {
		p.twice("<<", key, m.merge)
		return
	}
	m.merge, m.place = key, len(p.entries)-m.begin
	switch value.Kind {
	case Map:
		m.froms = []*Node{value}
	case List:
		for _, item := range value.Items {
			if item.Kind == Map {
				m.froms = append(m.froms, item)
				continue
			}
			p.report(BadMerge, at, "<< takes maps, and one of these is "+item.Kind.String())
		}
	default:
		p.report(BadMerge, at, "<< takes a map or a list of maps, and this is "+value.Kind.String())
	}
}

// merged puts the entries that `<<` brings where it stands. Keys of the map
// itself win over them, and an earlier map over a later one.
func (p *parser) merged(m *mapReader, own []Entry) []Entry {
	have := make(map[string]bool, len(own))
	for i := range own {
		have[own[i].Key] = true
	}
	all := append(make([]Entry, 0, 2*len(own)), own[:m.place]...)
	for _, from := range m.froms {
		for _, e := range from.Entries {
			if !have[e.Key] {
				have[e.Key] = true
				all = append(all, e)
			}
		}
	}
	return append(all, own[m.place:]...)
}
