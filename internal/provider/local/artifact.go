package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
)

// artifactPath is the artefact that this package reads.
const artifactPath = "local/pipeline.json"

// pipeline is the artefact. Package compiler/emit/local writes it and says what
// each field means.
type pipeline struct {
	Format      int      `json:"format"`
	Pipeline    string   `json:"pipeline"`
	Environment string   `json:"environment"`
	State       string   `json:"state"`
	Streams     []stream `json:"streams"`
	Models      []model  `json:"models"`
	Syncs       []syncer `json:"syncs"`

	origins map[string][]string // of objects, as file:line
}

type stream struct {
	ID          string   `json:"id"`
	Schema      string   `json:"schema"`
	Table       string   `json:"table"`
	Sample      string   `json:"sample"`
	Versions    bool     `json:"versions"`
	Columns     []column `json:"columns"`
	SyncMode    string   `json:"syncMode"`
	PrimaryKey  []string `json:"primaryKey,omitempty"`
	Cursor      string   `json:"cursor,omitempty"`
	DeletedWhen string   `json:"deletedWhen,omitempty"`
	Staging     relation `json:"staging"`
	Lost        string   `json:"lost,omitempty"`
}

// place is where a table or view is.
type place struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
}

type relation struct {
	place
	SQL string `json:"sql"`
}

type column struct {
	Name   string   `json:"name"`
	SQL    string   `json:"sql"`
	Type   string   `json:"type"`
	DuckDB string   `json:"duckdb"`
	PII    bool     `json:"pii,omitempty"`
	Nested *nested  `json:"nested,omitempty"`
	From   []string `json:"from,omitempty"`
}

type nested struct {
	Column string   `json:"column"`
	Path   []string `json:"path"`
}

type model struct {
	ID        string   `json:"id"`
	Relation  relation `json:"relation"`
	NoPreview string   `json:"noPreview,omitempty"`
	Columns   []column `json:"columns,omitempty"`
	UniqueBy  []string `json:"uniqueBy,omitempty"`
	Reads     []string `json:"reads"`
	Counts    []named  `json:"counts,omitempty"`
	Checks    []named  `json:"checks,omitempty"`
}

type named struct {
	Name string `json:"name"`
	SQL  string `json:"sql"`
}

type syncer struct {
	ID          string      `json:"id"`
	Destination string      `json:"destination"`
	Key         string      `json:"key"`
	Title       string      `json:"title"`
	Model       string      `json:"model"`
	Where       string      `json:"where,omitempty"`
	Enabled     bool        `json:"enabled"`
	Mode        string      `json:"mode"`
	OnRemoved   string      `json:"onRemoved,omitempty"`
	OnDestroy   string      `json:"onDestroy"`
	RenamedFrom string      `json:"renamedFrom,omitempty"`
	Guard       guard       `json:"guard"`
	Options     []option    `json:"options,omitempty"`
	Tags        []string    `json:"tags,omitempty"`
	Keys        []syncField `json:"keys"`
	Fields      []syncField `json:"fields,omitempty"`
	Segment     relation    `json:"segment"`
	Counts      string      `json:"counts"`
	Refused     []refusal   `json:"refused,omitempty"`
}

type refusal struct {
	Name string `json:"name"`
	Row  bool   `json:"row"`
}

type guard struct {
	MinRows            int `json:"minRows"`
	MaxRemovals        int `json:"maxRemovals"`
	MaxRemovalsPercent int `json:"maxRemovalsPercent"`
}

type option struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type syncField struct {
	Field  string `json:"field"`
	Column string `json:"column"`
	SQL    string `json:"sql"`
	Type   string `json:"type"`
	DuckDB string `json:"duckdb"`
	PII    bool   `json:"pii,omitempty"`
}

// readArtifact finds and reads the artefact.
func readArtifact(artifacts []emit.Artifact) (*pipeline, error) {
	for i := range artifacts {
		if artifacts[i].Path == artifactPath {
			return decodeArtifact(&artifacts[i])
		}
	}
	return nil, errors.New("the build has no " + artifactPath + ": it was made by another version of tapestry-ci. Compile it again")
}

func decodeArtifact(a *emit.Artifact) (*pipeline, error) {
	p := &pipeline{origins: map[string][]string{}}
	dec := json.NewDecoder(bytes.NewReader(a.Content))
	dec.DisallowUnknownFields()
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w. Compile the pipeline again with this version of tapestry-ci", artifactPath, err)
	}
	if p.Format != 1 {
		return nil, fmt.Errorf("%s has format %d, and this version of tapestry-ci reads format 1", artifactPath, p.Format)
	}
	for _, part := range a.Parts {
		for _, o := range part.Origins {
			p.origins[part.ID] = append(p.origins[part.ID], o.File+":"+strconv.Itoa(o.Start.Line))
		}
	}
	return p, nil
}

// tableName is how a raw table is called in changes: RAW_ZOOM.REGISTRANTS.
func (s *stream) tableName() string { return s.Schema + "." + s.Table }

// raw are the columns that the raw table has.
func (s *stream) raw() []column {
	var out []column
	for _, c := range s.Columns {
		if c.Nested == nil {
			out = append(out, c)
		}
	}
	return out
}

func (p *pipeline) stream(id string) *stream {
	for i := range p.Streams {
		if p.Streams[i].ID == id {
			return &p.Streams[i]
		}
	}
	return nil
}

func (p *pipeline) model(id string) *model {
	for i := range p.Models {
		if p.Models[i].ID == id {
			return &p.Models[i]
		}
	}
	return nil
}
