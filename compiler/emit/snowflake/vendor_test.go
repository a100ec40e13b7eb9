package snowflake

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What follows is the vendor's grammar, as far as our statements touch it, in
// our words. Each entry names the page below
// https://docs.snowflake.com/en/sql-reference/sql/ that it was read from.
// Nothing here is taken from the emitter: a statement that the vendor does not
// know has to fail.

// The values that a property may have.
const (
	aText    = `'(?:[^'\\]|''|\\.)*'`
	aTexts   = `\(\s*` + aText + `(?:\s*,\s*` + aText + `)*\s*\)`
	aNumber  = `\d+`
	aBoolean = `(?:TRUE|FALSE)`
	anID     = `(?:[A-Za-z_][A-Za-z0-9_$]*|"(?:[^"]|"")+")`
	aName    = anID + `(?:\.` + anID + `){0,2}`
	aSize    = `'?(?:XSMALL|SMALL|MEDIUM|LARGE|XLARGE|XXLARGE|XXXLARGE|X4LARGE|X5LARGE|X6LARGE)'?`
	aType    = `(?:VARCHAR|BOOLEAN|VARIANT|DATE|FLOAT|TIMESTAMP_TZ|TIMESTAMP_NTZ|NUMBER(?:\(\d+,\d+\))?)`
)

// createGrammar is one CREATE. Properties stand in any order, each once; body
// is what has a fixed place before them.
type createGrammar struct {
	page, words string
	guarded     bool // whether IF NOT EXISTS is allowed
	body        string
	properties  map[string]string
	required    []string
}

var createGrammars = []createGrammar{
	{"create-role", "ROLE", true, ``, map[string]string{"COMMENT": aText}, nil},
	{"create-user", "USER", true, ``, map[string]string{"TYPE": `(?:PERSON|SERVICE|LEGACY_SERVICE)`, "DEFAULT_ROLE": anID, "COMMENT": aText}, nil},
	{"create-warehouse", "WAREHOUSE", true, `(?: WITH)?`, map[string]string{
		"WAREHOUSE_SIZE": aSize, "AUTO_SUSPEND": `(?:\d+|NULL)`, "AUTO_RESUME": aBoolean, "INITIALLY_SUSPENDED": aBoolean,
		"RESOURCE_MONITOR": anID, "COMMENT": aText, "STATEMENT_TIMEOUT_IN_SECONDS": aNumber}, nil},
	{"create-database", "DATABASE", true, ``, map[string]string{"DATA_RETENTION_TIME_IN_DAYS": aNumber, "COMMENT": aText}, nil},
	{"create-schema", "SCHEMA", true, `(?: WITH MANAGED ACCESS)?`, map[string]string{"DATA_RETENTION_TIME_IN_DAYS": aNumber, "COMMENT": aText}, nil},
	{"create-table", "TABLE", true, ` \(\s*` + anID + ` ` + aType + `(?: NOT NULL)?(?:,\s*` + anID + ` ` + aType + `(?: NOT NULL)?)*\s*\)`, map[string]string{"COMMENT": aText}, nil},
	{"create-view", "VIEW", true, ` AS SELECT\s.*`, nil, nil},
	{"create-network-rule", "NETWORK RULE", false, ``, map[string]string{
		"TYPE": `(?:IPV4|IPV6|AWSVPCEID|AZURELINKID|GCPPSCID|HOST_PORT|PRIVATE_HOST_PORT)`, "VALUE_LIST": aTexts,
		"MODE": `(?:INGRESS|INTERNAL_STAGE|EGRESS)`, "COMMENT": aText}, []string{"TYPE", "VALUE_LIST", "MODE"}},
	{"create-network-policy", "NETWORK POLICY", true, ``, map[string]string{"ALLOWED_NETWORK_RULE_LIST": aTexts, "BLOCKED_NETWORK_RULE_LIST": aTexts, "COMMENT": aText}, nil},
	{"create-storage-integration", "STORAGE INTEGRATION", true, ``, map[string]string{
		"TYPE": `EXTERNAL_STAGE`, "STORAGE_PROVIDER": `'S3'`, "STORAGE_AWS_ROLE_ARN": aText, "STORAGE_AWS_EXTERNAL_ID": aText,
		"ENABLED": aBoolean, "STORAGE_ALLOWED_LOCATIONS": aTexts, "STORAGE_BLOCKED_LOCATIONS": aTexts, "COMMENT": aText},
		[]string{"TYPE", "STORAGE_PROVIDER", "STORAGE_AWS_ROLE_ARN", "ENABLED", "STORAGE_ALLOWED_LOCATIONS"}},
	{"create-stage", "STAGE", true, ``, map[string]string{
		"URL": `'s3://[^']+'`, "STORAGE_INTEGRATION": anID, "FILE_FORMAT": `\(FORMAT_NAME = ` + aText + `\)`, "COMMENT": aText}, nil},
	{"create-file-format", "FILE FORMAT", true, ``, map[string]string{"TYPE": `(?:CSV|JSON|AVRO|ORC|PARQUET|XML)`, "COMMENT": aText}, nil},
	{"create-tag", "TAG", true, ``, map[string]string{"COMMENT": aText}, nil},
	{"create-masking-policy", "MASKING POLICY", true, ` AS \(` + anID + ` ` + aType + `\) RETURNS ` + aType + ` -> (?:NULL|` + aText + `)`, map[string]string{"COMMENT": aText}, nil},
	// A monitor has no comment, and its triggers come last.
	{"create-resource-monitor", "RESOURCE MONITOR", true, ` WITH(?: CREDIT_QUOTA = \d+)?(?: FREQUENCY = (?:MONTHLY|DAILY|WEEKLY|YEARLY|NEVER) START_TIMESTAMP = IMMEDIATELY)?` +
		` TRIGGERS(?: ON \d+ PERCENT DO (?:SUSPEND|SUSPEND_IMMEDIATE|NOTIFY))+`, nil, nil},
}

