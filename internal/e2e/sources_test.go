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
	"slices"
	"testing"
	"time"

	sf "github.com/snowflakedb/gosnowflake"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/e2e/load"
)

// source is one of the pipeline's sources: the records that its API would give.
type source struct {
	streams []load.Stream
	records map[string][]map[string]any
	// broken is how the read ends, where it does not end well.
	broken string
	clock  int // of changes
}

// messages are what the connector prints.
func (s *source) messages(t testing.TB, at time.Time) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	line := func(v any) {
		data, err := json.Marshal(v)
		require.NoError(t, err)
		out.Write(append(data, '\n'))
	}
	for _, st := range s.streams {
		for _, data := range s.records[st.Name] {
			line(map[string]any{"type": "RECORD", "record": map[string]any{"stream": st.Name, "data": data, "emitted_at": at.UnixMilli()}})
		}
	}
	if s.broken != "" {
		line(map[string]any{"type": "TRACE", "trace": map[string]any{"type": "ERROR", "error": map[string]any{"message": s.broken}}})
	}
	return &out
}

func fields(pairs ...string) load.Schema {
	out := load.Schema{Properties: map[string]load.Schema{}}
	for i := 0; i < len(pairs); i += 2 {
		s := load.Schema{Type: []string{pairs[i+1]}}
		if pairs[i+1] == "date-time" {
			s.Type, s.Format, s.Airbyte = []string{"string"}, "date-time", "timestamp_with_timezone"
		}
		out.Properties[pairs[i]] = s
	}
	return out
}

// zoom and salesforce are what the two sources say of their streams.
func zoomSource() *source {
	return &source{records: map[string][]map[string]any{}, streams: []load.Stream{{Name: "webinar_registrants",
		Schema: fields("id", "string", "email", "string", "first_name", "string", "last_name", "string")}}}
}

func salesforceSource() *source {
	return &source{records: map[string][]map[string]any{}, streams: []load.Stream{{Name: "Contact", Keys: [][]string{{"Id"}}, Cursor: []string{"SystemModstamp"},
		Schema: fields("Id", "string", "Email", "string", "FirstName", "string", "LastName", "string", "IsDeleted", "boolean", "SystemModstamp", "date-time")}}}
}

// loader signs in as Airbyte does, and loads one source.
func (w *world) load(name string, s *source) error {
	w.t.Helper()
	var destination struct {
		Body struct {
			Configuration struct {
				Role, Warehouse, Database, Schema, Username string
				Internal                                    string `json:"raw_data_schema"`
			} `json:"configuration"`
		} `json:"body"`
	}
	require.NoError(w.t, json.Unmarshal(w.artifact("airbyte/destination-snowflake.json"), &destination))
	c := destination.Body.Configuration
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
	return load.Load(w.t.Context(), run, w.artifact("airbyte/connection-"+name+".json"), s.streams, s.messages(w.t, time.Now()),
		load.Options{Database: c.Database, Internal: c.Internal, Generation: w.generation, There: there})
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

func contact(id, email, first, last string) map[string]any {
	return map[string]any{"Id": id, "Email": email, "FirstName": first, "LastName": last, "IsDeleted": false, "SystemModstamp": "2026-10-01T08:00:00.000+0000"}
}

func registrant(id, email, first, last string) map[string]any {
	return map[string]any{"id": id, "email": email, "first_name": first, "last_name": last}
}
