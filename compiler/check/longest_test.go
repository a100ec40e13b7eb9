package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/check"
	"github.com/tapestry-ci/tapestry-ci/compiler/lower"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/internal/output"
)

// The longest names that are allowed compile, and every file can be written: a
// file system takes names of 255 bytes.
func TestLongestNames(t *testing.T) {
	long := map[string]string{}
	for kind, most := range check.LongestNames() {
		long[kind] = strings.Repeat(kind[:1], most)
	}
	file := fmt.Sprintf(`version: 1
name: %s
aws: {region: us-east-1}
snowflake: {account: acme-main}
sources:
  %s:
    connector: shop
    config: {host: db, login: {user: u, password: "${secret.T}"}}
    streams:
      %s: {stream: orders, columns: {id: text}, sync_mode: full_refresh_overwrite}
models:
  %s: {sql: models/long.sql, unique_by: %[5]s, columns: {%[5]s: text}, pii: []}
destinations:
  %s:
    connector: crm
    config: {token: "${secret.T}"}
    syncs:
      %s: {model: %[4]s, to: {object: Person}, key: {Email: %[5]s}}
environments: {%[8]s: {aws: {tags: {a: b}}}}
`, long["pipeline"], long["source"], long["stream"], long["model"], long["column"],
		long["destination"], long["sync"], long["environment"])
	files := fstest.MapFS{"tapestry.yaml": {Data: []byte(file)},
		"models/long.sql": {Data: []byte("select 1 from {{ ref('" + resolve.StagingName(long["source"], long["stream"]) + "') }}\n")}}
	for _, env := range []string{"", long["environment"]} {
		r := compiler.Compile(files, "tapestry.yaml", compiler.Options{Environment: env, Catalog: catalog.New(os.DirFS("../testdata/catalog"))})
		require.Empty(t, r.Diagnostics)
		_, err := output.Write(t.Context(), filepath.Join(t.TempDir(), "build"), r.Artifacts)
		require.NoError(t, err)
	}
	assert.NotEqual(t, lower.Staging(long["source"], long["stream"]), lower.Staging(long["source"], long["stream"][1:]+"u"))
	assert.LessOrEqual(t, len(lower.Prefix(long["pipeline"], long["environment"])), 41)
}
