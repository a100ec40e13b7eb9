//go:build cgo

package local

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Kinds of objects in the warehouse.
const (
	kindTable = "table"
	kindModel = "model"
)

// record is what an apply keeps of a table: one row of TAPESTRY.OBJECTS.
type record struct {
	kind, name string
	definition string // digest of how it is made
	digest     string // of what was in it
	details    details
}

// details are what a later plan has to know of a table.
type details struct {
	Relation place `json:"relation"`
	// View is the staging view over a raw table, Staging the digest of its SQL.
	View    place  `json:"view,omitzero"`
	Staging string `json:"staging,omitempty"`
	// Engine is the version of DuckDB that made the digest of the rows.
	Engine string `json:"engine,omitempty"`
	// Columns of a raw table as the pipeline declares them.
	Columns []declared `json:"columns,omitempty"`
}

type declared struct {
	Name string `json:"name"`
	Type string `json:"type"`
	At   string `json:"at,omitempty"` // within JSON: metadata.plan
}

// live is what is in the warehouse.
type live struct {
	exists  bool // the file
	records map[string]*record
	objects map[string]*object // what is really there, by kind and name
	strange map[string]bool    // relations that are there and that no apply made
}

func objectsTable(state string) string { return place{state, "OBJECTS"}.String() }

// readLive reads the warehouse; there may be none yet.
func (p *provider) readLive(ctx context.Context, pl *pipeline) (*live, error) {
	l := &live{records: map[string]*record{}, objects: map[string]*object{}, strange: map[string]bool{}}
	if _, err := os.Stat(p.warehouse()); errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	l.exists = true
	d, err := openDatabase(ctx, p.warehouse(), true)
	if err != nil {
		return nil, err
	}
	defer d.close()
	return l, l.read(ctx, d, pl)
}

func (l *live) read(ctx context.Context, d *database, pl *pipeline) error {
	relations := map[string]bool{}
	err := d.each(ctx, "select schema_name, table_name from duckdb_tables() where database_name = "+lit(catalogName)+" union all "+
		"select schema_name, view_name from duckdb_views() where not internal and database_name = "+lit(catalogName), func(scan func(...any) error) error {
		var r place
		err := scan(&r.Schema, &r.Name)
		relations[strings.ToUpper(r.String())] = true
		return err
	})
	if err != nil {
		return err
	}
	if relations[strings.ToUpper(objectsTable(pl.State))] {
		if err := l.readRecords(ctx, d, pl.State); err != nil {
			return err
		}
	}
	made := map[string]bool{}
	for _, id := range l.ids() {
		r := l.records[id]
		made[strings.ToUpper(r.details.Relation.String())] = true
		if !relations[strings.ToUpper(r.details.Relation.String())] || r.details.View.Name != "" && !relations[strings.ToUpper(r.details.View.String())] {
			continue // somebody dropped it
		}
		if l.objects[id], err = d.hashed(ctx, r.details.Relation.String(), derived); err != nil {
			return err
		}
	}
	for relation := range relations {
		l.strange[relation] = !made[relation]
	}
	return nil
}

func (l *live) readRecords(ctx context.Context, d *database, state string) error {
	return d.each(ctx, "select KIND, NAME, DEFINITION, DIGEST, DETAILS from "+objectsTable(state), func(scan func(...any) error) error {
		r := &record{}
		var text string
		if err := scan(&r.kind, &r.name, &r.definition, &r.digest, &text); err != nil {
			return err
		}
		l.records[r.kind+":"+r.name] = r
		return json.Unmarshal([]byte(text), &r.details)
	})
}

func (l *live) ids() []string {
	var ids []string
	for id := range l.records {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// sum is over everything that was seen.
func (l *live) sum() string {
	texts := []string{}
	for _, id := range l.ids() {
		texts = append(texts, id, l.records[id].definition)
		if o := l.objects[id]; o != nil {
			texts = append(texts, o.digest)
		}
	}
	return digest(texts...)
}

// keepRecord writes the record of a table; it belongs into the transaction that
// makes the table.
func (d *database) keepRecord(ctx context.Context, state string, r *record) error {
	kept := r.details
	kept.Engine = d.version
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	if err := d.exec(ctx, "create schema if not exists "+q(state), "create table if not exists "+objectsTable(state)+
		" (KIND VARCHAR not null, NAME VARCHAR not null, DEFINITION VARCHAR not null, DIGEST VARCHAR not null, DETAILS VARCHAR not null)"); err != nil {
		return err
	}
	if err := d.dropRecord(ctx, state, r.kind, r.name); err != nil {
		return err
	}
	values := []string{lit(r.kind), lit(r.name), lit(r.definition), lit(r.digest), lit(string(text))}
	return d.exec(ctx, "insert into "+objectsTable(state)+" values ("+strings.Join(values, ", ")+")")
}

func (d *database) dropRecord(ctx context.Context, state, kind, name string) error {
	return d.exec(ctx, "delete from "+objectsTable(state)+" where KIND = "+lit(kind)+" and NAME = "+lit(name))
}

// What a table is made of, as a record.

func (s *stream) record() *record {
	d := details{Relation: place{s.Schema, s.Table}, View: s.Staging.place, Staging: digest(s.Staging.SQL)}
	for _, c := range s.Columns {
		col := declared{Name: c.Name, Type: c.Type}
		if c.Nested != nil {
			col.At = c.Nested.Column + "." + strings.Join(c.Nested.Path, ".")
		}
		d.Columns = append(d.Columns, col)
	}
	text, _ := json.Marshal(d) // plain data
	return &record{kind: kindTable, name: s.tableName(), definition: digest(string(text)), details: d}
}

func (m *model) record() *record {
	return &record{kind: kindModel, name: m.ID, definition: digest(m.Relation.SQL),
		details: details{Relation: m.Relation.place}}
}
