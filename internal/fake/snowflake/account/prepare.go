package account

import (
	"fmt"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/lex"
)

// Plan is what a statement comes to once its rights are checked: what the engine
// that holds the data must do, what the account keeps of it, and what is answered.
type Plan struct {
	// Engine statements, in order. The answer to the last one is the answer,
	// where Answer is nil.
	Engine []string
	Answer *Table
	// Then changes the account. It runs after the engine has done its part.
	Then func()
	// DDL commits what was begun before it.
	DDL bool
	// Wrong replaces the engine's error, where the service words it otherwise.
	Wrong *Error
}

// command is a statement that has been read.
type command interface {
	run(a *Account, s *Session) (*Plan, error)
}

// Prepare reads a statement and checks whether the session may run it. Nothing
// has changed yet: the caller has the engine do its part and then calls Then.
func (a *Account) Prepare(s *Session, sql string) (*Plan, error) {
	c, err := parse(sql)
	if err != nil {
		return nil, err
	}
	plan, err := c.run(a, s)
	if err != nil {
		return nil, err
	}
	if plan.Then == nil {
		plan.Then = func() {}
	}
	return plan, nil
}

// Run does what needs no engine: for tests and for what is set up by hand.
func (a *Account) Run(s *Session, sql string) (*Table, error) {
	plan, err := a.Prepare(s, sql)
	if err != nil {
		return nil, err
	}
	plan.Then()
	return plan.Answer, nil
}

// parse reads one statement; a second one is refused.
func parse(sql string) (command, error) {
	p := newParser(sql)
	if p.err != nil {
		return nil, p.err
	}
	if n := statements(p.tokens); n > 1 {
		return nil, &Error{"000008", "0A000", fmt.Sprintf("Actual statement count %d did not match the desired statement count 1.", n)}
	}
	if last := len(p.tokens) - 2; last >= 0 && p.tokens[last].IsSign(";") {
		p.tokens = append(p.tokens[:last:last], lex.Token{Kind: lex.End, Start: p.tokens[last].Start, End: p.tokens[last].Start})
		p.sql = sql[:p.tokens[last].Start]
	}
	if p.peek().Kind == lex.End {
		return nil, &Error{"000900", "42601", "SQL compilation error:\nEmpty SQL Statement."}
	}
	c := p.command()
	if p.err != nil {
		return nil, p.err
	}
	return c, nil
}

// statements counts what stands between semicolons.
func statements(tokens []lex.Token) int {
	n, empty := 0, true
	for _, t := range tokens {
		switch {
		case t.IsSign(";") || t.Kind == lex.End:
			if !empty {
				n++
			}
			empty = true
		default:
			empty = false
		}
	}
	return n
}

func (p *parser) command() command {
	switch first := p.peek(); {
	case p.take("USE"):
		return p.use()
	case p.take("CREATE"):
		return p.create()
	case p.take("ALTER"):
		return p.alter()
	case p.take("DROP"):
		return p.drop()
	case p.take("GRANT"):
		return p.grant()
	case p.take("REVOKE"):
		return p.revoke()
	case p.take("SHOW"):
		return p.show()
	case p.take("DESCRIBE"), p.take("DESC"):
		return p.describe()
	case p.take("COMMENT"):
		return p.commentOn()
	case p.take("BEGIN"), p.take("START TRANSACTION"), p.take("COMMIT"), p.take("ROLLBACK"):
		return p.transaction(first.Text)
	case first.Is("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "COPY"), first.IsSign("("):
		return p.data()
	}
	p.unexpected()
	return nil
}

// done is a plan that the engine has no part in.
func done(then func(), format string, args ...any) *Plan {
	return &Plan{Answer: Status(fmt.Sprintf(format, args...)), Then: then, DDL: true}
}
