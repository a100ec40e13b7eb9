package snowflake

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The forms by which the model of Snowflake (world_test.go) takes a statement
// apart: they say what we use. Whether Snowflake takes it is not for them to say;
// that is held against the vendor's grammar in vendor_test.go.

const (
	idForm    = `(?:[A-Z_][A-Z0-9_$]*|"(?:[^"]|"")+")`
	nameForm  = idForm + `(?:\.` + idForm + `){0,2}`
	textForm  = `'(?:[^'\\]|''|\\.)*'`
	typeForm  = `(?:VARCHAR|BOOLEAN|VARIANT|DATE|FLOAT|TIMESTAMP_TZ|TIMESTAMP_NTZ|NUMBER\(\d+,\d+\))`
	shortForm = `(?:VARCHAR|BOOLEAN|VARIANT|DATE|FLOAT|TIMESTAMP_TZ|TIMESTAMP_NTZ|NUMBER)`
	comment   = ` COMMENT = ` + textForm
)

type form struct {
	name    string
	pattern *regexp.Regexp
}

// forms is written with {name} for a qualified name, {id} for one identifier,
// {text} for a string constant; «x:…» names a part.
var forms = compileForms([][2]string{
	{"use role", `USE ROLE «name:{id}»`},
	{"create role", `CREATE ROLE IF NOT EXISTS «name:{id}»{comment}`},
	{"create user", `CREATE USER IF NOT EXISTS «name:{id}» TYPE = SERVICE{comment}`},
	{"create warehouse", `CREATE WAREHOUSE IF NOT EXISTS «name:{id}» WITH INITIALLY_SUSPENDED = TRUE RESOURCE_MONITOR = «other:{id}»{comment}`},
	{"create resource monitor", `CREATE RESOURCE MONITOR IF NOT EXISTS «name:{id}» WITH CREDIT_QUOTA = \d+ TRIGGERS(?: ON \d+ PERCENT DO NOTIFY)+ ON 100 PERCENT DO SUSPEND`},
	{"create integration", `CREATE STORAGE INTEGRATION IF NOT EXISTS «name:{id}» TYPE = EXTERNAL_STAGE STORAGE_PROVIDER = 'S3' ENABLED = FALSE STORAGE_AWS_ROLE_ARN = {text} STORAGE_ALLOWED_LOCATIONS = \({text}\){comment}`},
	{"create database", `CREATE DATABASE IF NOT EXISTS «name:{id}»{comment}`},
	{"create schema", `CREATE SCHEMA IF NOT EXISTS «name:{name}» WITH MANAGED ACCESS{comment}`},
	{"create table", `CREATE TABLE IF NOT EXISTS «name:{name}» \(\n  {id} {type}(?: NOT NULL)?(?:,\n  {id} {type}(?: NOT NULL)?)*\n\){comment}`},
	{"create view", `CREATE VIEW IF NOT EXISTS «name:{name}» AS SELECT\n(?:  CAST\(NULL AS {type}\) AS {id},\n)+  CAST\(NULL AS TIMESTAMP_NTZ\) AS CHANGED_AT,\n  CAST\(NULL AS BOOLEAN\) AS REMOVED\nFROM \(SELECT 1 AS ONE\) AS NOTHING WHERE FALSE`},
	{"create file format", `CREATE FILE FORMAT IF NOT EXISTS «name:{name}» TYPE = JSON{comment}`},
	{"create stage", `CREATE STAGE IF NOT EXISTS «name:{name}» URL = 's3://\$\{[A-Za-z.]+\}/' STORAGE_INTEGRATION = «other:{id}» FILE_FORMAT = \(FORMAT_NAME = «format:{text}»\){comment}`},
	{"create network rule", `CREATE NETWORK RULE «name:{name}» TYPE = IPV4 MODE = INGRESS VALUE_LIST = \({text}(?:, {text})*\){comment}`},
	{"create network policy", `CREATE NETWORK POLICY IF NOT EXISTS «name:{id}» ALLOWED_NETWORK_RULE_LIST = \(«other:{text}»\){comment}`},
	{"create masking policy", `CREATE MASKING POLICY IF NOT EXISTS «name:{name}» AS \(VAL {short}\) RETURNS {short} -> (?:NULL|{text}){comment}`},
	{"create tag", `CREATE TAG IF NOT EXISTS «name:{name}»{comment}`},

	{"grant account", `GRANT «privilege:CREATE ROLE|CREATE USER|CREATE DATABASE|CREATE NETWORK POLICY|APPLY MASKING POLICY» ON ACCOUNT TO ROLE «to:{id}»`},
	{"grant on database", `GRANT «privilege:USAGE|CREATE SCHEMA» ON «kind:DATABASE» «name:{id}» TO ROLE «to:{id}»«option: WITH GRANT OPTION»?`},
	{"grant on schema", `GRANT «privilege:USAGE|MONITOR|CREATE TABLE|CREATE VIEW|CREATE TAG» ON «kind:SCHEMA» «name:{name}» TO ROLE «to:{id}»`},
	{"grant usage", `GRANT «privilege:USAGE» ON «kind:WAREHOUSE|INTEGRATION|STAGE|FILE FORMAT» «name:{name}» TO ROLE «to:{id}»`},
	{"grant monitor", `GRANT «privilege:MONITOR» ON «kind:RESOURCE MONITOR|WAREHOUSE|USER» «name:{id}» TO ROLE «to:{id}»`},
	{"grant select", `GRANT «privilege:SELECT» ON «kind:TABLE» «name:{name}» TO ROLE «to:{id}»`},
	{"grant future", `GRANT «privilege:SELECT|INSERT|REFERENCES» ON FUTURE «plural:TABLES|VIEWS» IN SCHEMA «name:{name}» TO ROLE «to:{id}»`},
	{"grant ownership", `GRANT OWNERSHIP ON «kind:WAREHOUSE|INTEGRATION|SCHEMA» «name:{name}» TO ROLE «to:{id}» COPY CURRENT GRANTS`},
	{"grant role", `GRANT ROLE «name:{id}» TO «kind:ROLE|USER» «to:{id}»`},

	{"alter warehouse", `ALTER WAREHOUSE «name:{id}» SET WAREHOUSE_SIZE = '(?:XSMALL|SMALL|MEDIUM|LARGE|XLARGE|XXLARGE|XXXLARGE|X4LARGE|X5LARGE|X6LARGE)' AUTO_SUSPEND = \d+ AUTO_RESUME = TRUE STATEMENT_TIMEOUT_IN_SECONDS = \d+`},
	{"alter resource monitor", `ALTER RESOURCE MONITOR «name:{id}» SET CREDIT_QUOTA = \d+`},
	{"set defaults", `ALTER USER «name:{id}» SET DEFAULT_ROLE = «other:{id}» DEFAULT_WAREHOUSE = {id} DEFAULT_NAMESPACE = {name} DEFAULT_SECONDARY_ROLES = \(\)`},
	{"set identity", `ALTER USER «name:{id}» SET WORKLOAD_IDENTITY = \(TYPE = OIDC ISSUER = {text} SUBJECT = {text}\)`},
	{"set network policy", `ALTER USER «name:{id}» SET NETWORK_POLICY = «other:{id}»`},
	{"alter integration", `ALTER STORAGE INTEGRATION «name:{id}» SET ENABLED = TRUE STORAGE_AWS_ROLE_ARN = {text} STORAGE_ALLOWED_LOCATIONS = \({text}\)`},
	{"alter stage", `ALTER STAGE «name:{name}» SET URL = {text}`},
	{"add column", `ALTER TABLE «name:{name}» ADD COLUMN IF NOT EXISTS «other:{id}» {type}`},
	{"set body", `ALTER MASKING POLICY «name:{name}» SET BODY -> CASE WHEN CURRENT_ROLE\(\) IN \(«roles:{text}(?:, {text})*»\) THEN VAL ELSE (?:NULL|{text}) END`},
	{"attach policy", `ALTER TAG «name:{name}» SET MASKING POLICY «other:[A-Z_]+»`},
	{"tag schema", `ALTER SCHEMA «name:{name}» SET TAG «other:{name}» = 'yes'`},
	{"tag column", `ALTER TABLE «name:{name}» MODIFY COLUMN «column:{id}» SET TAG «other:{name}» = 'yes'`},
})

