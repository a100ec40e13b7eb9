package e2e

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"slices"
	"time"

	sf "github.com/snowflakedb/gosnowflake"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/connector"
	"github.com/tapestry-ci/tapestry-ci/internal/e2e/load"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// source is one of the pipeline's sources: its real connector, which reads from a
// stand-in for the vendor.
type source struct {
	connector *connector.Connector
	streams   []load.Stream
	state     []json.RawMessage // of the last load that went well
}

// open finds the connector of a source, and does what Airbyte does before the
// first load: it lets it sign in, and asks it for its streams.
func (w *world) open(name string) *source {
	w.t.Helper()
	c, err := connector.Open(w.t.Context(), connector.Config{
		Artifacts: w.artifacts, Source: name,
		Secrets: func(name string) (secret.Value, bool) { v, ok := w.vendors[name]; return secret.New(v), ok },
		Environ: append(w.proxy.Environ(), "PATH="+os.Getenv("PATH"), connector.FoldersVariable+"="+judge.Dir(w.t, "connectors")),
	})
	require.NoError(w.t, err)
	require.NoError(w.t, c.Check(w.t.Context()), name)
	found, err := c.Discover(w.t.Context())
	require.NoError(w.t, err, name)
	data, err := json.Marshal(found)
	require.NoError(w.t, err)
	s := &source{connector: c}
	require.NoError(w.t, json.Unmarshal(data, &s.streams))
	return s
}

// read runs the connector as the connection says, from where the last load ended.
func (s *source) read(ctx context.Context) (messages *bytes.Buffer, state []json.RawMessage) {
	messages = &bytes.Buffer{}
	out := json.NewEncoder(messages)
	result, err := s.connector.Read(ctx, connector.Reading{State: s.state, Each: func(r connector.Record) error {
		return out.Encode(map[string]any{"type": "RECORD", "record": map[string]any{"stream": r.Stream, "data": r.Data, "emitted_at": time.Now().UnixMilli()}})
	}})
	if err != nil {
		_ = out.Encode(map[string]any{"type": "TRACE", "trace": map[string]any{"type": "ERROR", "error": map[string]any{"message": err.Error()}}})
		return messages, nil
	}
	return messages, result.State
}

// load reads a source and writes what came as destination Snowflake does, signed
// in as Airbyte is.
func (w *world) load(ctx context.Context, name string) error {
	w.t.Helper()
	if w.sources[name] == nil {
		w.sources[name] = w.open(name)
	}
	s := w.sources[name]
	messages, state := s.read(ctx)
	c := w.destination()
	cfg := w.snowflake.Config(c.Username)
	cfg.Role, cfg.Warehouse, cfg.Database, cfg.Schema = c.Role, c.Warehouse, c.Database, c.Schema
	cfg.Authenticator, cfg.PrivateKey = sf.AuthTypeJwt, w.key("/snowflake/airbyte-private-key")
	db := sql.OpenDB(sf.NewConnector(sf.SnowflakeDriver{}, *cfg))
	defer db.Close()
	db.SetMaxOpenConns(1)
	run := func(ctx context.Context, statement string) error {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%.300s: %w", statement, err)
		}
		return nil
	}
	there := func(ctx context.Context, schema, table string) (bool, error) {
		rows, err := db.QueryContext(ctx, fmt.Sprintf("SHOW TABLES LIKE '%s' IN SCHEMA \"%s\".\"%s\"", table, c.Database, schema))
		if err != nil {
			return false, err
		}
		defer rows.Close()
		return rows.Next(), rows.Err()
	}
	w.generation++
	err := load.Load(w.t.Context(), run, w.artifact("airbyte/connection-"+name+".json"), s.streams, messages,
		load.Options{Database: c.Database, Internal: c.Internal, Generation: w.generation, There: there})
	if err == nil {
		s.state = state
	}
	return err
}

// destination is how the emitted destination says that Airbyte signs in.
type destination struct {
	Role, Warehouse, Database, Schema, Username string
	Internal                                    string `json:"raw_data_schema"`
}

func (w *world) destination() destination {
	w.t.Helper()
	var doc struct {
		Body struct {
			Configuration destination `json:"configuration"`
		} `json:"body"`
	}
	require.NoError(w.t, json.Unmarshal(w.artifact("airbyte/destination-snowflake.json"), &doc))
	return doc.Body.Configuration
}

func (w *world) artifact(path string) []byte {
	w.t.Helper()
	at := slices.IndexFunc(w.artifacts, func(a artifact) bool { return a.Path == path })
	require.GreaterOrEqual(w.t, at, 0, "%s was not emitted", path)
	return w.artifacts[at].Content
}

func (w *world) key(end string) *rsa.PrivateKey {
	w.t.Helper()
	block, _ := pem.Decode([]byte(w.params.ending(w.t, end)))
	require.NotNil(w.t, block)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	require.NoError(w.t, err)
	return key.(*rsa.PrivateKey)
}
