package load

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const connection = `{"body":{"namespaceFormat":"RAW_X","configurations":{"streams":[{"name":"Contact","syncMode":"MODE","selectedFields":[{"fieldPath":["Id"]},{"fieldPath":["At"]}]}]}}}`

// said loads one record and gives the statements, each cut after some words.
func said(t *testing.T, mode, messages string, there bool) ([]string, error) {
	t.Helper()
	streams := []Stream{{Name: "Contact", Keys: [][]string{{"Id"}}, Cursor: []string{"At"}, Schema: Schema{Properties: map[string]Schema{
		"Id": {Type: types{"string"}}, "At": {Type: types{"string"}, Format: "date-time"}}}}}
	var out []string
	run := func(_ context.Context, sql string) error {
		out = append(out, strings.Join(strings.Fields(sql)[:3], " "))
		return nil
	}
	err := Load(t.Context(), run, []byte(strings.Replace(connection, "MODE", mode, 1)), streams, strings.NewReader(messages),
		Options{Database: "D", Internal: "I", There: func(context.Context, string, string) (bool, error) { return there, nil }})
	return out, err
}

const record = `{"type":"RECORD","record":{"stream":"Contact","data":{"Id":"1","At":"2026-01-01T00:00:00Z"},"emitted_at":1}}` + "\n"

func TestModes(t *testing.T) {
	fresh := `"D"."I"."RAW_X_CONTACT_` // and a digest
	for _, c := range []struct {
		mode  string
		there bool
		want  []string
	}{
		{"full_refresh_overwrite", false, []string{"CREATE OR REPLACE", "INSERT INTO " + fresh, "ALTER TABLE " + fresh}},
		{"full_refresh_overwrite", true, []string{"CREATE OR REPLACE", "INSERT INTO " + fresh, `ALTER TABLE "D"."RAW_X"."CONTACT"`, "DROP TABLE IF"}},
		{"incremental_append", true, []string{"CREATE TABLE IF", `INSERT INTO "D"."RAW_X"."CONTACT"`}},
		{"incremental_deduped_history", true, []string{"CREATE TABLE IF", "CREATE OR REPLACE", "INSERT INTO " + fresh, `MERGE INTO "D"."RAW_X"."CONTACT"`, "DROP TABLE IF"}},
	} {
		got, err := said(t, c.mode, record, c.there)
		require.NoError(t, err)
		require.Len(t, got, len(c.want), c.mode)
		for i := range got {
			require.True(t, strings.HasPrefix(got[i], c.want[i]), "%s: %s", c.mode, got[i])
		}
	}
}

// What a source did not finish takes the place of nothing.
func TestFailedReadOverwritesNothing(t *testing.T) {
	got, err := said(t, "full_refresh_overwrite", record+`{"type":"TRACE","trace":{"type":"ERROR","error":{"message":"HTTP 500"}}}`, true)
	require.ErrorContains(t, err, "HTTP 500")
	require.Empty(t, got)
}

func TestValues(t *testing.T) {
	for raw, want := range map[string]string{`"O'Brien \\ \n"`: `'O\'Brien \\ \n'`, `null`: "NULL", ``: "NULL", `12`: "'12'"} {
		require.Equal(t, want, valueOf([]byte(raw), "VARCHAR"))
	}
	require.Equal(t, "'2026-10-01T08:00:00.000000Z'", valueOf([]byte(`"2026-10-01T10:00:00.000+0200"`), "TIMESTAMP_TZ"))
}
