package langschema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/internal/langschema"
)

var update = flag.Bool("update", false, "write the schema anew")

const file = "../../schema/tapestry.schema.json"

func TestSchemaIsUpToDate(t *testing.T) {
	data, err := langschema.Build(catalog.Embedded())
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, data, 0o644))
	}
	have, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(data, have), "%s is stale: go test ./internal/langschema -update", file)
}

// compile reads the schema with the library that also looks whether it is one.
func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := langschema.Build(catalog.Embedded())
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	require.NoError(t, c.AddResource("tapestry.json", doc))
	s, err := c.Compile("tapestry.json")
	require.NoError(t, err)
	return s
}

// value reads YAML as an editor does: YAML 1.2, times as text.
func value(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	require.NoError(t, yaml.Unmarshal(data, &v))
	text, err := json.Marshal(v)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	return doc
}

func TestExamplesAreValid(t *testing.T) {
	s := compile(t)
	for _, pattern := range []string{"../../examples/*/tapestry.yaml", "../../compiler/catalog/templates/*/tapestry.yaml"} {
		paths, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, paths)
		for _, path := range paths {
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.NoError(t, s.Validate(value(t, data)), path)
		}
	}
}

// head is the smallest file that is valid.
const head = "version: 1\nname: small\naws: {region: us-east-1}\nsnowflake: {account: org-account}\n"

// What the compiler accepts in more than one way, and what only a schema that
// is too narrow would refuse.
func TestAccepts(t *testing.T) {
	s := compile(t)
	for name, text := range map[string]string{
		"nothing more":          head,
		"empty blocks":          head + "sources:\nmodels: {}\ningestion:\nalerts:\n",
		"an x- key":             head + "x-a: &a {region: us-east-1}\n",
		"a merge key":           "x-a: &a {region: us-east-1}\nversion: 1\nname: small\naws: {<<: *a}\nsnowflake: {account: o-a}\n",
		"a placeholder":         head + "ingestion: {instance: \"${env.I}\", data: \"${env.D:-managed}\"}\ntransform: {schedule: \"${env.S}\"}\n",
		"number for a text":     "version: 1\nname: small\naws: {region: us-east-1, tags: {a: 1, b: true}}\nsnowflake: {account: o-a}\n",
		"text for a number":     "version: \"1\"\nname: small\naws: {region: us-east-1}\nsnowflake: {account: o-a}\n",
		"an overlay with null":  head + "ingestion: {access: {certificate: c}}\nenvironments: {production: {}, dev: {ingestion: {access: null}, alerts: null}}\n",
		"an empty environment":  head + "environments:\n  production:\n  dev:\n",
		"a name of one's own":   head + "sources: {webinars: {connector: zoom, config: {account_id: a, client_id: b, client_secret: \"${secret.X}\"}, streams: {users: {}}}}\n",
		"a stream with nothing": head + "sources: {faker: {streams: {users: , purchases: {columns: [id]}}}}\n",
		"config left out":       head + "sources: {faker: {streams: {users: {}}}}\n",
		"constants left out":    head + "sources: {typeform: {config: {credentials: {access_token: \"${secret.X}\"}}, streams: {responses: {}}}}\n",
		"constants given":       head + "sources: {typeform: {config: {credentials: {auth_type: access_token, access_token: \"${secret.X}\"}}, streams: {responses: {}}}}\n",
		"numbers in quotes":     head + "sources: {faker: {config: {count: \"10\"}, streams: {users: {}}}}\n",
		"tests of a column":     head + "models: {a: {sql: a.sql, columns: {x: \"number( 3 , 1 )\"}, data_tests: {x: [not_null, {accepted_values: [1, 2]}, {relationships: {to: b, field: c}}]}}}\n",
		"a guard in percent":    head + "destinations: {mailchimp: {config: {api_key: \"${secret.X}\"}, syncs: {a: {model: m, to: {list: a}, key: [email_address], guard: {max_removals: 5%, min_rows: 0}}}}}\n",
		"a list for a mapping":  head + "destinations: {mailchimp: {config: {api_key: \"${secret.X}\"}, syncs: {a: {model: m, to: {list: a}, key: [email_address], fields: [FNAME]}}}}\n",
		"another field":         head + "destinations: {mailchimp: {config: {api_key: \"${secret.X}\"}, syncs: {a: {model: m, to: {list: a}, key: {email_address: e}, fields: {MY_FIELD: x}}}}}\n",
	} {
		assert.NoError(t, s.Validate(value(t, []byte(text))), name)
	}
}

// Mistakes that an editor should show while one types.
func TestRefuses(t *testing.T) {
	s := compile(t)
	zoom := "account_id: a, client_id: b, client_secret: \"${secret.X}\""
	for name, text := range map[string]string{
		"no version":              "name: small\naws: {region: us-east-1}\nsnowflake: {account: o-a}\n",
		"another version":         "version: 2\nname: small\naws: {region: us-east-1}\nsnowflake: {account: o-a}\n",
		"a bad name":              "version: 1\nname: Small_Name\naws: {region: us-east-1}\nsnowflake: {account: o-a}\n",
		"an unknown key":          head + "sorces: {}\n",
		"an unknown key below":    head + "ingestion: {instanse: t3.large}\n",
		"a wrong word":            head + "ingestion: {data: volume}\n",
		"a list for a map":        head + "models: []\n",
		"a bad duration":          head + "transform: {schedule: hourly}\n",
		"an unknown type":         head + "models: {a: {sql: a.sql, columns: {x: varchar}}}\n",
		"a field too many":        head + "sources: {zoom: {config: {" + zoom + ", region: eu}, streams: {users: {}}}}\n",
		"a field too few":         head + "sources: {zoom: {config: {account_id: a}, streams: {users: {}}}}\n",
		"config left out":         head + "sources: {zoom: {streams: {users: {}}}}\n",
		"a secret in clear":       head + "sources: {zoom: {config: {account_id: a, client_id: b, client_secret: hunter2}, streams: {users: {}}}}\n",
		"a field under a name":    head + "sources: {w: {connector: zoom, config: {account_id: a}, streams: {users: {}}}}\n",
		"no streams":              head + "sources: {faker: {}}\n",
		"a mode of another":       head + "destinations: {mysql: {config: {host: h, database: d, user: u, password: \"${secret.X}\"}, syncs: {a: {model: m, to: {table: t, tags_table: g}, key: {id: id}, mode: upsert}}}}\n",
		"no model":                head + "destinations: {mailchimp: {config: {api_key: \"${secret.X}\"}, syncs: {a: {to: {list: a}, key: {email_address: e}}}}}\n",
		"no list":                 head + "destinations: {mailchimp: {config: {api_key: \"${secret.X}\"}, syncs: {a: {model: m, key: {email_address: e}}}}}\n",
		"a name in an overlay":    head + "environments: {dev: {name: other}}\n",
		"an unknown overlay key":  head + "environments: {dev: {sorces: {}}}\n",
		"a sync mode that is not": head + "sources: {faker: {streams: {users: {sync_mode: mirror}}}}\n",
	} {
		assert.Error(t, s.Validate(value(t, []byte(text))), name)
	}
}
