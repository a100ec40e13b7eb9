package fakesnowflake

import (
	"slices"
	"sync"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/account"
)

// Statement is one that a client sent.
type Statement struct {
	N     int // from 1, since the start or the last Reset
	User  string
	Role  string
	Tag   string // QUERY_TAG
	SQL   string
	Error string // how it was refused; nothing where it was done
}

// record is the log of statements, and what is to go wrong with which of them.
type record struct {
	lock   sync.Mutex
	list   []Statement
	fail   map[int]error
	drop   map[int]bool
	before func(n int, sql string)
	done   []remembered
}

// remembered is the answer to a request, for a driver that asks again.
type remembered struct {
	request, query string
	body           []byte
	half           bool
}

// Statements gives the log.
func (r *record) Statements() []Statement {
	r.lock.Lock()
	defer r.lock.Unlock()
	return slices.Clone(r.list)
}

// FailNth refuses the n-th statement with err, without doing it; nil stands for
// an error of the service's own. n counts from 1 since the start or the last
// Reset.
func (r *record) FailNth(n int, err error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.fail == nil {
		r.fail = map[int]error{}
	}
	if err == nil {
		err = internalError("the stand-in was told to refuse this statement")
	}
	r.fail[n] = err
}

// DropReplyNth does the n-th statement and then breaks off its answer.
func (r *record) DropReplyNth(n int) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.drop == nil {
		r.drop = map[int]bool{}
	}
	r.drop[n] = true
}

// Undisturbed takes back what FailNth and DropReplyNth asked for and what has not
// come to pass.
func (r *record) Undisturbed() {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.fail, r.drop = nil, nil
}

// OnStatement calls f before each statement, until it is called with nil.
func (r *record) OnStatement(f func(n int, sql string)) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.before = f
}

func (r *record) reset() {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.list, r.fail, r.drop, r.done, r.before = nil, nil, nil, nil, nil
}

// begin enters a statement and says what is to become of it.
func (r *record) begin(s Statement) (n int, refuse error, drop bool) {
	r.lock.Lock()
	s.N = len(r.list) + 1
	r.list = append(r.list, s)
	before := r.before
	refuse, drop = r.fail[s.N], r.drop[s.N]
	r.lock.Unlock()
	if before != nil {
		before(s.N, s.SQL)
	}
	return s.N, refuse, drop
}

// end notes how a statement went.
func (r *record) end(n int, err *account.Error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if err != nil && n <= len(r.list) {
		r.list[n-1].Error = err.Error()
	}
}

// keepAnswers is how many answers are kept for drivers that ask again.
const keepAnswers = 64

func (r *record) remember(m remembered) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.done = append(r.done, m); len(r.done) > keepAnswers {
		r.done = r.done[1:]
	}
}

// recall finds an answer by the request, or by the query's number.
func (r *record) recall(fits func(remembered) bool) (remembered, bool) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if at := slices.IndexFunc(r.done, fits); at >= 0 {
		return r.done[at], true
	}
	return remembered{}, false
}
