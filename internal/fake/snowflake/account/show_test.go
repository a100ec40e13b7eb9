package account

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLike(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"ABC", "abc", true}, {"A%", "ABC", true}, {"%C", "ABC", true}, {"A_C", "ABC", true}, {"A_", "ABC", false}, {`A\_C`, "ABC", false}, {`A\_C`, "A_C", true},
		{"%", "", true}, {"", "A", false}, {"%%B%%", "ABC", true}, {`\%`, "%", true}, {"A%C%E", "ABCDE", true}, {"A%C%E", "ABCD", false},
	} {
		assert.Equal(t, c.want, like(c.pattern, c.name), "%s %s", c.pattern, c.name)
	}
}

// rows gives the columns that are asked for of every row of an answer.
func rows(t *testing.T, out *Table, names ...string) [][]string {
	t.Helper()
	var list [][]string
	for _, row := range out.Rows {
		var cells []string
		for _, name := range names {
			found := false
			for i, column := range out.Columns {
				if column.Name != name {
					continue
				}
				found = true
				cell := "NULL"
				if row[i] != nil {
					cell = *row[i]
				}
				cells = append(cells, cell)
			}
			require.True(t, found, "there is no column %s", name)
		}
		list = append(list, cells)
	}
	return list
}

// everything makes one of each kind.
var everything = []string{
	"CREATE DATABASE D COMMENT = 'db'", "CREATE SCHEMA D.S WITH MANAGED ACCESS", "CREATE ROLE R COMMENT = 'role'", "CREATE RESOURCE MONITOR M WITH CREDIT_QUOTA = 744 TRIGGERS ON 80 PERCENT DO NOTIFY ON 90 PERCENT DO NOTIFY ON 100 PERCENT DO SUSPEND",
	"CREATE WAREHOUSE W WITH WAREHOUSE_SIZE = 'XSMALL' AUTO_SUSPEND = 60 RESOURCE_MONITOR = M INITIALLY_SUSPENDED = TRUE", "CREATE USER U TYPE = SERVICE DEFAULT_ROLE = R DEFAULT_SECONDARY_ROLES = ()", "GRANT ROLE R TO USER U",
	"CREATE NETWORK RULE D.S.N TYPE = IPV4 MODE = INGRESS VALUE_LIST = ('192.0.2.1', '192.0.2.0/28')", "CREATE NETWORK POLICY P ALLOWED_NETWORK_RULE_LIST = ('D.S.N')", "ALTER USER U SET NETWORK_POLICY = P",
	"CREATE STORAGE INTEGRATION I TYPE = EXTERNAL_STAGE STORAGE_PROVIDER = 'S3' ENABLED = TRUE STORAGE_AWS_ROLE_ARN = 'arn:x' STORAGE_ALLOWED_LOCATIONS = ('s3://b/')",
	"CREATE FILE FORMAT D.S.F TYPE = JSON", "CREATE STAGE D.S.G URL = 's3://b/' STORAGE_INTEGRATION = I FILE_FORMAT = (FORMAT_NAME = 'D.S.F')",
	"CREATE TAG D.S.T", "CREATE MASKING POLICY D.S.MASK AS (VAL VARCHAR) RETURNS VARCHAR -> '*****'", "ALTER TAG D.S.T SET MASKING POLICY D.S.MASK",
	"CREATE TABLE D.S.TAB (A INT) COMMENT = 'tab'", "CREATE VIEW D.S.VIEW AS SELECT A FROM D.S.TAB", "ALTER SCHEMA D.S SET TAG D.S.T = 'yes'",
	"ALTER USER U ADD PROGRAMMATIC ACCESS TOKEN PAT ROLE_RESTRICTION = 'R' DAYS_TO_EXPIRY = 30", "GRANT SELECT ON FUTURE VIEWS IN SCHEMA D.S TO ROLE R",
	"ALTER USER U SET WORKLOAD_IDENTITY = (TYPE = OIDC ISSUER = 'https://i' SUBJECT = 's')",
}

