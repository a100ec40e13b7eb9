package discover

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/internal/connector"
)

func TestTypes(t *testing.T) {
	for schema, want := range map[string]string{
		`{"type": "string"}`: "text", `{"type": ["null", "string"]}`: "text", `{"type": "string", "format": "date"}`: "date",
		`{"type": ["string", "null"], "format": "date-time"}`:                                     "timestamp",
		`{"type": "string", "format": "date-time", "airbyte_type": "timestamp_with_timezone"}`:    "timestamp",
		`{"type": "string", "format": "date-time", "airbyte_type": "timestamp_without_timezone"}`: "timestamp_ntz",
		`{"type": "string", "format": "email"}`:                                                   "email",
		`{"type": "integer"}`:                                                                     "integer", `{"type": "number"}`: "float", `{"type": "number", "airbyte_type": "integer"}`: "integer",
		`{"type": ["boolean", "null"]}`: "boolean", `{"type": "object"}`: "json", `{"type": ["array", "null"]}`: "json",
		`{"type": ["string", "object"]}`: "json", `{"type": ["string", "integer"]}`: "text", `{"oneOf": [{"type": "string"}]}`: "json", `{}`: "json", `true`: "json",
	} {
		columns, err := columnsOf(json.RawMessage(`{"properties": {"x": ` + schema + `}}`))
		require.NoError(t, err)
		assert.Equal(t, want, columns[0].Type, schema)
	}
	for _, broken := range []string{`{"properties": {"x": `, `[]`, `{"properties": {"x"`} {
		_, err := columnsOf(json.RawMessage(broken))
		assert.Error(t, err, broken)
	}
	columns, err := columnsOf(json.RawMessage(`{"properties": {"z": {}, "a": {}, "m": {}}}`))
	require.NoError(t, err)
	assert.Equal(t, []string{"z", "a", "m"}, []string{columns[0].Name, columns[1].Name, columns[2].Name}, "in the source's order")
}

func TestNames(t *testing.T) {
	for _, name := range []string{"email", "Email", "user_email", "PersonEmail", "emailAddress", "email_address", "host_email", "e_mail", "Work_Email__c"} {
		assert.True(t, addressName.MatchString(name), name)
	}
	for _, name := range []string{"email_count", "is_emailed", "emails_sent", "EmailBouncedDate", "female", "gmail_label"} {
		assert.False(t, addressName.MatchString(name), name)
	}
	for name, want := range map[string]bool{"FirstName": true, "first_name": true, "Phone": true, "MobilePhone": true, "MailingStreet": true, "Birthdate": true,
		"join_url": true, "StageName": false, "id": false, "ProductCode": false, "filename": false, "campaign_name": false} {
		assert.Equal(t, want, personal(name, "text"), name)
	}
}

func TestFits(t *testing.T) {
	for _, c := range []struct {
		declared, found string
		want            fit
	}{
		{"text", "json", well}, {"email", "text", well}, {"text", "email", well}, {"integer", "float", well}, {"number", "integer", well},
		{"timestamp", "text", loose}, {"date", "text", loose}, {"integer", "text", loose}, {"timestamp", "email", loose},
		{"boolean", "text", wrong}, {"json", "text", wrong}, {"date", "timestamp", wrong}, {"email", "integer", wrong}, {"float", "json", wrong},
	} {
		assert.Equal(t, c.want, fits(c.declared, c.found), "%s of %s", c.declared, c.found)
	}
}

func TestCompareKeysAndModes(t *testing.T) {
	src := &ir.Source{ID: "s", Streams: []ir.Stream{
		{Key: "a", Name: "a", SyncMode: ir.IncrementalDeduped, PrimaryKey: []string{"id"}},
		{Key: "b", Name: "b", SyncMode: ir.FullOverwrite, PrimaryKey: []string{"y", "x"}},
		{Key: "gone", Name: "gone"},
	}}
	findings := Compare(src, []Stream{
		{Name: "a", SyncModes: []string{"full_refresh"}, PrimaryKey: []string{"uuid"}},
		{Name: "b", SyncModes: []string{"full_refresh"}, PrimaryKey: []string{"x", "y"}},
		{Name: "b", Namespace: "other", SyncModes: []string{"full_refresh"}},
	})
	var got []string
	for _, f := range findings {
		got = append(got, string(f.Kind)+" "+f.Stream)
	}
	assert.Equal(t, []string{"mode a", "key a", "removed gone", "added "}, got)
}

// Streams of one name in two schemas get a name of their own each.
func TestNamespaces(t *testing.T) {
	schema := json.RawMessage(`{"properties": {"id": {"type": "integer"}}}`)
	streams, err := Streams([]connector.Stream{
		{Name: "users", Namespace: "public", JSONSchema: schema, SupportedSyncModes: []string{"full_refresh", "incremental"}, SourceDefinedPrimaryKey: [][]string{{"id"}}},
		{Name: "users", Namespace: "billing", JSONSchema: schema, SupportedSyncModes: []string{"full_refresh", "incremental"}, DefaultCursorField: []string{"id"}},
	})
	require.NoError(t, err)
	text := string(YAML("db", streams))
	assert.Contains(t, text, "public_users:\n  stream: users\n  namespace: public\n  sync_mode: full_refresh_overwrite\n")
	assert.Contains(t, text, "incremental needs a cursor: choose a column")
	assert.Contains(t, text, "billing_users:\n  stream: users\n  namespace: billing\n  sync_mode: incremental_append\n  cursor: id\n")
}
