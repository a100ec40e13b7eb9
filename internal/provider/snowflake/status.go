package snowflake

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
)

// Status is how the warehouse is doing.
type Status struct {
	Account string `json:"account"`
	User    string `json:"user"`
	Role    string `json:"role"`
	// Page is the account's web page.
	Page string `json:"page"`
	// Done, Failed and Open count lines of the ledger: what came to its end, what
	// did not, and what was begun and never heard of again. Missing counts
	// statements of the build that the ledger does not have.
	Done    int `json:"done"`
	Failed  int `json:"failed,omitempty"`
	Open    int `json:"open,omitempty"`
	Missing int `json:"missing,omitempty"`
	// LastRun is when a statement ended last.
	LastRun time.Time `json:"lastRun,omitzero"`
	// LastFailure is the last statement that failed and has not been done since.
	LastFailure *StatementFailure `json:"lastFailure,omitempty"`
	Tokens      []TokenStatus     `json:"tokens,omitempty"`
}

// StatementFailure is a statement that failed.
type StatementFailure struct {
	Statement string    `json:"statement"`
	Error     string    `json:"error"`
	At        time.Time `json:"at"`
}

// TokenStatus is how long a token lives.
type TokenStatus struct {
	User string `json:"user"`
	Name string `json:"name"`
	// State is ACTIVE, EXPIRED, DISABLED, or missing.
	State string    `json:"state"`
	Ends  time.Time `json:"ends,omitzero"`
	Days  int       `json:"days"`
}

// Status reads the ledger and the tokens, and nothing else.
func (p *Provider) Status(ctx context.Context, artifacts []emit.Artifact) (Status, error) {
	pl, err := read(artifacts)
	if err != nil {
		return Status{}, err
	}
	cl, err := p.signIn(pl)
	if err != nil {
		return Status{}, err
	}
	list := []question{ledgerQuestion(pl.set)}
	for _, st := range pl.set.Statements {
		if st.Kind == migration.Token {
			list = append(list, tokenQuestion(st))
		}
	}
	l := newLive()
	l.who = p.who
	if err := cl.look(ctx, list, l); err != nil {
		return Status{Account: p.who.account, User: p.who.user, Role: p.who.role}, p.explain(err)
	}
	return statusOf(pl, l, p.c.Now()), nil
}

func statusOf(pl pipeline, l *live, now time.Time) Status {
	s := Status{Account: l.who.account, User: l.who.user, Role: l.who.role, Page: page(pl.set.Account)}
	for _, st := range pl.set.Statements {
		if _, ok := l.ledger[st.ID]; !ok && !st.Bootstrap && st.WhenExists == nil {
			s.Missing++
		}
		if st.Kind == migration.Token {
			s.Tokens = append(s.Tokens, tokenStatus(st, l, now))
		}
	}
	for id, r := range l.ledger {
		if strings.HasPrefix(id, syncPrefix) { // a note, and no statement
			continue
		}
		switch r.status {
		case done:
			s.Done++
		case failed:
			s.Failed++
			if s.LastFailure == nil || r.finished.After(s.LastFailure.At) {
				s.LastFailure = &StatementFailure{r.id, r.failure, r.finished}
			}
		case started:
			s.Open++
		}
		if r.finished.After(s.LastRun) {
			s.LastRun = r.finished
		}
	}
	return s
}

func tokenStatus(st migration.Statement, l *live, now time.Time) TokenStatus {
	t, there := l.token(st)
	if !there {
		return TokenStatus{User: st.Step.User, Name: st.Step.Name, State: "missing"}
	}
	return TokenStatus{st.Step.User, st.Step.Name, t.status, t.expires, t.days(now)}
}

// page is the address of the account in the vendor's web interface.
func page(account string) string {
	organization, name, ok := strings.Cut(strings.ToLower(account), "-")
	if !ok {
		return "https://app.snowflake.com/"
	}
	return "https://app.snowflake.com/" + organization + "/" + strings.ReplaceAll(name, "-", "_") + "/"
}

// Lines says the same in words.
func (s Status) Lines() []string {
	count := fmt.Sprintf("%d statements done", s.Done)
	for _, c := range []struct {
		n    int
		what string
	}{{s.Failed, "failed"}, {s.Open, "begun and not ended"}, {s.Missing, "not run yet"}} {
		if c.n > 0 {
			count += fmt.Sprintf(", %d %s", c.n, c.what)
		}
	}
	lines := []string{fmt.Sprintf("account %s, as %s with role %s", s.Account, s.User, s.Role), count}
	if f := s.LastFailure; f != nil {
		lines = append(lines, fmt.Sprintf("last failure %s: %s: %s", f.At.UTC().Format(time.RFC3339), f.Statement, oneLine(f.Error)))
	}
	for _, t := range s.Tokens {
		text := fmt.Sprintf("token %s of %s: %s", t.Name, t.User, strings.ToLower(t.State))
		if t.State == "ACTIVE" {
			text += fmt.Sprintf(", ends in %d days", t.Days)
		}
		lines = append(lines, text)
	}
	return slices.Concat(lines, []string{s.Page})
}
