package snowflake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Apply is part of deploy.Provider: it runs one statement, or one step, and
// writes to the ledger before and after.
func (p *Provider) Apply(ctx context.Context, c deploy.Change, in deploy.Input, say deploy.Progress) (deploy.Outputs, error) {
	pl, err := read(in.Artifacts)
	if err != nil {
		return nil, err
	}
	cl, err := p.signIn(pl)
	if err != nil {
		return nil, err
	}
	w := worker{Provider: p, pl: pl, cl: cl, in: in, say: say}
	out, err := w.do(ctx, c)
	if err != nil {
		return nil, p.explain(err)
	}
	return out, nil
}

type worker struct {
	*Provider
	pl  pipeline
	cl  *client
	in  deploy.Input
	say deploy.Progress
}

func (w worker) do(ctx context.Context, c deploy.Change) (deploy.Outputs, error) {
	id := strings.TrimPrefix(c.ID, Name+":")
	st, known := w.pl.statement(strings.TrimSuffix(id, retired))
	switch {
	case id == formerName: // somebody allowed it, and there is nothing to do
		return nil, nil
	case c.Kind == "sync":
		return nil, w.sync(ctx, strings.TrimPrefix(id, syncPrefix), c.Action)
	case c.Action == deploy.Delete:
		return nil, w.takeBack(ctx, id, c.Statement)
	case strings.HasPrefix(id, userPrefix):
		return nil, w.file(ctx, strings.TrimPrefix(id, userPrefix))
	case !known:
		return nil, fmt.Errorf("there is no statement %s in the manifest", id)
	case strings.HasSuffix(id, retired):
		return nil, w.retire(ctx, st)
	case st.Kind == migration.KeyPair:
		return w.keyPair(ctx, st)
	case st.Kind == migration.Token:
		return w.token(ctx, st)
	}
	return nil, w.statement(ctx, st, c.Action)
}

// line begins a line of the ledger.
func (w worker) line(st migration.Statement) row {
	return row{id: st.ID, digest: st.Digest, status: started, as: st.As, by: w.who.user, undo: st.Undo, plan: w.c.Run, started: w.c.Now()}
}

// logged does something between two lines of the ledger. What f adds to the line
// is kept. The line that says that the next one is begun is written together
// with the one that says that this one is done: half as many calls.
func (w worker) logged(ctx context.Context, r row, f func(*row) error) error {
	if !w.begun(r.id) {
		if err := w.note(ctx, r); err != nil {
			return err
		}
	}
	r.status = done
	err := f(&r)
	rows := []row{r}
	if err != nil {
		rows[0].status, rows[0].failure = failed, err.Error()
	} else if next, ok := w.next(r.id); ok {
		rows = append(rows, next)
	}
	rows[0].finished = w.c.Now()
	if noted := w.note(ctx, rows...); noted != nil {
		return errors.Join(err, fmt.Errorf("writing the ledger: %w", noted))
	}
	return err
}

// note writes a line of the ledger, and those that waited for it to be made.
func (w worker) note(ctx context.Context, rows ...row) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	rows = latest(append(w.pending, rows...))
	if w.absent {
		w.pending = rows
		return nil
	}
	table := w.pl.set.Ledger
	err := w.cl.books.as(ctx, w.pl.set.Deploy, table.Parts[:2], func(conn *sql.Conn) error { return w.exec(ctx, conn, "ledger", merge(table, rows)) })
	if isGone(err) {
		w.absent, w.pending = true, rows
		return nil
	}
	if err == nil {
		w.pending = nil
	}
	return err
}

// begun says that the ledger has the statement as begun already, and forgets it.
func (w worker) begun(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	ok := w.ahead == id
	w.ahead = ""
	return ok
}

// next is the line of the statement that the plan has after another, if it waits
// for nothing else and is a statement.
func (w worker) next(id string) (row, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	st, ok := w.pl.statement(w.order[id])
	if !ok || st.Step != nil || len(st.Inputs) > 0 {
		return row{}, false
	}
	w.ahead = st.ID
	return w.line(st), true
}

// latest leaves the last line of each statement.
func latest(rows []row) []row {
	var out []row
	for i, r := range rows {
		last := true
		for _, later := range rows[i+1:] {
			last = last && later.id != r.id
		}
		if last {
			out = append(out, r)
		}
	}
	return out
}

