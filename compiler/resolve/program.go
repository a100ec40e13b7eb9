package resolve

import (
	"io/fs"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// Program is one file in one environment with its words tied together.
type Program struct {
	File     *spec.File
	FileName string
	Env      string
	EnvUses  []spec.EnvUse
	Catalog  *catalog.Catalog

	Sources      []*Source      // in file order
	Models       []*Model       // in file order
	Destinations []*Destination // in file order
	Migrations   []UserSQL      // by name

	streams map[string]*Stream
	staged  map[string]*Stream // by the name of the dbt model that cleans it
	models  map[string]*Model
}

// Source is one source.
type Source struct {
	Name    string
	KeySpan source.Span
	Spec    *spec.Source
	// Connector is the catalogue's name, with the place that names it.
	Connector     string
	ConnectorSpan source.Span
	Entry         *catalog.Source // nil where it is not known
	EntryProblems diag.List
	Streams       []*Stream
}

// Stream is one stream after the catalogue's defaults.
type Stream struct {
	ID      string // salesforce.Contact
	Key     string
	KeySpan source.Span
	Source  *Source
	Spec    *spec.Stream
	Name    string // at the source
	// Known is the catalogue's entry for the stream, nil where there is none.
	Known    *catalog.Stream
	Defaults catalog.StreamDefaults
	// CatalogColumns says that columns were not given, or picked from the
	// catalogue by name.
	CatalogColumns bool
	Columns        []*Column
	PrimaryKey     []string
	Cursor         string
	DeletedWhen    string
	SyncMode       ir.SyncMode
	byName         map[string]*Column
}

// Column returns the column of that name, or nil.
func (s *Stream) Column(name string) *Column { return s.byName[name] }

// Column is one column of a stream.
type Column struct {
	Name     string
	Type     ir.Type
	BadType  bool // the type could not be read; Type is text
	PII      bool
	Span     source.Span // where the name stands; the stream's key for the catalogue's columns
	TypeSpan source.Span
	Nested   *ir.Nested
	// Implied says that the file does not list the column: it is needed for
	// the key, the cursor, deleted_when or a nested column.
	Implied bool
}

// Model is one model.
type Model struct {
	Name    string
	KeySpan source.Span
	Spec    *spec.Model
	Inputs  []*Input
	Columns []*ModelColumn
	byName  map[string]*ModelColumn
	// SQL is the text of the file, where the model has one and it could be read.
	SQL      string
	SQLError error
	Refs     []Ref // of a SQL model, in the order of its text
	// JinjaFaults are the places where it may read what cannot be seen.
	JinjaFaults []JinjaFault
	// State of the walk that infers columns.
	state walkState
	// Cycle is the way round, where the model is part of a cycle and the walk
	// met it there first.
	Cycle []*Model
}

// Column returns the column of that name, or nil.
func (m *Model) Column(name string) *ModelColumn { return m.byName[name] }

// Input is one input of a union model.
type Input struct {
	Spec   *spec.Input
	Stream *Stream // one of the two, or neither where the name is not known
	Model  *Model
}

// Known reports whether the input's columns are known, so that a missing one is
// a mistake.
func (in *Input) Known() bool {
	return in.Stream != nil && len(in.Stream.Columns) > 0 || in.Model != nil && len(in.Model.Columns) > 0
}

// Has reports whether the input has a column of that name.
func (in *Input) Has(name string) bool {
	return in.Stream != nil && in.Stream.Column(name) != nil || in.Model != nil && in.Model.Column(name) != nil
}

// ColumnNames lists the input's columns.
func (in *Input) ColumnNames() []string {
	var names []string
	if in.Stream != nil {
		for _, c := range in.Stream.Columns {
			names = append(names, c.Name)
		}
	}
	if in.Model != nil {
		for _, c := range in.Model.Columns {
			names = append(names, c.Name)
		}
	}
	return names
}

// ModelColumn is one column of a model.
type ModelColumn struct {
	Name string
	Type ir.Type
	// BadType says that the type could not be read; Type is text.
	BadType bool
	PII     bool
	Span    source.Span
	From    []ir.ColumnRef
	// Clash says that inputs give the column types that do not go together.
	Clash     [2]ir.Type
	ClashSpan source.Span
}

// Ref is one ref() or source() of a SQL model.
type Ref struct {
	Span   source.Span // in the SQL file
	Name   string      // ref('people') → people; source('a','b') → a.b; ref('stg_a__b') → stg_a__b
	Stream *Stream
	Model  *Model
	Source bool // written as source()
}

// Destination is one destination.
type Destination struct {
	Name          string
	KeySpan       source.Span
	Spec          *spec.Destination
	Connector     string
	ConnectorSpan source.Span
	Entry         *catalog.Destination // nil where it is not known
	EntryProblems diag.List
	Syncs         []*Sync
}

// Sync is one sync.
type Sync struct {
	ID          string // mailchimp.newsletter
	Key         string
	KeySpan     source.Span
	Spec        *spec.SyncSpec
	Destination *Destination
	Model       *Model // nil where it is not known
	Mode        ir.Mode
}

// Stream returns the stream of that id, or nil.
func (p *Program) Stream(id string) *Stream { return p.streams[id] }

// Model returns the model of that name, or nil.
func (p *Program) Model(name string) *Model { return p.models[name] }

// StreamIDs lists the ids of all streams in file order.
func (p *Program) StreamIDs() []string {
	var ids []string
	for _, s := range p.Sources {
		for _, st := range s.Streams {
			ids = append(ids, st.ID)
		}
	}
	return ids
}

// ModelNames lists the names of all models in file order.
func (p *Program) ModelNames() []string { return p.File.Models.Keys() }

// New ties file together. fsys is where SQL files are read from, fileName the
// name of the pipeline file in it.
func New(file *spec.File, uses []spec.EnvUse, env, fileName string, fsys fs.FS, cat *catalog.Catalog) *Program {
	p := &Program{File: file, FileName: fileName, Env: env, EnvUses: uses, Catalog: cat,
		streams: map[string]*Stream{}, staged: map[string]*Stream{}, models: map[string]*Model{}}
	for i := range file.Sources.Items {
		p.addSource(&file.Sources.Items[i])
	}
	for i := range file.Models.Items {
		item := &file.Models.Items[i]
		m := &Model{Name: item.Key, KeySpan: item.KeySpan, Spec: &item.Value, byName: map[string]*ModelColumn{}}
		p.Models = append(p.Models, m)
		p.models[m.Name] = m
	}
	for _, m := range p.Models {
		p.tieModel(m, fsys)
	}
	for _, m := range p.Models {
		p.infer(m, nil)
	}
	for i := range file.Destinations.Items {
		p.addDestination(&file.Destinations.Items[i])
	}
	p.readMigrations(fsys)
	return p
}