func TestShowAndDescribe(t *testing.T) {
	a, s := fresh(t)
	must(t, a, s, everything...)
	for _, c := range []struct {
		sql     string
		columns []string
		want    [][]string
	}{
		{"SHOW WAREHOUSES LIKE 'w'", []string{"name", "state", "size", "auto_suspend", "auto_resume", "resource_monitor", "owner"}, [][]string{{"W", "SUSPENDED", "X-Small", "60", "true", "M", "ACCOUNTADMIN"}}},
		{"SHOW RESOURCE MONITORS", []string{"name", "credit_quota", "level", "notify_at", "suspend_at"}, [][]string{{"M", "744.00", "WAREHOUSE", "80%,90%", "100%"}}},
		{"SHOW USERS LIKE 'U'", []string{"name", "type", "default_role", "default_secondary_roles", "has_pat", "has_workload_identity"}, [][]string{{"U", "SERVICE", "R", "[]", "true", "true"}}},
		{"SHOW ROLES LIKE 'R'", []string{"name", "assigned_to_users", "comment", "owner"}, [][]string{{"R", "1", "role", "ACCOUNTADMIN"}}},
		{"SHOW DATABASES", []string{"name", "comment"}, [][]string{{"D", "db"}}},
		{"SHOW SCHEMAS IN DATABASE D", []string{"name", "options"}, [][]string{{"PUBLIC", ""}, {"S", "MANAGED ACCESS"}}},
		{"SHOW TABLES IN SCHEMA D.S", []string{"name", "kind", "comment"}, [][]string{{"TAB", "TABLE", "tab"}}},
		{"SHOW TERSE OBJECTS IN D.S", []string{"name", "kind"}, [][]string{{"TAB", "TABLE"}, {"VIEW", "VIEW"}}},
		{"SHOW VIEWS LIKE 'V%' IN SCHEMA D.S", []string{"name", "text"}, [][]string{{"VIEW", "CREATE VIEW D.S.VIEW AS SELECT A FROM D.S.TAB"}}},
		{"SHOW NETWORK RULES LIKE 'N' IN SCHEMA D.S", []string{"name", "type", "mode", "entries_in_valuelist"}, [][]string{{"N", "IPV4", "INGRESS", "2"}}},
		{"SHOW NETWORK POLICIES", []string{"name", "entries_in_allowed_network_rules", "entries_in_allowed_ip_list"}, [][]string{{"P", "1", "0"}}},
		{"SHOW INTEGRATIONS", []string{"name", "type", "enabled"}, [][]string{{"I", "EXTERNAL_STAGE", "true"}}},
		{"SHOW STAGES IN SCHEMA D.S", []string{"name", "url", "storage_integration"}, [][]string{{"G", "s3://b/", "I"}}},
		{"SHOW FILE FORMATS IN SCHEMA D.S", []string{"name", "type"}, [][]string{{"F", "JSON"}}},
		{"SHOW TAGS IN SCHEMA D.S", []string{"name"}, [][]string{{"T"}}},
		{"SHOW MASKING POLICIES IN DATABASE D", []string{"name", "kind"}, [][]string{{"MASK", "MASKING_POLICY"}}},
		{"SHOW USER PROGRAMMATIC ACCESS TOKENS FOR USER U", []string{"name", "role_restriction", "status", "expires_at"}, [][]string{{"PAT", "R", "ACTIVE", "1798200000.000000000"}}},
		{"SHOW USER WORKLOAD IDENTITY AUTHENTICATION METHODS FOR USER U", []string{"type", "additional_info"}, [][]string{{"OIDC", `{"issuer":"https://i","subject":"s"}`}}},
		{"SHOW PARAMETERS LIKE 'NETWORK_POLICY' IN USER U", []string{"key", "value", "level"}, [][]string{{"NETWORK_POLICY", "P", "USER"}}},
		{"SHOW GRANTS ON VIEW D.S.VIEW", []string{"privilege", "granted_on", "name", "grantee_name"}, [][]string{{"OWNERSHIP", "VIEW", "D.S.VIEW", "ACCOUNTADMIN"}}},
		{"SHOW GRANTS OF ROLE R", []string{"role", "granted_to", "grantee_name"}, [][]string{{"R", "USER", "U"}}},
		{"SHOW GRANTS TO USER U", []string{"role", "grantee_name"}, [][]string{{"R", "U"}}},
		{"SHOW FUTURE GRANTS TO ROLE R", []string{"privilege", "grant_on", "name"}, [][]string{{"SELECT", "VIEW", "D.S.<VIEW>"}}},
		{"DESCRIBE NETWORK RULE D.S.N", []string{"value_list"}, [][]string{{"192.0.2.1,192.0.2.0/28"}}},
		{"DESC NETWORK POLICY P", []string{"name", "value"}, [][]string{{"ALLOWED_NETWORK_RULE_LIST", `[{"fullyQualifiedRuleName":"D.S.N"}]`}}},
		{"DESC MASKING POLICY D.S.MASK", []string{"signature", "return_type", "body"}, [][]string{{"(VAL VARCHAR)", "VARCHAR", "'*****'"}}},
		{"SELECT 1 FROM TABLE(D.INFORMATION_SCHEMA.POLICY_REFERENCES(POLICY_NAME => 'D.S.MASK')) WHERE REF_ENTITY_NAME = 'T'", []string{"1"}, [][]string{{"1"}}},
		{"SELECT POLICY_NAME, REF_ENTITY_NAME FROM TABLE(INFORMATION_SCHEMA.POLICY_REFERENCES(POLICY_NAME => 'D.S.MASK'))", []string{"POLICY_NAME", "REF_ENTITY_NAME"}, [][]string{{"MASK", "T"}}},
	} {
		out, err := a.Run(s, c.sql)
		require.NoError(t, err, c.sql)
		require.Equal(t, c.want, rows(t, out, c.columns...), c.sql)
	}
}

