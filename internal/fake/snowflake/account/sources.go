package account

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/lex"
)

// source is a place in a statement where it names a relation that it reads.
type source struct {
	name     Name
	from, to int  // tokens, to is the first one after
	aliased  bool // another name follows
}

// frame is one pair of parentheses.
type frame struct {
	function string // the word before it
	inFrom   bool   // between FROM and what ends it
}

// sourceScan looks for relations after FROM, JOIN and USING, and after the commas
// between them. It is no parser of SQL: the engine says whether a statement is
// well formed.
type sourceScan struct {
	tokens []lex.Token
	ctes   map[string]bool
	stack  []frame
	expect bool // the next token may begin a relation
	out    []source
}

// sources gives the relations that the tokens read, from the place at on.
func sources(tokens []lex.Token, at int) []source {
	s := &sourceScan{tokens: tokens, ctes: ctes(tokens), stack: []frame{{}}}
	for i := at; i < len(tokens) && tokens[i].Kind != lex.End; {
		i = s.step(i)
	}
	return s.out
}

// ctes gives the names that WITH defines: what stands before AS ( SELECT.
func ctes(tokens []lex.Token) map[string]bool {
	out := map[string]bool{}
	for i := range tokens {
		if !tokens[i].Is("AS") || i+2 >= len(tokens) || !tokens[i+1].IsSign("(") || !tokens[i+2].Is("SELECT", "WITH", "VALUES") && !tokens[i+2].IsSign("(") {
			continue
		}
		j := i - 1
		if j >= 0 && tokens[j].IsSign(")") { // name (columns) AS (
			for j >= 0 && !tokens[j].IsSign("(") {
				j--
			}
			j--
		}
		if j >= 0 && tokens[j].IsName() {
			out[tokens[j].Text] = true
		}
	}
	return out
}

func (s *sourceScan) token(i int) lex.Token {
	if i < 0 || i >= len(s.tokens) {
		return lex.Token{}
	}
	return s.tokens[i]
}

func (s *sourceScan) top() *frame { return &s.stack[len(s.stack)-1] }

// step looks at one token, and gives the place of the next one.
func (s *sourceScan) step(i int) int {
	t := s.token(i)
	switch {
	case t.IsSign("("):
		s.open(i)
		return i + 1
	case t.IsSign(")"):
		if len(s.stack) > 1 {
			s.stack = s.stack[:len(s.stack)-1]
		}
		s.expect = false
		return i + 1
	case s.expect && t.Is("LATERAL"):
		return i + 1
	case s.expect && t.Is("VALUES", "TABLE", "SELECT"):
		s.expect = false
		return i + 1
	case s.expect && t.IsName() && !(t.Kind == lex.Word && slices.Contains(afterRelation, t.Text)):
		return s.relation(i)
	}
	s.expect = false
	s.keyword(i, t)
	return i + 1
}

func (s *sourceScan) open(i int) {
	f := frame{}
	if prev := s.token(i - 1); prev.Kind == lex.Word {
		f.function = prev.Text
	}
	inner := s.token(i + 1)
	nested := s.expect && inner.IsName() && !inner.Is("SELECT", "WITH", "VALUES")
	f.inFrom, s.expect = nested, nested
	s.stack = append(s.stack, f)
}

// withFrom are functions in whose arguments FROM means something else.
var withFrom = []string{"EXTRACT", "TRIM", "SUBSTRING", "SUBSTR", "POSITION", "OVERLAY"}

func (s *sourceScan) keyword(i int, t lex.Token) {
	f := s.top()
	switch {
	case t.Is("FROM"):
		distinct := s.token(i-1).Is("DISTINCT") && s.token(i-2).Is("IS", "NOT")
		if !distinct && !slices.Contains(withFrom, f.function) {
			f.inFrom, s.expect = true, true
		}
	case t.Is("JOIN"):
		f.inFrom, s.expect = true, true
	case t.Is("USING"):
		s.expect = !s.token(i + 1).IsSign("(")
	case t.IsSign(","):
		s.expect = f.inFrom
	case t.Is("WHERE", "GROUP", "ORDER", "HAVING", "QUALIFY", "LIMIT", "WINDOW", "SELECT", "UNION", "EXCEPT", "MINUS", "INTERSECT", "WHEN", "SET", "VALUES"):
		f.inFrom = false
	}
}

// relation reads a name; one with parentheses after it is a function.
func (s *sourceScan) relation(i int) int {
	name, to := readName(s.tokens, i)
	s.expect = false
	if s.token(to).IsSign("(") || len(name) == 1 && s.ctes[name[0]] {
		return to
	}
	next := s.token(to)
	aliased := next.Is("AS") || next.Kind == lex.Quoted || next.Kind == lex.Word && !slices.Contains(afterRelation, next.Text)
	s.out = append(s.out, source{name, i, to, aliased})
	return to
}

// afterRelation are the words that can follow a relation and are no alias.
var afterRelation = []string{
	"WHERE", "GROUP", "ORDER", "HAVING", "QUALIFY", "LIMIT", "WINDOW", "UNION", "EXCEPT", "MINUS", "INTERSECT", "JOIN", "INNER", "LEFT", "RIGHT", "FULL",
	"CROSS", "NATURAL", "ASOF", "ON", "USING", "WHEN", "SET", "SAMPLE", "TABLESAMPLE", "PIVOT", "UNPIVOT", "AT", "BEFORE", "FETCH", "OFFSET", "LATERAL", "VALUES",
}

// readName reads a qualified name of at most three parts.
func readName(tokens []lex.Token, i int) (Name, int) {
	name := Name{tokens[i].Text}
	i++
	for len(name) < 3 && i+1 < len(tokens) && tokens[i].IsSign(".") && tokens[i+1].IsName() {
		name = append(name, tokens[i+1].Text)
		i += 2
	}
	return name, i
}
