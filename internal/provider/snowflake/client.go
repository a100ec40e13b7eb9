package snowflake

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	sf "github.com/snowflakedb/gosnowflake"

	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// sideBySide is how many connections a plan reads on. Each costs a login.
const sideBySide = 4

// quiet stops the driver from writing to the terminal: what goes wrong is told
// by the errors.
var quiet = sync.OnceFunc(func() { _ = sf.GetLogger().SetLogLevel("fatal") })

// connector opens connections. Where a token is needed, each takes a fresh one,
// since an apply outlives the first.
type connector struct {
	cfg   sf.Config
	token func(ctx context.Context) (secret.Value, error)
}

// Connect is part of driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	cfg := c.cfg
	if c.token != nil {
		token, err := c.token(ctx)
		if err != nil {
			return nil, err
		}
		cfg.Token = token.Reveal()
	}
	return sf.NewConnector(sf.SnowflakeDriver{}, cfg).Connect(ctx)
}

// Driver is part of driver.Connector.
func (c connector) Driver() driver.Driver { return sf.SnowflakeDriver{} }

// client is a signed-in user. Reads go over a pool, as the role of the login;
// statements over one connection, which changes its role, and the ledger over
// another, so that writing to it takes no change of roles.
type client struct {
	db          *sql.DB
	tag         queryTag
	work, books session
}

func newClient(c connector, tag queryTag) *client {
	quiet()
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(sideBySide)
	db.SetMaxIdleConns(sideBySide)
	return &client{db: db, tag: tag, work: session{db: db, tag: tag}, books: session{db: db, tag: tag}}
}

func (c *client) close() {
	c.work.close()
	c.books.close()
	_ = c.db.Close()
}

// queryTag is what the account's query history says of each of our statements.
type queryTag struct {
	Tool        string `json:"tool"`
	Version     string `json:"version,omitempty"`
	Pipeline    string `json:"pipeline,omitempty"`
	Environment string `json:"environment,omitempty"`
	Statement   string `json:"statement,omitempty"`
	Run         string `json:"run,omitempty"`
}

// with puts the tag into a context for one statement.
func (t queryTag) with(ctx context.Context, statement string) context.Context {
	t.Statement = statement
	data, err := json.Marshal(t)
	if err != nil {
		panic("query tag: " + err.Error()) // texts always can
	}
	return sf.WithQueryTag(ctx, string(data))
}

// querier is a pool or a connection of it.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func query(ctx context.Context, q querier, text string) ([]record, error) {
	rows, err := q.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out []record
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			return nil, err
		}
		r := record{}
		for i, name := range columns {
			r[strings.ToLower(name)] = textOf(*(values[i].(*any)))
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []byte:
		return string(v)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

// look asks all questions, side by side, and gives what they tell.
func (c *client) look(ctx context.Context, questions []question, into *live) error {
	answers := make([][]record, len(questions))
	errs := make([]error, len(questions))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(sideBySide, len(questions)) {
		wg.Go(func() {
			for i := range next {
				answers[i], errs[i] = query(c.tag.with(ctx, "plan"), c.db, questions[i].sql)
			}
		})
	}
	for i := range questions {
		next <- i
	}
	close(next)
	wg.Wait()
	for i, q := range questions {
		switch {
		case errs[i] == nil:
			q.tell(into, answers[i])
		case isLogin(errs[i]):
			return errs[i]
		case isDenied(errs[i]) && !into.whole: // not seen, whether it is there or not
		case !isGone(errs[i]):
			return fmt.Errorf("%s: %w", q.sql, errs[i])
		case q.gone != nil && (into.whole || q.anyone):
			q.gone(into)
		}
	}
	return nil
}

// isGone says that what was asked about is not there, or that we may know
// nothing of it, which Snowflake does not tell apart.
func isGone(err error) bool {
	var e *sf.SnowflakeError
	return errors.As(err, &e) && (e.Number == 2003 || e.Number == 2043)
}

// isDenied says that the role may not ask.
func isDenied(err error) bool {
	var e *sf.SnowflakeError
	return errors.As(err, &e) && e.Number == 3001
}

// isLogin says that Snowflake knows the account and let nobody in.
func isLogin(err error) bool {
	var e *sf.SnowflakeError
	return errors.As(err, &e) && (e.Number >= 390100 && e.Number < 396000 || e.Number == 250001)
}

// isAnswer says that Snowflake answered, and did not do what was asked.
func isAnswer(err error) bool {
	var e *sf.SnowflakeError
	return errors.As(err, &e) && e.SQLState != ""
}

// session is one connection that keeps its role and its schema.
type session struct {
	db   *sql.DB
	tag  queryTag
	mu   sync.Mutex
	conn *sql.Conn
	role string // empty: unknown
	in   string
}

func (s *session) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		_ = s.conn.Close()
		s.conn = nil
	}
}

// as runs f as a role, and in a schema where one is given. Where the connection
// broke, the next call opens another: a role that is left over from a broken
// one would run statements as somebody else.
func (s *session) as(ctx context.Context, role string, in []string, f func(*sql.Conn) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.enter(ctx, role, in)
	if err == nil {
		err = f(s.conn)
	}
	if err != nil && !isAnswer(err) && s.conn != nil {
		_ = s.conn.Raw(func(any) error { return driver.ErrBadConn })
		_ = s.conn.Close()
		s.conn = nil
	}
	return err
}

func (s *session) enter(ctx context.Context, role string, in []string) error {
	if s.conn == nil {
		conn, err := s.db.Conn(ctx)
		if err != nil {
			return err
		}
		// The pool may hand out a connection that was used before.
		s.conn, s.role, s.in = conn, "", ""
	}
	if s.role != role {
		s.role, s.in = "", ""
		if _, err := s.conn.ExecContext(s.tag.with(ctx, "role"), "USE ROLE "+quote(role)); err != nil {
			return fmt.Errorf("as %s: %w", role, err)
		}
		s.role = role
	}
	where := quote(in...)
	if len(in) == 0 || s.in == where {
		return nil
	}
	kind := map[int]string{1: "DATABASE ", 2: "SCHEMA "}[len(in)]
	s.in = ""
	if _, err := s.conn.ExecContext(s.tag.with(ctx, "schema"), "USE "+kind+where); err != nil {
		return err
	}
	s.in = where
	return nil
}