func TestIntegrationHandshake(t *testing.T) {
	a, s := fresh(t)
	must(t, a, s, everything...)
	value := func(property string) string {
		out, err := a.Run(s, "DESC INTEGRATION I")
		require.NoError(t, err)
		for _, row := range rows(t, out, "property", "property_value") {
			if row[0] == property {
				return row[1]
			}
		}
		return ""
	}
	id := value("STORAGE_AWS_EXTERNAL_ID")
	require.NotEmpty(t, id)
	require.Contains(t, value("STORAGE_AWS_IAM_USER_ARN"), "arn:aws:iam::")
	must(t, a, s, "ALTER STORAGE INTEGRATION I SET STORAGE_ALLOWED_LOCATIONS = ('s3://c/')")
	require.Equal(t, id, value("STORAGE_AWS_EXTERNAL_ID"), "a change keeps it")
	_, err := a.Run(s, "ALTER STAGE D.S.G SET URL = 's3://elsewhere/'")
	require.ErrorContains(t, err, "not allowed by integration")
	_, err = a.Run(s, "DROP INTEGRATION I")
	require.Equal(t, "001492", refusal(err), "a stage uses it")
	must(t, a, s, "DROP STAGE D.S.G", "CREATE OR REPLACE STORAGE INTEGRATION I TYPE = EXTERNAL_STAGE STORAGE_PROVIDER = 'S3' ENABLED = FALSE STORAGE_AWS_ROLE_ARN = 'arn:x' STORAGE_ALLOWED_LOCATIONS = ('s3://b/')")
	require.NotEqual(t, id, value("STORAGE_AWS_EXTERNAL_ID"), "a new one has another")
	_, err = a.Run(s, "CREATE STAGE D.S.G URL = 's3://b/' STORAGE_INTEGRATION = I")
	require.ErrorContains(t, err, "not enabled")
}

func TestWhatIsInUseStays(t *testing.T) {
	a, s := fresh(t)
	must(t, a, s, everything...)
	for _, sql := range []string{"DROP NETWORK RULE D.S.N", "DROP NETWORK POLICY P", "DROP MASKING POLICY D.S.MASK", "DROP INTEGRATION I"} {
		_, err := a.Run(s, sql)
		require.Equal(t, "001492", refusal(err), sql)
	}
	_, err := a.Run(s, "ALTER TAG D.S.T SET MASKING POLICY D.S.MASK")
	require.ErrorContains(t, err, "already has a masking policy")
	must(t, a, s, "ALTER USER U UNSET NETWORK_POLICY", "DROP NETWORK POLICY P", "DROP NETWORK RULE D.S.N", "ALTER TAG D.S.T UNSET MASKING POLICY D.S.MASK", "DROP MASKING POLICY D.S.MASK",
		"DROP TAG D.S.T", "DROP USER U", "DROP ROLE R", "DROP SCHEMA D.S", "DROP WAREHOUSE W", "DROP RESOURCE MONITOR M", "DROP DATABASE D")
	require.NotContains(t, a.Snapshot(), "D.S")
}