// changeForms are of statements that sqlfluff 4.5.0 has no grammar for. They are
// in the manifest only, never in a file.
var changeForms = compileForms([][2]string{
	{"change network rule", `ALTER NETWORK RULE «name:{name}» SET VALUE_LIST = \({text}(?:, {text})*\)`},
	{"change monitor", `ALTER WAREHOUSE «name:{id}» SET RESOURCE_MONITOR = «other:{id}»`},
	{"change user", `ALTER USER «name:{id}» SET TYPE = SERVICE`},
	{"change schema", `ALTER SCHEMA «name:{name}» ENABLE MANAGED ACCESS`},
	{"change network policy", `ALTER NETWORK POLICY «name:{id}» SET ALLOWED_NETWORK_RULE_LIST = \({text}\)`},
	{"show network rule", `SHOW NETWORK RULES LIKE «other:{text}» IN SCHEMA «name:{name}»`},
	{"remove token", `ALTER USER «name:{id}» REMOVE PROGRAMMATIC ACCESS TOKEN «other:{id}»`},
})

func compileForms(list [][2]string) []form {
	var out []form
	parts := strings.NewReplacer("{name}", nameForm, "{id}", idForm, "{text}", textForm, "{type}", typeForm, "{short}", shortForm, "{comment}", comment)
	named := regexp.MustCompile(`«(\w+):`)
	for _, f := range list {
		pattern := parts.Replace(named.ReplaceAllString(f[1], `(?P<$1>`))
		pattern = strings.ReplaceAll(pattern, "»", ")")
		out = append(out, form{f[0], regexp.MustCompile("(?s)^" + pattern + "$")})
	}
	return out
}

