package dbt

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// TestSnowflake holds what the project says to Snowflake against sqlfluff's
// grammar of it, and the conversions against what is known of the types.
func TestSnowflake(t *testing.T) {
	p := newProject(t, landed())
	probe, err := os.ReadFile("testdata/snowflake_probe.sql")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(p.dir, "macros", "snowflake_probe.sql"), probe, 0o644))
	a := p.dbt("run-operation", "snowflake_probe")
	require.True(t, a.OK, a.log())
	said := map[string]string{}
	var statements strings.Builder
	for _, line := range a.Log {
		name, text, isProbe := strings.Cut(strings.TrimPrefix(line, "probe "), ": ")
		if !isProbe || !strings.HasPrefix(line, "probe ") {
			continue
		}
		said[name] = text
		if name != "copy" {
			text = "select " + text + " as C from RAW_X.T as R"
		}
		statements.WriteString(text + ";\n")
	}
	require.Len(t, said, 11*15*2+11*11+11+1)
	parsesForSnowflake(t, statements.String())
	conversions(t, said)
}

func conversions(t *testing.T, said map[string]string) {
	for name, want := range map[string]string{
		// The type that Airbyte chose is the declared one: nothing to do.
		"VARCHAR to text":         "R.C",
		"VARCHAR to email":        "R.C",
		"NUMBER(38,0) to integer": "R.C",
		"FLOAT to float":          "R.C",
		"BOOLEAN to boolean":      "R.C",
		"DATE to date":            "R.C",
		"OBJECT to json":          "to_variant(R.C)",
		// Nothing that can fail is a plain cast, and no float goes through text.
		"VARCHAR to integer":         "try_cast(R.C as DECIMAL(38,0))",
		"VARCHAR to number":          "try_cast(R.C as DECIMAL(38,9))",
		"FLOAT to number(12,2)":      "case when abs(round(R.C, 2)) < 1e10 then cast(R.C as DECIMAL(12,2)) end",
		"NUMBER(20,2) to integer":    "try_cast(cast(R.C as VARCHAR) as DECIMAL(38,0))",
		"NUMBER(38,0) to float":      "cast(R.C as DOUBLE)",
		"VARIANT to number(12,2)":    "try_cast(cast(R.C as VARCHAR) as DECIMAL(12,2))",
		" to boolean":                "try_cast(cast(R.C as VARCHAR) as BOOLEAN)",
		"our integer to number":      "try_cast(cast(R.C as VARCHAR) as DECIMAL(38,9))",
		"our number(12,2) to number": "cast(R.C as DECIMAL(38,9))",
		// Time is UTC, whatever the session says.
		"TIMESTAMP_TZ to timestamp":      "convert_timezone('UTC', R.C)",
		"TIMESTAMP_TZ to timestamp_ntz":  "cast(convert_timezone('UTC', R.C) as TIMESTAMP_NTZ)",
		"TIMESTAMP_NTZ to timestamp_ntz": "cast(R.C as TIMESTAMP_NTZ)",
		"TIMESTAMP_TZ to date":           "cast(convert_timezone('UTC', R.C) as DATE)",
		"VARCHAR to timestamp":           "convert_timezone('UTC', nvl(try_cast(R.C || '+00:00' as TIMESTAMP_TZ), try_cast(R.C as TIMESTAMP_TZ)))",
		// Paths.
		"VARIANT at a path to text": `cast(R.C['it\'s']['a\\b'] as VARCHAR)`,
		"VARCHAR at a path to json": `strip_null_value(try_parse_json(R.C)['it\'s']['a\\b'])`,
	} {
		assert.Equal(t, want, said[name], name)
	}
	assert.Contains(t, said["copy"], `copy into DB.RAW_X."Odd" ( _AIRBYTE_RAW_ID,`)
	assert.Contains(t, said["copy"], `from '@DB.LANDING.STAGE/airbyte/RAW_X/it''s/' )`)
	assert.Contains(t, said["copy"], `try_cast(cast($1['_airbyte_data']['id'] as VARCHAR) as DECIMAL(38,0))`)
	assert.NotContains(t, said["copy"], "strip_null_value")
}

// parsesForSnowflake has sqlfluff read statements; what it cannot read it says.
func parsesForSnowflake(t *testing.T, sql string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "statements.sql")
	require.NoError(t, os.WriteFile(path, []byte(sql), 0o644))
	out, err := exec.Command(judge.Program(t, "lint", "sqlfluff"), "parse", "--dialect", "snowflake", "--templater", "raw", path).CombinedOutput()
	text := string(out)
	if err != nil || strings.Contains(text, "unparsable") {
		t.Fatalf("sqlfluff cannot read it: %v\n%s\n%s", err, unparsable(text), sql)
	}
}

// unparsable are the lines of a parse tree around what could not be read.
func unparsable(tree string) string {
	var out []string
	for _, line := range strings.Split(tree, "\n") {
		if strings.Contains(line, "unparsable") || strings.Contains(line, "PRS") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// TestLanded is Rain Shield where raw tables only ever grow: of each record the
// newest version counts, of each refresh the newest.
func TestLanded(t *testing.T) {
	p := newProject(t, landed())
	createRainShield(p)
	p.execute(
		`insert into `+zoomTable+` values ('r0', 'old@rainshield.example', 'Old', 'Refresh', 'a', '2026-01-01 00:00:00+00', '{}', 1),
			('r3', 'betty@rainshield.example', 'Betty', 'Rubble', 'b', '2026-01-02 00:00:00+00', '{}', 2)`,
		`insert into `+salesTable+` values
			('c1', 'diana@rainshield.example', 'Diana', 'Prince', false, '2026-01-02 00:00:00+00', 'a', '2026-01-02 00:00:00+00', '{}', 1),
			('c1', 'diana@rainshield.example', 'Diana', 'Trevor', false, '2026-01-01 00:00:00+00', 'b', '2026-01-01 00:00:00+00', '{}', 1),
			('c2', 'barry@rainshield.example', 'Barry', 'Allen', false, '2026-01-01 00:00:00+00', 'c', '2026-01-01 00:00:00+00', '{}', 1),
			('c2', 'barry@rainshield.example', 'Barry', 'Allen', true, '2026-01-03 00:00:00+00', 'd', '2026-01-03 00:00:00+00', '{}', 1)`)
	p.build()
	assert.Equal(t, []string{"betty@rainshield.example | Betty | Rubble", "diana@rainshield.example | Diana | Prince"}, p.rows(peopleNow))

	// What has no conversion in it is the same for Snowflake.
	var neutral strings.Builder
	for _, path := range []string{"models/people.sql", "models/audit/audit_people.sql", "models/segments/seg_mailchimp__newsletter.sql",
		"models/syncs/sync_mailchimp_newsletter.sql", "tests/guard_mailchimp__newsletter.sql"} {
		neutral.WriteString(p.compiled(path) + "\n;\n")
	}
	parsesForSnowflake(t, neutral.String())
}
