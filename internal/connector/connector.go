package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// Config says which connector is run, and how.
type Config struct {
	Artifacts []emit.Artifact
	// Source is the name of the source in the pipeline file.
	Source string
	// Secrets are the values of the pipeline's secrets.
	Secrets secret.Source
	// Environ is the environment that programs are looked for by, and that the
	// connector gets what it needs of: PATH, the way out, certificates. Secrets
	// among it are not handed on.
	Environ []string
	// Log hears what the connector logs, without secrets. It may be nil.
	Log func(level, line string)
	// Quiet is how long the connector may say nothing at all before it is ended;
	// 10 minutes where it is 0.
	Quiet time.Duration
}

// Connector is the connector of one source.
type Connector struct {
	c       Config
	source  *source
	program program
	streams []Stream // once they were discovered
}

// Open reads the artefacts, fills the secrets in and finds the program. Nothing
// of it is started yet.
func Open(ctx context.Context, c Config) (*Connector, error) {
	s, err := readSource(c.Artifacts, c.Source, c.Secrets)
	if err != nil {
		return nil, err
	}
	p, err := find(ctx, s.pinned, c.Environ)
	if err != nil {
		return nil, err
	}
	return &Connector{c: c, source: s, program: p}, nil
}

// About says what is run: the Docker image airbyte/source-zoom:1.2.6.
func (c *Connector) About() string { return c.program.about }

// Pinned is the version that the pipeline pins, such as 1.2.6.
func (c *Connector) Pinned() string { return c.source.pinned.Version }

// Spec asks the connector for its specification: the schema of its configuration.
func (c *Connector) Spec(ctx context.Context) (json.RawMessage, error) {
	var spec json.RawMessage
	err := c.run(ctx, "spec", nil, func(m message) error {
		if m.Type == "SPEC" {
			spec = m.Spec
		}
		return nil
	})
	return spec, c.nothing(err, spec == nil, "specification")
}

// Check lets the connector sign in.
func (c *Connector) Check(ctx context.Context) error {
	status, why := "", ""
	err := c.run(ctx, "check", c.files(), func(m message) error {
		if m.Type == "CONNECTION_STATUS" {
			status, why = m.ConnectionStatus.Status, m.ConnectionStatus.Message
		}
		return nil
	})
	if status == "FAILED" {
		return &Failure{Source: c.source.name, About: c.program.about, Doing: "check", Message: c.hide(why)}
	}
	return c.nothing(err, status == "", "answer to the check")
}

// Discover asks the connector for its streams, sorted by namespace and name. It
// asks once.
func (c *Connector) Discover(ctx context.Context) ([]Stream, error) {
	if c.streams != nil {
		return c.streams, nil
	}
	var streams []Stream
	said := false
	err := c.run(ctx, "discover", c.files(), func(m message) error {
		if m.Type == "CATALOG" {
			said, streams = true, m.Catalog.Streams
		}
		return nil
	})
	if err := c.nothing(err, !said, "streams"); err != nil {
		return nil, err
	}
	slices.SortFunc(streams, func(a, b Stream) int { return cmpStreams(a.Namespace, a.Name, b.Namespace, b.Name) })
	c.streams = streams
	return streams, nil
}

// Reading says what is read.
type Reading struct {
	// Streams are names of streams of the connection, as namespace.name where
	// there is a namespace; none means all.
	Streams []string
	// State is what an earlier Read gave, for streams that are incremental.
	State []json.RawMessage
	// Limit ends the connector once every stream has so many rows; 0 is none.
	Limit int
	// Each gets every record, with the selected columns alone. An error of it
	// ends the connector and is returned.
	Each func(Record) error
}

// Result is what was read.
type Result struct {
	// Rows counts by stream: namespace.name.
	Rows map[string]int
	// State is to be handed to the next Read. It is what the connector said last
	// of each stream, and empty where Limit ended it.
	State []json.RawMessage
	// Limited is true where Limit ended the connector.
	Limited bool
	// Renewed names fields of the configuration that the connector changed while
	// it ran, such as a refresh token that works once. They are secrets that the
	// pipeline does not have.
	Renewed []string
}

// Read reads streams with the emitted settings.
func (c *Connector) Read(ctx context.Context, r Reading) (*Result, error) {
	has, err := c.Discover(ctx)
	if err != nil {
		return nil, err
	}
	rd := &reader{reading: r, columns: map[string][]string{}, states: map[string]json.RawMessage{}, hide: c.hide, config: c.source.config,
		result: &Result{Rows: map[string]int{}}}
	var catalog []configured
	for _, want := range c.source.streams {
		name := qualified(want.Namespace, want.Name)
		if len(r.Streams) > 0 && !slices.Contains(r.Streams, name) {
			continue
		}
		one, err := configure(want, has)
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", c.source.name, err)
		}
		catalog = append(catalog, one)
		rd.columns[name] = want.columns()
		rd.result.Rows[name] = 0
	}
	if len(catalog) == 0 {
		return nil, fmt.Errorf("the source %s reads no stream %v", c.source.name, r.Streams)
	}
	files := c.files()
	files["catalog"] = map[string]any{"streams": catalog}
	if len(r.State) > 0 {
		files["state"] = r.State
	}
	err = c.run(ctx, "read", files, rd.message)
	if errors.Is(err, errEnough) {
		rd.result.Limited = true
		return rd.result, nil
	}
	for _, key := range slices.Sorted(maps.Keys(rd.states)) {
		rd.result.State = append(rd.result.State, rd.states[key])
	}
	return rd.result, err
}

// Streams are the names of the streams that the pipeline reads, as Reading has
// them.
func (c *Connector) Streams() []string {
	var names []string
	for _, s := range c.source.streams {
		names = append(names, qualified(s.Namespace, s.Name))
	}
	return names
}

func (c *Connector) files() map[string]any { return map[string]any{"config": c.source.config} }

// nothing turns an answer that did not come into an error.
func (c *Connector) nothing(err error, missing bool, what string) error {
	if err == nil && missing {
		return &Failure{Source: c.source.name, About: c.program.about, Doing: "run", Message: "it ended without giving its " + what}
	}
	return err
}