// parsed is a statement that has a form.
type parsed struct {
	form  string
	parts map[string]string
}

// remembered saves the model from matching the same text again.
var remembered = map[string]parsed{}

func formOf(sql string) (parsed, error) {
	if p, ok := remembered[sql]; ok {
		return p, nil
	}
	p, err := match(forms, sql)
	if err == nil {
		remembered[sql] = p
	}
	return p, err
}

// match gives the form of a statement; it must be one and only one.
func match(list []form, sql string) (parsed, error) {
	var found []parsed
	for _, f := range list {
		m := f.pattern.FindStringSubmatch(sql)
		if m == nil {
			continue
		}
		p := parsed{f.name, map[string]string{}}
		for i, name := range f.pattern.SubexpNames() {
			if name != "" {
				p.parts[name] = m[i]
			}
		}
		found = append(found, p)
	}
	if len(found) != 1 {
		return parsed{}, fmt.Errorf("%d forms fit the statement %s", len(found), sql)
	}
	return found[0], nil
}

// unquoted reads a string constant that holds a name.
func unquoted(constant string) []string {
	inner := strings.TrimSuffix(strings.TrimPrefix(constant, "'"), "'")
	return identifiers(strings.NewReplacer("''", "'", `\\`, `\`).Replace(inner))
}

// identifiers reads a qualified name back into the names as stored.
func identifiers(sql string) []string {
	var out []string
	for _, id := range regexp.MustCompile(idForm).FindAllString(sql, -1) {
		if inner, quoted := strings.CutPrefix(id, `"`); quoted {
			id = strings.ReplaceAll(strings.TrimSuffix(inner, `"`), `""`, `"`)
		}
		out = append(out, id)
	}
	return out
}

func TestEveryStatementHasAForm(t *testing.T) {
	for name, p := range variants() {
		for _, s := range Set(p).Statements {
			if s.SQL != "" {
				_, err := match(forms, s.SQL)
				require.NoError(t, err, name)
			}
			if s.Change != "" {
				_, err := match(changeForms, s.Change)
				require.NoError(t, err, name)
			}
		}
	}
}

// The forms must refuse what the judge is known to let pass.
func TestFormsRefuseWhatTheJudgeMisses(t *testing.T) {
	for _, sql := range []string{
		`CREATE USER IF NOT EXISTS U TYPE = ROBOT COMMENT = 'x'`,
		`CREATE USER IF NOT EXISTS U TYPE = SERVICE FAVOURITE = 'x' COMMENT = 'x'`,
		`GRANT SELECT ON DATABASE D TO ROLE R`,
		`GRANT ROLE A TO ROLE`,
		`CREATE STORAGE INTEGRATION IF NOT EXISTS I TYPE = EXTERNAL_STAGE STORAGE_PROVIDER = 'S3' ENABLED = FALSE STORAGE_AWS_ROLE_ARN = 'x' COMMENT = 'x'`,
		`USE WAREHOUSE`,
		`GRANT ALL PRIVILEGES ON SCHEMA D.S TO ROLE R`,
		`GRANT USAGE ON SCHEMA D.S TO ROLE R; DROP DATABASE D`,
	} {
		_, err := match(forms, sql)
		require.Error(t, err, sql)
	}
}
