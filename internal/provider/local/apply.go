//go:build cgo

package local

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Apply is part of deploy.Provider.
func (p *provider) Apply(ctx context.Context, c deploy.Change, in deploy.Input, say deploy.Progress) (deploy.Outputs, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch c.Action {
	case deploy.Keep, deploy.Deferred:
		return nil, nil
	case deploy.Blocked:
		return nil, errors.New(c.Reason + ". " + c.Next)
	}
	pl, err := readArtifact(in.Artifacts)
	if err != nil {
		return nil, err
	}
	if err := p.prepareHome(); err != nil {
		return nil, err
	}
	a := &applier{provider: p, pl: pl, c: c, say: say}
	if say == nil {
		a.say = func(string) {}
	}
	switch {
	case c.Kind == kindTable && c.Action == deploy.Delete, c.Kind == kindModel && c.Action == deploy.Delete:
		return nil, a.drop(ctx)
	case c.Kind == kindTable:
		return nil, a.table(ctx)
	case c.Kind == kindModel:
		return nil, a.model(ctx)
	case c.Kind == "sync" && c.Action == deploy.Delete && (slices.Contains(in.Purge, c.ID) || slices.Contains(in.Purge, c.Name)):
		return nil, p.outbox().box(c.Name).purge()
	case c.Kind == "sync" && c.Action == deploy.Delete:
		return nil, a.removeSync(ctx)
	case c.Kind == "sync":
		return deploy.Outputs{"outbox:" + c.Name: p.outbox().box(c.Name).members()}, a.sync(ctx)
	case c.ID == warehouseID:
		return nil, remove(p.warehouse(), p.warehouse()+".wal")
	}
	return nil, fmt.Errorf("there is no way to make the change %s", c.ID)
}

// applier makes one change.
type applier struct {
	*provider
	pl  *pipeline
	c   deploy.Change
	say deploy.Progress
}

// errMoved says that what the plan saw is no longer so.
func errMoved(what string) error {
	return errors.New(what + " not what the plan saw: something changed since. Make a new plan")
}

// table loads a sample into its raw table.
func (a *applier) table(ctx context.Context) error {
	i := slices.IndexFunc(a.pl.Streams, func(s stream) bool { return s.tableName() == a.c.Name })
	if i < 0 {
		return errMoved("the streams of the file are")
	}
	s := &a.pl.Streams[i]
	file, err := findSample(a.Samples, s.Sample)
	if err != nil {
		return err
	}
	if file == nil {
		return errMoved("the samples are")
	}
	d, err := openDatabase(ctx, a.warehouse(), false)
	if err != nil {
		return err
	}
	defer d.close()
	r, err := d.look(ctx, file, s.raw())
	if err != nil {
		return err
	}
	return a.make(ctx, d, s.record(), func() error {
		if err := d.exec(ctx, "create or replace table "+s.record().details.Relation.String()+" as "+s.whole("("+r.rows(s)+")")); err != nil {
			return r.unreadable(err)
		}
		return d.view(ctx, s.Staging)
	})
}

func (d *database) view(ctx context.Context, r relation) error {
	if err := d.exec(ctx, "create schema if not exists "+q(r.Schema)); err != nil {
		return err
	}
	return d.exec(ctx, "create or replace view "+r.String()+" as "+r.SQL)
}

// model builds one model.
func (a *applier) model(ctx context.Context) error {
	m := a.pl.model(a.c.Name)
	if m == nil {
		return errMoved("the models of the file are")
	}
	d, err := openDatabase(ctx, a.warehouse(), false)
	if err != nil {
		return err
	}
	err = d.lock(ctx)
	if err == nil {
		err = a.make(ctx, d, m.record(), func() error { return d.exec(ctx, createTable(m)) })
	}
	d.close()
	if err != nil {
		return err
	}
	return settle(ctx, a.warehouse())
}

// make makes a table and its record, both or neither.
func (a *applier) make(ctx context.Context, d *database, r *record, do func() error) error {
	var rows int
	err := d.inTransaction(ctx, func() error {
		if err := d.exec(ctx, "create schema if not exists "+q(r.details.Relation.Schema)); err != nil {
			return err
		}
		if a.c.Action == deploy.Replace {
			if err := d.dropRelation(ctx, r.details.Relation); err != nil {
				return err
			}
		}
		if err := do(); err != nil {
			return err
		}
		made, err := d.hashed(ctx, r.details.Relation.String(), derived)
		if err != nil {
			return err
		}
		if a.c.Content != digest(r.definition, made.digest) && a.c.Content != digest(r.definition) {
			return errMoved("the rows of " + a.c.Name + " are")
		}
		r.digest, rows = made.digest, made.rows
		if err := a.dropOldView(ctx, d, r); err != nil {
			return err
		}
		err = d.keepRecord(ctx, a.pl.State, r)
		a.fault("warehouse: before the commit")
		return err
	})
	if err != nil {
		return err
	}
	a.fault("warehouse: committed")
	a.say(counted(rows, "row"))
	return nil
}

// dropOldView drops the staging view of a table where it now has another name.
func (a *applier) dropOldView(ctx context.Context, d *database, r *record) error {
	if r.kind != kindTable || a.c.Action != deploy.Update {
		return nil
	}
	was := &live{records: map[string]*record{}}
	if err := was.readRecords(ctx, d, a.pl.State); err != nil {
		return err
	}
	if old := was.records[r.kind+":"+r.name]; old != nil && old.details.View != r.details.View {
		return d.dropRelation(ctx, old.details.View)
	}
	return nil
}

// dropRelation drops a table or view, whichever there is.
func (d *database) dropRelation(ctx context.Context, r place) error {
	for _, kind := range []struct{ word, list, name string }{{"table", "duckdb_tables() where true", "table_name"}, {"view", "duckdb_views() where not internal", "view_name"}} {
		var n int
		if err := d.one(ctx, "select count(*) from "+kind.list+" and database_name = "+lit(catalogName)+" and lower(schema_name) = lower("+lit(r.Schema)+") and lower("+kind.name+") = lower("+lit(r.Name)+")", &n); err != nil {
			return err
		}
		if n > 0 {
			return d.exec(ctx, "drop "+kind.word+" "+r.String())
		}
	}
	return nil
}

// drop takes a table or model away, and its record.
func (a *applier) drop(ctx context.Context) error {
	d, err := openDatabase(ctx, a.warehouse(), false)
	if err != nil {
		return err
	}
	defer d.close()
	var n int
	if err := d.one(ctx, "select count(*) from duckdb_tables() where database_name = "+lit(catalogName)+" and schema_name = "+lit(a.pl.State)+" and table_name = 'OBJECTS'", &n); err != nil || n == 0 {
		return err
	}
	l := &live{records: map[string]*record{}}
	if err := l.readRecords(ctx, d, a.pl.State); err != nil {
		return err
	}
	r := l.records[a.c.Kind+":"+a.c.Name]
	if r == nil {
		return nil // done before
	}
	err = d.inTransaction(ctx, func() error {
		for _, relation := range []place{r.details.View, r.details.Relation} {
			if err := d.dropRelation(ctx, relation); err != nil {
				return err
			}
		}
		err := d.dropRecord(ctx, a.pl.State, r.kind, r.name)
		a.fault("warehouse: before the commit")
		return err
	})
	if err == nil {
		a.fault("warehouse: committed")
	}
	return err
}