// statement runs one statement of the manifest.
func (w worker) statement(ctx context.Context, st migration.Statement, action deploy.Action) error {
	st, err := migration.Resolve(st, w.in.Outputs)
	if err != nil {
		return err
	}
	text := st.SQL
	if action == deploy.Update && st.Change != "" {
		text = st.Change
	}
	return w.logged(ctx, w.line(st), func(*row) error {
		return w.cl.work.as(ctx, st.As, st.In, func(conn *sql.Conn) error {
			if st.Check != "" {
				found, err := query(w.cl.tag.with(ctx, st.ID), conn, st.Check)
				if err != nil {
					return err
				}
				if text = st.SQL; len(found) > 0 {
					text = st.Change
				}
			}
			if text != "" {
				if err := w.exec(ctx, conn, st.ID, text); err != nil {
					return err
				}
			}
			if keyOf(st.Object) == keyOf(w.pl.set.Ledger) {
				w.opened()
			}
			return nil
		})
	})
}

// opened writes up what came before there was a ledger: the statements run in
// order, so all of them are done, by this process or by one that was killed.
func (w worker) opened() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.absent = false
	var rows []row
	for _, st := range preLedger(w.pl.set) {
		r := w.line(st)
		r.status, r.finished = done, r.started
		rows = append(rows, r)
	}
	w.pending = latest(append(rows, w.pending...))
}

func (w worker) exec(ctx context.Context, conn *sql.Conn, id, text string) error {
	_, err := conn.ExecContext(w.cl.tag.with(ctx, id), text)
	return err
}

// takeBack runs an undo, as the role that the ledger names. What is gone already
// needs none.
func (w worker) takeBack(ctx context.Context, id, undo string) error {
	l := newLive()
	if err := w.cl.look(ctx, []question{ledgerQuestion(w.pl.set)}, l); err != nil {
		return err
	}
	st, _ := w.pl.statement(id)
	r, ok := l.ledger[id]
	if !ok {
		r = w.line(st)
		r.status, r.undo = done, undo
	}
	if r.status == undone {
		return nil
	}
	err := w.cl.work.as(ctx, r.as, nil, func(conn *sql.Conn) error { return w.exec(ctx, conn, id, undo) })
	if isGone(err) {
		w.say("it is gone already")
		err = nil
	}
	if err != nil {
		return err
	}
	r.status, r.failure, r.detail, r.finished, r.plan, r.by = undone, "", "", w.c.Now(), w.c.Run, w.who.user
	return w.note(ctx, r)
}

// file runs the user's SQL, statement by statement, from the first that has not
// run.
func (w worker) file(ctx context.Context, name string) error {
	for _, f := range w.pl.files {
		if f.name == name {
			return w.runFile(ctx, f)
		}
	}
	return fmt.Errorf("there is no migrations/%s in the build", name)
}

func (w worker) runFile(ctx context.Context, f userFile) error {
	l := newLive()
	if err := w.cl.look(ctx, []question{ledgerQuestion(w.pl.set)}, l); err != nil {
		return err
	}
	role := userRole(w.pl.set)
	for i, text := range f.statements {
		if r := l.ledger[f.part(i)]; r.status == done && r.digest == sum(text) {
			continue
		}
		st := migration.Statement{ID: f.part(i), Digest: sum(text), As: role}
		if err := w.logged(ctx, w.line(st), func(*row) error { return w.runUser(ctx, role, st.ID, text) }); err != nil {
			return fmt.Errorf("migrations/%s, statement %d: %w", f.name, i+1, err)
		}
	}
	return w.logged(ctx, w.line(migration.Statement{ID: f.id(), Digest: f.digest(), As: role}), func(*row) error { return nil })
}

// runUser runs what someone wrote, in the database. It may change the role or
// the schema of the connection, which holds for nothing that comes after.
func (w worker) runUser(ctx context.Context, role, id, text string) error {
	return w.cl.work.as(ctx, role, []string{w.pl.set.Database.Name}, func(conn *sql.Conn) error {
		err := w.exec(ctx, conn, id, text)
		w.cl.work.role = ""
		return err
	})
}