// alterGrammar is ALTER … SET with properties.
type alterGrammar struct {
	page, words string
	properties  map[string]string
}

var alterGrammars = []alterGrammar{
	{"alter-warehouse", "WAREHOUSE", map[string]string{"WAREHOUSE_SIZE": aSize, "AUTO_SUSPEND": `(?:\d+|NULL)`, "AUTO_RESUME": aBoolean, "RESOURCE_MONITOR": anID, "STATEMENT_TIMEOUT_IN_SECONDS": aNumber}},
	{"alter-resource-monitor", "RESOURCE MONITOR", map[string]string{"CREDIT_QUOTA": aNumber}},
	{"alter-user", "USER", map[string]string{
		"DEFAULT_ROLE": anID, "DEFAULT_WAREHOUSE": anID, "DEFAULT_NAMESPACE": aName, "DEFAULT_SECONDARY_ROLES": `\((?:'ALL')?\)`, "NETWORK_POLICY": anID,
		"TYPE":              `(?:PERSON|SERVICE|LEGACY_SERVICE)`,
		"WORKLOAD_IDENTITY": `\(TYPE = OIDC ISSUER = ` + aText + ` SUBJECT = ` + aText + `(?: OIDC_AUDIENCE_LIST = ` + aTexts + `)?\)`}},
	{"alter-storage-integration", "STORAGE INTEGRATION", map[string]string{"STORAGE_AWS_ROLE_ARN": aText, "ENABLED": aBoolean, "STORAGE_ALLOWED_LOCATIONS": aTexts, "COMMENT": aText}},
	{"alter-stage", "STAGE", map[string]string{"URL": `'s3://[^']+'`, "STORAGE_INTEGRATION": anID}},
	{"alter-network-policy", "NETWORK POLICY", map[string]string{"ALLOWED_NETWORK_RULE_LIST": aTexts, "BLOCKED_NETWORK_RULE_LIST": aTexts, "COMMENT": aText}},
	{"alter-network-rule", "NETWORK RULE", map[string]string{"VALUE_LIST": aTexts, "COMMENT": aText}},
}

// otherGrammars are statements with one form each.
var otherGrammars = []struct{ page, form string }{
	{"use-role", `USE ROLE ` + anID},
	{"alter-table", `ALTER TABLE ` + aName + ` ADD COLUMN IF NOT EXISTS ` + anID + ` ` + aType},
	{"alter-table-column", `ALTER TABLE ` + aName + ` MODIFY COLUMN ` + anID + ` (?:SET TAG ` + aName + ` = ` + aText + `|UNSET TAG ` + aName + `)`},
	{"alter-schema", `ALTER SCHEMA ` + aName + ` (?:ENABLE MANAGED ACCESS|SET TAG ` + aName + ` = ` + aText + `|UNSET TAG ` + aName + `)`},
	{"alter-masking-policy", `ALTER MASKING POLICY ` + aName + ` SET BODY -> CASE WHEN .* END`},
	{"alter-tag", `ALTER TAG ` + aName + ` SET MASKING POLICY ` + aName},
	{"alter-user", `ALTER USER ` + anID + ` UNSET (?:NETWORK_POLICY|RSA_PUBLIC_KEY)`},
	{"alter-user-remove-programmatic-access-token", `ALTER USER ` + anID + ` REMOVE PROGRAMMATIC ACCESS TOKEN ` + anID},
	{"drop", `DROP (?:ROLE|USER|WAREHOUSE|NETWORK POLICY|RESOURCE MONITOR|INTEGRATION|FILE FORMAT|STAGE|VIEW) IF EXISTS ` + aName},
	{"show-network-rules", `SHOW NETWORK RULES LIKE ` + aText + ` IN SCHEMA ` + aName},
	{"grant-role", `GRANT ROLE ` + anID + ` TO (?:ROLE|USER) ` + anID},
	{"revoke-role", `REVOKE ROLE ` + anID + ` FROM (?:ROLE|USER) ` + anID},
	{"grant-ownership", `GRANT OWNERSHIP ON (?:WAREHOUSE|INTEGRATION|SCHEMA) ` + aName + ` TO ROLE ` + anID + `(?: (?:REVOKE|COPY) CURRENT GRANTS)?`},
	{"select (information schema: policy_references)", `SELECT 1 FROM TABLE\(` + anID + `\.INFORMATION_SCHEMA\.POLICY_REFERENCES\(POLICY_NAME => ` + aText + `\)\) WHERE REF_ENTITY_NAME = ` + aText},
}

