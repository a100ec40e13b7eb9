package local

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/modelsql"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Path is where the artefact is in the build folder.
const Path = "local/pipeline.json"

// Emit writes the one artefact of the local target.
func Emit(p *ir.Pipeline) []emit.Artifact {
	e := newEmitter(p)
	out := pipeline{Format: Format, Pipeline: p.Name, Environment: p.Env, State: p.Snowflake.Schemas.Ledger,
		Streams: e.streams(), Models: e.models(), Syncs: e.syncs()}
	return []emit.Artifact{{Path: Path, Provider: "local", Kind: "pipeline", Content: encode(out),
		Origins: known(p.Origin), Parts: e.parts}}
}

type emitter struct {
	p   *ir.Pipeline
	d   modelsql.DuckDB
	sql *modelsql.Writer
	// relations are the tables and views that ref() can name, by dbt name;
	// raw are those that source() can, by stream id.
	relations, raw map[string]string
	byID           map[string]*ir.Model
	parts          []emit.Part
}

func newEmitter(p *ir.Pipeline) *emitter {
	e := &emitter{p: p, relations: map[string]string{}, raw: map[string]string{}, byID: map[string]*ir.Model{}}
	analytics := p.Snowflake.Schemas.Analytics
	for i := range p.Sources {
		src := &p.Sources[i]
		for j := range src.Streams {
			st := &src.Streams[j]
			e.relations[st.Staging] = sqlname.Qualified(analytics, strings.ToUpper(st.Staging))
			e.raw[st.ID] = sqlname.Qualified(src.Schema, st.Table)
		}
	}
	// A model may have the name of a staging model only where nothing refers to
	// the latter by it, so the model wins, as it does when the file is checked.
	for i := range p.Models {
		m := &p.Models[i]
		e.relations[m.ID], e.byID[m.ID] = sqlname.Qualified(analytics, m.Relation), m
	}
	e.d = modelsql.DuckDB{
		Relation: func(name string) string { return e.relations[name] },
		Table:    func(src *ir.Source, st *ir.Stream) string { return sqlname.Qualified(src.Schema, st.Table) },
	}
	e.sql = modelsql.New(e.d, p)
	return e
}

func (e *emitter) part(id string, origin source.Span) {
	e.parts = append(e.parts, emit.Part{ID: id, Origins: known(origin)})
}

// known leaves out a place that says nothing.
func known(span source.Span) []source.Span {
	if span.IsValid() {
		return []source.Span{span}
	}
	return nil
}

func encode(v pipeline) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		panic("local: " + err.Error()) // the form has nothing that JSON cannot say
	}
	return b.Bytes()
}
