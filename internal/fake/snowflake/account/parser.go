package account

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/lex"
)

// parser reads the tokens of one statement. The first thing that does not fit is
// kept in err; after it nothing fits any more, so a caller need look only once.
type parser struct {
	sql    string
	tokens []lex.Token
	at     int
	err    error
}

func newParser(sql string) *parser {
	tokens, err := lex.Tokens(sql)
	p := &parser{sql: sql, tokens: tokens}
	if err != nil {
		p.err = &Error{"001003", "42000", "SQL compilation error:\nsyntax error " + err.Error() + "."}
		p.tokens = []lex.Token{{Kind: lex.End}}
	}
	return p
}

func (p *parser) peek() lex.Token { return p.ahead(0) }

func (p *parser) ahead(n int) lex.Token {
	if p.err != nil || p.at+n >= len(p.tokens) {
		return p.tokens[len(p.tokens)-1]
	}
	return p.tokens[p.at+n]
}

func (p *parser) next() lex.Token {
	t := p.peek()
	if p.err == nil && p.at < len(p.tokens)-1 {
		p.at++
	}
	return t
}

// fail keeps the first error.
func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *parser) unexpected() { p.fail(unexpected(p.sql, p.peek())) }

// is says whether the keywords of phrase come next.
func (p *parser) is(phrase string) bool {
	if p.err != nil {
		return false
	}
	for i, word := range strings.Fields(phrase) {
		if t := p.ahead(i); !t.Is(word) && !t.IsSign(word) {
			return false
		}
	}
	return true
}

// take passes over the phrase where it comes next.
func (p *parser) take(phrase string) bool {
	if !p.is(phrase) {
		return false
	}
	p.at += len(strings.Fields(phrase))
	return true
}

// takeAny passes over the first of the phrases that comes next, and gives it.
func (p *parser) takeAny(phrases ...string) string {
	for _, phrase := range phrases {
		if p.take(phrase) {
			return phrase
		}
	}
	return ""
}

// want passes over the phrase, which must come next.
func (p *parser) want(phrase string) {
	for _, word := range strings.Fields(phrase) {
		if !p.take(word) {
			p.unexpected()
			return
		}
	}
}

// end is where a statement must be over.
func (p *parser) end() {
	if p.peek().Kind != lex.End {
		p.unexpected()
	}
}

func (p *parser) ident() string {
	t := p.peek()
	if !t.IsName() || p.err != nil {
		p.unexpected()
		return ""
	}
	p.next()
	return t.Text
}

// name reads a qualified name of at most three parts.
func (p *parser) name() Name {
	n := Name{p.ident()}
	for len(n) < 3 && p.take(".") {
		n = append(n, p.ident())
	}
	return n
}

func (p *parser) text() string {
	t := p.peek()
	if t.Kind != lex.String || p.err != nil {
		p.unexpected()
		return ""
	}
	p.next()
	return t.Text
}

func (p *parser) number() string {
	t := p.peek()
	if t.Kind != lex.Number || p.err != nil {
		p.unexpected()
		return ""
	}
	p.next()
	return t.Text
}

// list reads items in parentheses, with commas between them.
func (p *parser) list(item func() string) []string {
	p.want("(")
	out := []string{}
	for p.err == nil && !p.take(")") {
		if len(out) > 0 {
			p.want(",")
		}
		out = append(out, item())
	}
	return out
}

// rest gives the text from here to the end of the statement.
func (p *parser) rest() string {
	t := p.peek()
	if t.Kind == lex.End {
		return ""
	}
	return strings.TrimSpace(p.sql[t.Start:])
}

// textUntil passes over tokens up to the phrase or the end, parentheses as a
// whole, and gives their text.
func (p *parser) textUntil(phrase string) string {
	start, depth := p.peek().Start, 0
	last := start
	for t := p.peek(); t.Kind != lex.End && (depth > 0 || !p.is(phrase)); t = p.peek() {
		switch {
		case t.IsSign("("):
			depth++
		case t.IsSign(")"):
			depth--
		}
		last = t.End
		p.next()
	}
	if last == start {
		p.unexpected()
	}
	return p.sql[start:last]
}