// privileges of each kind of object (grant-privilege). FUTURE TABLES and the
// like are objects of a schema.
var privileges = map[string][]string{
	"ACCOUNT":          {"CREATE ROLE", "CREATE USER", "CREATE DATABASE", "CREATE WAREHOUSE", "CREATE INTEGRATION", "CREATE NETWORK POLICY", "APPLY MASKING POLICY", "APPLY TAG"},
	"DATABASE":         {"USAGE", "CREATE SCHEMA", "MODIFY", "MONITOR"},
	"SCHEMA":           {"USAGE", "CREATE TABLE", "CREATE VIEW", "CREATE STAGE", "CREATE FILE FORMAT", "CREATE TAG", "CREATE NETWORK RULE", "CREATE MASKING POLICY", "MODIFY", "MONITOR"},
	"WAREHOUSE":        {"USAGE", "OPERATE", "MODIFY", "MONITOR"},
	"RESOURCE MONITOR": {"MODIFY", "MONITOR"},
	"FILE FORMAT":      {"USAGE"},
	"STAGE":            {"USAGE", "READ", "WRITE"}, // USAGE: of an external stage
	"INTEGRATION":      {"USAGE"},
	"TABLE":            {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES"},
	"USER":             {"MONITOR", "MODIFY PROGRAMMATIC AUTHENTICATION METHODS"},
	"FUTURE TABLES":    {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES"},
	"FUTURE VIEWS":     {"SELECT", "REFERENCES"},
}

var (
	grantText = regexp.MustCompile(`^(?:GRANT|REVOKE) ([A-Z ]+) ON (ACCOUNT|(?:DATABASE|SCHEMA|WAREHOUSE|RESOURCE MONITOR|INTEGRATION|FILE FORMAT|STAGE|TABLE|USER) ` + aName + `|FUTURE (?:TABLES|VIEWS) IN SCHEMA ` + aName + `) (?:TO|FROM) ROLE ` + anID + `(?: WITH GRANT OPTION)?$`)
	property  = regexp.MustCompile(`^ ([A-Z0-9_]+) = `)
)

// vendor says what is wrong with a statement, by the grammar above.
func vendor(sql string) error {
	switch word, _, _ := strings.Cut(sql, " "); {
	case word == "CREATE":
		return vendorCreate(sql)
	case grantText.MatchString(sql):
		return vendorGrant(sql)
	}
	for _, g := range otherGrammars {
		if whole(g.form).MatchString(sql) {
			return nil
		}
	}
	for _, g := range alterGrammars {
		if rest := whole(`ALTER ` + g.words + ` ` + aName + ` SET(?P<rest> .*)`).FindStringSubmatch(sql); rest != nil {
			return properties(g.page, rest[1], g.properties, nil)
		}
	}
	return fmt.Errorf("no grammar for %s", sql)
}

func whole(form string) *regexp.Regexp { return regexp.MustCompile(`(?s)^` + form + `$`) }

func vendorCreate(sql string) error {
	for _, g := range createGrammars {
		rest, ok := strings.CutPrefix(sql, "CREATE "+g.words+" ")
		if !ok {
			continue
		}
		guard := ""
		if g.guarded {
			guard = `(?:IF NOT EXISTS )?`
		}
		m := regexp.MustCompile(`(?s)^` + guard + aName + g.body).FindString(rest)
		if m == "" || !g.guarded && strings.HasPrefix(rest, "IF NOT EXISTS") {
			return fmt.Errorf("%s does not allow %s", g.page, sql)
		}
		return properties(g.page, rest[len(m):], g.properties, g.required)
	}
	return fmt.Errorf("no grammar for %s", sql)
}

// properties reads NAME = value, again and again.
func properties(page, rest string, known map[string]string, required []string) error {
	var seen []string
	for rest != "" {
		m := property.FindStringSubmatch(rest)
		if m == nil {
			return fmt.Errorf("%s: no property in %q", page, rest)
		}
		form, ok := known[m[1]]
		if !ok || slices.Contains(seen, m[1]) {
			return fmt.Errorf("%s: no property %s, or twice", page, m[1])
		}
		seen = append(seen, m[1])
		rest = rest[len(m[0]):]
		value := regexp.MustCompile(`(?s)^` + form).FindString(rest)
		if value == "" {
			return fmt.Errorf("%s: no value of %s in %q", page, m[1], rest)
		}
		rest = rest[len(value):]
	}
	for _, name := range required {
		if !slices.Contains(seen, name) {
			return fmt.Errorf("%s: no %s", page, name)
		}
	}
	return nil
}

func vendorGrant(sql string) error {
	m := grantText.FindStringSubmatch(sql)
	for kind, allowed := range privileges {
		if m[2] == kind || strings.HasPrefix(m[2], kind+" ") {
			if slices.Contains(allowed, m[1]) {
				return nil
			}
			return fmt.Errorf("grant-privilege: %s has no privilege %s", kind, m[1])
		}
	}
	return fmt.Errorf("no grammar for %s", sql)
}

// Every statement is one that the vendor's reference has: to run, to change, to
// take back, to ask.
func TestEveryStatementIsTheVendors(t *testing.T) {
	for name, p := range variants() {
		for _, s := range Set(p).Statements {
			for _, sql := range []string{s.SQL, s.Change, s.Undo, s.Check} {
				if sql != "" {
					require.NoError(t, vendor(sql), "%s: %s", name, s.ID)
				}
			}
		}
	}
}

// The grammar must refuse what Snowflake refuses.
func TestTheVendorRefuses(t *testing.T) {
	for _, sql := range []string{
		`CREATE NETWORK RULE IF NOT EXISTS D.S.R TYPE = IPV4 MODE = INGRESS VALUE_LIST = ('192.0.2.1')`,
		`CREATE NETWORK RULE D.S.R TYPE = IPV4 MODE = INGRESS`,
		`CREATE NETWORK RULE D.S.R TYPE = IP MODE = INGRESS VALUE_LIST = ('192.0.2.1')`,
		`CREATE RESOURCE MONITOR M WITH CREDIT_QUOTA = 1 TRIGGERS ON 100 PERCENT DO STOP`,
		`CREATE USER IF NOT EXISTS U TYPE = ROBOT`,
		`CREATE USER IF NOT EXISTS U TYPE = SERVICE FAVOURITE = 'x'`,
		`CREATE ROLE IF EXISTS R`,
		`CREATE WAREHOUSE IF NOT EXISTS W WITH SIZE = XSMALL`,
		`CREATE STORAGE INTEGRATION I TYPE = EXTERNAL_STAGE STORAGE_PROVIDER = 'S3' ENABLE = TRUE STORAGE_AWS_ROLE_ARN = 'x' STORAGE_ALLOWED_LOCATIONS = ('s3://x/')`,
		`CREATE STORAGE INTEGRATION I TYPE = EXTERNAL_STAGE STORAGE_PROVIDER = 'S3' ENABLED = TRUE STORAGE_AWS_ROLE_ARN = 'x'`,
		`CREATE FILE FORMAT F TYPE = YAML`,
		`ALTER USER U SET DEFAULT_SECONDARY_ROLE = ()`,
		`ALTER WAREHOUSE W SET WAREHOUSE_SIZE = 'TINY'`,
		`GRANT SELECT ON DATABASE D TO ROLE R`,
		`GRANT INSERT ON FUTURE VIEWS IN SCHEMA D.S TO ROLE R`,
		`GRANT ROLE A TO ROLE`,
		`GRANT USAGE ON SCHEMA D.S TO ROLE R; DROP DATABASE D`,
		`DROP SCHEMA D.S`,
	} {
		require.Error(t, vendor(sql), sql)
	}
}

// A CREATE that cannot be run twice has a question to ask first, and says what
// to do where the object is there.
func TestWhatCannotBeRunTwiceAsksFirst(t *testing.T) {
	for name, p := range variants() {
		rules := 0
		for _, s := range Set(p).Statements {
			if strings.HasPrefix(s.SQL, "CREATE ") && !strings.Contains(s.SQL, " IF NOT EXISTS ") {
				rules++
				require.Equal(t, "network rule", s.Object.Type, "%s: %s", name, s.ID)
				require.NotEmpty(t, s.Check, s.ID)
				require.NotEmpty(t, s.Change, s.ID)
			}
		}
		require.Equal(t, 1, rules, name)
	}
}
