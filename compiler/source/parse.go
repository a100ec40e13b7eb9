package source

import (
	"cmp"
	"fmt"
	"slices"
)

// Parse reads a YAML file. It reports as many problems as it can find in one
// run, sorted by place, and gives a tree of what could be read even where there
// are problems. The root of an empty file is a Null node.
func Parse(file string, data []byte) (root *Node, problems []Problem) {
	return parse(&parser{file: file}, data)
}

// ParseTagged reads a YAML file whose values may have local tags, such as the
// !Ref and !Sub of a CloudFormation template. Parse refuses them, because
// tapestry.yaml has none.
func ParseTagged(file string, data []byte) (root *Node, problems []Problem) {
	return parse(&parser{file: file, tagged: true}, data)
}

func parse(p *parser, data []byte) (root *Node, problems []Problem) {
	file := p.file
	defer func() {
		if r := recover(); r != nil { // a mistake in this package or the library
			p.report(BadSyntax, Span{File: file}, fmt.Sprintf("this file cannot be read (%v)", r))
		}
		if root == nil {
			root = &Node{Span: Span{File: file}}
		}
		problems = sortProblems(p.problems)
	}()
	text, bad := readText(file, data)
	if bad == nil {
		bad = checkCost(file, text)
	}
	if bad != nil {
		p.problems = append(p.problems, *bad)
		return nil, nil
	}
	p.stream = newStream(text)
	p.anchors = map[string]anchor{}
	root = p.document()
	p.reportStream()
	return root, nil
}

// reportStream reports what the stream noticed on its way.
func (p *parser) reportStream() {
	for _, at := range p.glued {
		p.report(BadSyntax, p.span(at, Pos{at.Line, at.Col + 1}),
			"a space is missing before the # of this comment; quote the value if # is part of it")
	}
	if !p.stopped.IsValid() {
		return
	}
	message := "the file is not read from here on, because too much is wrong with it; correct what is reported and try again"
	if p.mistakes == 0 {
		message = "the file is not read from here on, because what follows is too large for one value, or has too many empty texts; split it"
	}
	p.report(LimitPassed, p.span(p.stopped, p.stopped), message)
}

func sortProblems(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.Span.Start.Line, b.Span.Start.Line),
			cmp.Compare(a.Span.Start.Col, b.Span.Start.Col),
		)
	})
	return problems
}

// maxDepth is how deep maps and lists may lie in one another, aliases included.
const maxDepth = 64

const (
	maxMistakes = 100  // after which a file that is not YAML is not read on
	maxProblems = 1000 // that are listed
)

// parser builds the tree from the pieces of a stream. Block structure is
// decided by columns: parent is always the column of the key or dash whose
// value is read, and what stands at or left of it does not belong to the value.
type parser struct {
	*stream
	file     string
	tagged   bool // values may have tags
	problems []Problem
	depth    int
	expanded int // nodes that aliases add to the tree when it is walked
	anchors  map[string]anchor
	entries  []Entry // of the maps that are being read, innermost last
	items    []*Node // of the lists, likewise
	nodes    []Node  // allocated in one go, handed out one by one
	inner    int     // column of the map or list that ended last
	mistakes int     // in the syntax
	mixed    bool    // a bracket in its text was reported
	broken   bool    // the { } or [ ] that is being read cannot go on
}

func (p *parser) report(kind ProblemKind, at Span, message string) {
	p.add(Problem{Kind: kind, Span: at, Message: message})
}

// add lists a problem, if there are not too many already.
func (p *parser) add(problem Problem) {
	switch {
	case len(p.problems) < maxProblems:
		p.problems = append(p.problems, problem)
	case len(p.problems) == maxProblems:
		p.problems = append(p.problems, Problem{Kind: LimitPassed, Span: problem.Span,
			Message: "more than " + itoa(maxProblems) + " problems; the others are not listed"})
	}
}

func (p *parser) span(from, to Pos) Span { return Span{p.file, from, to} }

func (p *parser) spanOf(x piece) Span { return Span{p.file, x.from, x.to} }

// textOf is how x is written.
func (p *parser) textOf(x piece) string { return p.text[x.off:x.end] }

func (p *parser) newNode(kind Kind, span Span) *Node {
	if len(p.nodes) == 0 {
		p.nodes = make([]Node, 128)
	}
	n := &p.nodes[0]
	p.nodes = p.nodes[1:]
	n.Kind, n.Span = kind, span
	return n
}

// document reads the file: directives are refused, one `---` and one `...` are
// allowed, and nothing may follow.
func (p *parser) document() *Node {
	for p.now.word == wordDirective {
		p.report(UnsupportedYAML, p.spanOf(p.now), "directives (lines that begin with %) are not supported; remove the line")
		p.resync(p.now, 1)
	}
	if p.now.word == wordDocument {
		p.step()
	}
	root := p.value(0, atLineStart)
	for known := 0; !p.atEnd(); known = p.mistakes {
		if p.mistakes == known {
			p.fail(p.now, 1)
		}
		if !p.atEnd() {
			root = joined(root, p.value(0, atLineStart))
		}
	}
	marker := p.now
	for p.now.word == wordDocument || p.now.word == wordDocumentEnd {
		p.step()
	}
	if p.now.word != wordEnd {
		p.report(UnsupportedYAML, p.spanOf(marker), "a second document begins here; a file holds one, so move this to a file of its own")
	}
	return root
}

// joined puts together the parts of a root between which a mistake lies.
func joined(root, more *Node) *Node {
	if root.Kind != Map {
		return more
	}
	have := make(map[string]bool, len(root.Entries))
	both := *root
	both.Entries = make([]Entry, 0, len(root.Entries)+len(more.Entries))
	for _, part := range [][]Entry{root.Entries, more.Entries} {
		for _, e := range part {
			if !have[e.Key] {
				have[e.Key] = true
				both.Entries = append(both.Entries, e)
			}
		}
	}
	return &both
}

// atEnd reports whether the document is over.
func (p *parser) atEnd() bool {
	switch p.now.word {
	case wordEnd, wordDocument, wordDocumentEnd:
		return true
	}
	return false
}

// ended reports whether the current piece no longer belongs to the value of
// the key or dash in column parent.
func (p *parser) ended(parent int) bool {
	return p.atEnd() || p.now.first && p.now.from.Col <= parent
}

// resync goes on after a mistake: at the next line, after that of x, that does
// not lie deeper than column col. The library reads anew from there, because a
// mistake may have confused it.
func (p *parser) resync(x piece, col int) {
	col = max(col, 1)
	off, line := p.nextLine(x.off), x.from.Line+1
	for off < len(p.text) && p.deeper(off, col) {
		off = p.nextLine(off)
		line++
	}
	p.goOn(off, line)
}

// goOn reads on at the line of off after a mistake in the syntax, unless there
// were too many.
func (p *parser) goOn(off, line int) {
	p.mistakes++
	if p.mistakes > maxMistakes {
		p.stop()
		p.now = p.locate()
		return
	}
	p.restart(off, line)
}

// nested reads a value one level deeper.
func (p *parser) nested(parent int, read func() *Node) *Node {
	if p.depth == maxDepth {
		return p.tooDeep(parent)
	}
	p.depth++
	n := read()
	p.depth--
	return n
}
