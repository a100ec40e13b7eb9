package account

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var day = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// fresh gives an account with one administrator, signed in without secondary
// roles.
func fresh(t testing.TB) (*Account, *Session) {
	t.Helper()
	n := 0
	a := New("FAKE", func() time.Time { return day }, func() string { n++; return fmt.Sprintf("secret%d", n) })
	a.AddPerson("ADMIN", "pw")
	s, err := a.SignIn(Credentials{Login: "admin", Password: "pw"})
	require.NoError(t, err)
	require.Equal(t, "ACCOUNTADMIN", s.Role)
	s.Secondary = false
	return a, s
}

// must runs statements; "R: …" runs one as the role R.
func must(t testing.TB, a *Account, s *Session, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		_, err := as(a, s, sql)
		require.NoError(t, err, sql)
	}
}

func as(a *Account, s *Session, sql string) (*Table, error) {
	if name, rest, ok := strings.Cut(sql, ": "); ok && plain.MatchString(name) {
		other := *s
		other.Role = name
		return a.Run(&other, rest)
	}
	return a.Run(s, sql)
}

// refusal gives the code of an error.
func refusal(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

const (
	missingCode = "002003"
	deniedCode  = "003001"
	syntaxCode  = "001003"
)

// What the grammar does not know is refused.
func TestRefusedGrammar(t *testing.T) {
	for sql, want := range map[string]string{
		"GRANT FLY ON NOTHING":                          syntaxCode,
		"GRANT SELECT ON DATABASE D TO ROLE R":          syntaxCode,
		"GRANT USAGE ON SCHEMA D.S TO ROLE":             syntaxCode,
		"GRANT ROLE A TO ROLE":                          syntaxCode,
		"GRANT ROLE A TO B":                             syntaxCode,
		"GRANT OWNERSHIP ON ACCOUNT TO ROLE R":          syntaxCode,
		"GRANT SELECT ON FUTURE ROLES IN SCHEMA S TO R": syntaxCode,
		"GRANT USAGE ON SCHEMA A.B.C.D TO ROLE R":       syntaxCode,
		"USE WAREHOUSE":                                 syntaxCode,
		"CREATE USER U TYPE = ROBOT":                    "001008",
		"CREATE USER U FAVOURITE = 'x'":                 "001420",
		"CREATE USER U TYPE SERVICE":                    syntaxCode,
		"CREATE USER U COMMENT = 'a' COMMENT = 'b'":     "001059",
		"CREATE ROLE R IF NOT EXISTS":                   syntaxCode,
		"CREATE OR REPLACE ROLE IF NOT EXISTS R":        "001422",
		"CREATE NETWORK RULE IF NOT EXISTS R TYPE = X":  syntaxCode,
		"CREATE NETWORK RULE R TYPE = IPV4":             "002098",
		"CREATE STORAGE INTEGRATION I TYPE = EXTERNAL_STAGE STORAGE_PROVIDER = 'S3' ENABLED = TRUE STORAGE_AWS_ROLE_ARN = 'x'": "002098",
		"CREATE RESOURCE MONITOR M WITH CREDIT_QUOTA = 1 TRIGGERS":                                                             syntaxCode,
		"CREATE VIEW V":                         syntaxCode,
		"CREATE TABLE T":                        syntaxCode,
		"ALTER WAREHOUSE W SET":                 syntaxCode,
		"ALTER WAREHOUSE W SET SPEED = 1":       "001420",
		"ALTER SCHEMA S ENABLE":                 syntaxCode,
		"DROP ROLE":                             syntaxCode,
		"DROP SOMETHING X":                      syntaxCode,
		"SHOW SOMETHING":                        syntaxCode,
		"SHOW ROLES LIKE X":                     syntaxCode,
		"VACUUM":                                syntaxCode,
		"CREATE ROLE A; CREATE ROLE B":          "000008",
		"CREATE ROLE A;":                        "",
		" ; ":                                   "000900",
		"-- nothing":                            "000900",
		"CREATE ROLE 'A'":                       syntaxCode,
		`CREATE ROLE "a`:                        syntaxCode,
		"ALTER USER U ADD PROGRAMMATIC TOKEN T": syntaxCode,
		"ALTER TABLE T SET SOMETHING = 1":       syntaxCode,
		"REVOKE OWNERSHIP ON ROLE R TO ROLE B":  syntaxCode,
		"CREATE MASKING POLICY P AS (V INT) RETURNS INT": syntaxCode,
		"CREATE TAG T SOMETHING = 1":                     "001420",
	} {
		a, s := fresh(t)
		_, err := a.Run(s, sql)
		assert.Equal(t, want, refusal(err), "%s: %v", sql, err)
	}
}

func TestNamesFoldAndQuote(t *testing.T) {
	a, s := fresh(t)
	must(t, a, s, `create role r`, `CREATE ROLE "r"`, `CREATE USER "jon.doe@x.example" DEFAULT_ROLE = "r"`, `GRANT ROLE "r" TO USER "jon.doe@x.example"`,
		`CREATE DATABASE D`, `CREATE SCHEMA D."raw.zoom"`)
	_, err := a.Run(s, "CREATE ROLE R")
	require.Equal(t, "002002", refusal(err))
	_, err = a.Run(s, "GRANT ROLE R TO USER JON")
	require.Equal(t, missingCode, refusal(err))
	require.Equal(t, []string{"r"}, a.rolesOf("jon.doe@x.example"))
	require.Contains(t, a.Snapshot(), `schema D."raw.zoom" owner ACCOUNTADMIN`)
}

// A thing that is not there and one that the role may not know of give the same
// answer, but for the name.
func TestMissingAndHiddenAreTheSame(t *testing.T) {
	a, s := fresh(t)
	must(t, a, s, "CREATE DATABASE D", "CREATE ROLE R", "CREATE TABLE D.PUBLIC.T (A INT)", "CREATE WAREHOUSE W", "GRANT USAGE ON DATABASE D TO ROLE R",
		"GRANT USAGE ON SCHEMA D.PUBLIC TO ROLE R", "GRANT USAGE ON WAREHOUSE W TO ROLE R")
	for _, pair := range [][2]string{
		{"R: SELECT * FROM D.PUBLIC.T", "R: SELECT * FROM D.PUBLIC.X"},
		{"R: DROP TABLE D.PUBLIC.T", "R: DROP TABLE D.PUBLIC.X"},
		{"R: GRANT SELECT ON TABLE D.PUBLIC.T TO ROLE R", "R: GRANT SELECT ON TABLE D.PUBLIC.X TO ROLE R"},
		{"R: DESCRIBE TABLE D.PUBLIC.T", "R: DESCRIBE TABLE D.PUBLIC.X"},
	} {
		_, hidden := as(a, s, pair[0])
		_, missing := as(a, s, pair[1])
		require.EqualError(t, hidden, strings.Replace(missing.Error(), "PUBLIC.X", "PUBLIC.T", 1))
		require.Equal(t, missingCode, refusal(hidden))
	}
	must(t, a, s, "GRANT INSERT ON TABLE D.PUBLIC.T TO ROLE R")
	_, err := as(a, s, "R: SELECT * FROM D.PUBLIC.T")
	require.Equal(t, deniedCode, refusal(err), "now the role knows of it")
}

// Each statement takes a right, and with it, it goes.
func TestRights(t *testing.T) {
	for _, c := range []struct{ statement, right string }{
		{"CREATE ROLE X", "GRANT CREATE ROLE ON ACCOUNT TO ROLE R"},
		{"CREATE USER X", "GRANT CREATE USER ON ACCOUNT TO ROLE R"},
		{"CREATE DATABASE X", "GRANT CREATE DATABASE ON ACCOUNT TO ROLE R"},
		{"CREATE WAREHOUSE X", "GRANT CREATE WAREHOUSE ON ACCOUNT TO ROLE R"},
		{"CREATE NETWORK POLICY X", "GRANT CREATE NETWORK POLICY ON ACCOUNT TO ROLE R"},
		{"CREATE SCHEMA D.X", "GRANT CREATE SCHEMA ON DATABASE D TO ROLE R"},
		{"CREATE TABLE D.S.X (A INT)", "GRANT CREATE TABLE ON SCHEMA D.S TO ROLE R"},
		{"CREATE VIEW D.S.X AS SELECT 1 AS A", "GRANT CREATE VIEW ON SCHEMA D.S TO ROLE R"},
		{"CREATE TAG D.S.X", "GRANT CREATE TAG ON SCHEMA D.S TO ROLE R"},
		{"CREATE NETWORK RULE D.S.X TYPE = IPV4 VALUE_LIST = ('192.0.2.1')", "GRANT CREATE NETWORK RULE ON SCHEMA D.S TO ROLE R"},
		{"SELECT * FROM D.S.T", "GRANT SELECT ON TABLE D.S.T TO ROLE R"},
		{"SELECT * FROM D.S.T", "GRANT ALL ON ALL TABLES IN SCHEMA D.S TO ROLE R"},
		{"INSERT INTO D.S.T VALUES (1)", "GRANT INSERT ON TABLE D.S.T TO ROLE R"},
		{"UPDATE D.S.T SET A = 1", "GRANT UPDATE ON TABLE D.S.T TO ROLE R"},
		{"DELETE FROM D.S.T", "GRANT DELETE ON TABLE D.S.T TO ROLE R"},
		{"TRUNCATE TABLE D.S.T", "GRANT TRUNCATE ON TABLE D.S.T TO ROLE R"},
		{"ALTER TABLE D.S.T ADD COLUMN B INT", "GRANT OWNERSHIP ON TABLE D.S.T TO ROLE R"},
		{"DROP TABLE D.S.T", "GRANT OWNERSHIP ON TABLE D.S.T TO ROLE R"},
		{"GRANT SELECT ON TABLE D.S.T TO ROLE PUBLIC", "GRANT SELECT ON TABLE D.S.T TO ROLE R WITH GRANT OPTION"},
		{"GRANT SELECT ON TABLE D.S.T TO ROLE PUBLIC", "GRANT MANAGE GRANTS ON ACCOUNT TO ROLE R"},
		{"GRANT SELECT ON FUTURE TABLES IN SCHEMA D.S TO ROLE PUBLIC", "GRANT MANAGE GRANTS ON ACCOUNT TO ROLE R"},
		{"ALTER WAREHOUSE W SET AUTO_SUSPEND = 1", "GRANT MODIFY ON WAREHOUSE W TO ROLE R"},
		{"ALTER WAREHOUSE W SUSPEND", "GRANT OPERATE ON WAREHOUSE W TO ROLE R"},
		{"ALTER USER U SET COMMENT = 'x'", "GRANT OWNERSHIP ON USER U TO ROLE R"},
		{"ALTER USER U UNSET RSA_PUBLIC_KEY", "GRANT MODIFY PROGRAMMATIC AUTHENTICATION METHODS ON USER U TO ROLE R"},
		{"GRANT ROLE OTHER TO USER U", "GRANT OWNERSHIP ON ROLE OTHER TO ROLE R"},
		{"USE DATABASE D", ""},
		{"SHOW GRANTS TO ROLE R", ""},
	} {
		a, s := fresh(t)
		must(t, a, s, "CREATE DATABASE D", "CREATE SCHEMA D.S", "CREATE TABLE D.S.T (A INT)", "CREATE WAREHOUSE W", "CREATE USER U", "CREATE ROLE OTHER", "CREATE ROLE R",
			"GRANT USAGE ON DATABASE D TO ROLE R", "GRANT USAGE ON SCHEMA D.S TO ROLE R", "GRANT REFERENCES ON TABLE D.S.T TO ROLE R", "GRANT USAGE ON WAREHOUSE W TO ROLE R")
		if c.right != "" {
			_, err := as(a, s, "R: "+c.statement)
			require.Contains(t, []string{deniedCode, missingCode}, refusal(err), c.statement)
			must(t, a, s, strings.Replace(c.right, "GRANT OWNERSHIP ON TABLE D.S.T TO ROLE R", "GRANT OWNERSHIP ON TABLE D.S.T TO ROLE R COPY CURRENT GRANTS", 1))
		}
		must(t, a, s, "R: "+c.statement)
	}
}

func TestRolesInheritAndDoNotCircle(t *testing.T) {
	a, s := fresh(t)
	must(t, a, s, "CREATE ROLE LOW", "CREATE ROLE MID", "CREATE ROLE TOP", "GRANT ROLE LOW TO ROLE MID", "GRANT ROLE MID TO ROLE TOP",
		"GRANT CREATE DATABASE ON ACCOUNT TO ROLE LOW", "TOP: CREATE DATABASE D")
	require.Contains(t, a.Snapshot(), "database D owner TOP")
	_, err := as(a, s, "LOW: CREATE SCHEMA D.S")
	require.Equal(t, missingCode, refusal(err), "the owner is above")
	_, err = a.Run(s, "GRANT ROLE TOP TO ROLE LOW")
	require.ErrorContains(t, err, "circle")
	must(t, a, s, "REVOKE ROLE LOW FROM ROLE MID")
	_, err = as(a, s, "TOP: CREATE DATABASE E")
	require.Equal(t, deniedCode, refusal(err))
}

func TestSecondaryRoles(t *testing.T) {
	a, s := fresh(t)
	must(t, a, s, "CREATE DATABASE D", "CREATE TABLE D.PUBLIC.T (A INT)", "CREATE ROLE R", "CREATE WAREHOUSE W", "GRANT USAGE ON WAREHOUSE W TO ROLE R", "GRANT ROLE R TO USER ADMIN", "USE ROLE R")
	_, err := a.Run(s, "SELECT * FROM D.PUBLIC.T")
	require.Equal(t, missingCode, refusal(err))
	must(t, a, s, "USE SECONDARY ROLES ALL", "SELECT * FROM D.PUBLIC.T")
	_, err = a.Run(s, "CREATE TABLE D.PUBLIC.X (A INT)")
	require.Equal(t, deniedCode, refusal(err), "they make nothing")
	_, err = a.Run(s, "USE ROLE NOBODY")
	require.Equal(t, missingCode, refusal(err))
	must(t, a, s, "USE ROLE ACCOUNTADMIN", "CREATE ROLE FREE", "GRANT OWNERSHIP ON ROLE FREE TO ROLE R")
	_, err = a.Run(s, "USE ROLE FREE")
	require.Equal(t, "003013", refusal(err), "to own a role is not to have it")
}

// In a schema with managed access only its owner grants.
func TestManagedAccess(t *testing.T) {
	a, s := fresh(t)
	must(t, a, s, "CREATE DATABASE D", "CREATE SCHEMA D.S WITH MANAGED ACCESS", "CREATE ROLE R", "CREATE ROLE OWNER", "GRANT USAGE ON DATABASE D TO ROLE R", "GRANT USAGE ON DATABASE D TO ROLE OWNER",
		"GRANT USAGE, CREATE TABLE ON SCHEMA D.S TO ROLE R", "GRANT OWNERSHIP ON SCHEMA D.S TO ROLE OWNER COPY CURRENT GRANTS", "R: CREATE TABLE D.S.T (A INT)")
	_, err := as(a, s, "R: GRANT SELECT ON TABLE D.S.T TO ROLE PUBLIC")
	require.Equal(t, deniedCode, refusal(err))
	must(t, a, s, "GRANT REFERENCES ON TABLE D.S.T TO ROLE OWNER", "OWNER: GRANT SELECT ON TABLE D.S.T TO ROLE PUBLIC", "OWNER: GRANT SELECT ON FUTURE TABLES IN SCHEMA D.S TO ROLE PUBLIC")
	must(t, a, s, "OWNER: ALTER SCHEMA D.S DISABLE MANAGED ACCESS", "R: GRANT SELECT ON TABLE D.S.T TO ROLE OWNER")
	_, err = as(a, s, "OWNER: GRANT SELECT ON FUTURE TABLES IN SCHEMA D.S TO ROLE R")
	require.Equal(t, deniedCode, refusal(err))
}

// Grants to come apply to what is made, and not to what is renamed or swapped in;
// what is renamed or swapped keeps its own.
func TestFutureGrants(t *testing.T) {
	a, s := fresh(t)
	must(t, a, s, "CREATE DATABASE D", "CREATE SCHEMA D.S", "CREATE SCHEMA D.X", "CREATE ROLE R", "CREATE ROLE DB",
		"GRANT SELECT ON FUTURE TABLES IN DATABASE D TO ROLE DB", "GRANT SELECT ON FUTURE TABLES IN SCHEMA D.S TO ROLE R", "GRANT SELECT ON FUTURE VIEWS IN SCHEMA D.S TO ROLE R",
		"CREATE TABLE D.S.MADE (A INT)", "CREATE TABLE D.X.OTHER (A INT)", "ALTER TABLE D.X.OTHER RENAME TO D.S.MOVED", "CREATE VIEW D.S.V AS SELECT 1 AS A")
	selects := func(name ...string) []string {
		var out []string
		for _, g := range a.get(table, name).Grants {
			out = append(out, g.Privilege+" "+g.To)
		}
		return out
	}
	require.Equal(t, []string{"SELECT R"}, selects("D", "S", "MADE"), "those on the schema come before those on the database")
	require.Equal(t, []string{"SELECT DB"}, selects("D", "S", "MOVED"), "it keeps what it had")
	require.Equal(t, []string{"SELECT R"}, selects("D", "S", "V"))
	must(t, a, s, "CREATE TABLE D.X.NEW (A INT)", "ALTER TABLE D.S.MADE SWAP WITH D.X.NEW")
	require.Equal(t, []string{"SELECT DB"}, selects("D", "S", "MADE"))
	require.Equal(t, []string{"SELECT R"}, selects("D", "X", "NEW"))
	must(t, a, s, "GRANT INSERT ON TABLE D.S.MADE TO ROLE R", "CREATE OR REPLACE TABLE D.S.MADE (A INT)")
	require.Equal(t, []string{"SELECT R"}, selects("D", "S", "MADE"), "it is new, and so are its grants")
	must(t, a, s, "GRANT INSERT ON TABLE D.S.MADE TO ROLE DB", "CREATE OR REPLACE TABLE D.S.MADE COPY GRANTS (A INT)")
	require.Equal(t, []string{"SELECT R", "INSERT DB"}, selects("D", "S", "MADE"))
	must(t, a, s, "GRANT OWNERSHIP ON FUTURE TABLES IN SCHEMA D.X TO ROLE R", "CREATE TABLE D.X.OWNED (A INT)")
	require.Equal(t, "R", a.get(table, Name{"D", "X", "OWNED"}).Owner)
	must(t, a, s, "REVOKE SELECT ON FUTURE TABLES IN SCHEMA D.S FROM ROLE R")
	out, err := a.Run(s, "SHOW FUTURE GRANTS IN SCHEMA D.S")
	require.NoError(t, err)
	require.Len(t, out.Rows, 1)
	require.Equal(t, "D.S.<VIEW>", *out.Rows[0][3])
}

func TestOwnershipSaysWhatBecomesOfGrants(t *testing.T) {
	a, s := fresh(t)
	must(t, a, s, "CREATE DATABASE D", "CREATE ROLE R", "GRANT USAGE ON DATABASE D TO ROLE PUBLIC")
	_, err := a.Run(s, "GRANT OWNERSHIP ON DATABASE D TO ROLE R")
	require.Equal(t, "003036", refusal(err))
	must(t, a, s, "GRANT OWNERSHIP ON DATABASE D TO ROLE R COPY CURRENT GRANTS")
	require.Contains(t, a.Snapshot(), "database D owner R\n  grant USAGE to role PUBLIC by R")
	must(t, a, s, "GRANT OWNERSHIP ON DATABASE D TO ROLE ACCOUNTADMIN REVOKE CURRENT GRANTS")
	require.NotContains(t, a.Snapshot(), "grant USAGE to role PUBLIC")
	must(t, a, s, "GRANT CREATE DATABASE ON ACCOUNT TO ROLE R", "R: CREATE DATABASE E", "DROP ROLE R")
	require.Contains(t, a.Snapshot(), "database E owner ACCOUNTADMIN", "who drops the role gets what it owned")
	require.NotContains(t, a.Snapshot(), " R\n")
}

// An account that ends in the same state gives the same text, however it got there.
func TestSnapshotIsOfTheState(t *testing.T) {
	run := func(statements ...string) string {
		a, s := fresh(t)
		must(t, a, s, statements...)
		return a.Snapshot()
	}
	require.Equal(t,
		run("CREATE ROLE A", "CREATE ROLE B", "GRANT CREATE USER ON ACCOUNT TO ROLE A", "GRANT CREATE USER ON ACCOUNT TO ROLE B"),
		run("CREATE ROLE B", "CREATE ROLE C", "CREATE ROLE A", "DROP ROLE C", "GRANT CREATE USER ON ACCOUNT TO ROLE B", "GRANT CREATE USER ON ACCOUNT TO ROLE A", "GRANT CREATE USER ON ACCOUNT TO ROLE A"))
	require.NotEqual(t, run("CREATE ROLE A"), run("CREATE ROLE A COMMENT = 'x'"))
}

func FuzzParse(f *testing.F) {
	for _, sql := range []string{
		"CREATE USER U TYPE = SERVICE WORKLOAD_IDENTITY = (TYPE = OIDC ISSUER = 'a' SUBJECT = 'b')", "GRANT SELECT, INSERT ON FUTURE TABLES IN SCHEMA D.S TO ROLE R",
		"CREATE MASKING POLICY P AS (V NUMBER(1,2)) RETURNS NUMBER -> CASE WHEN TRUE THEN V END COMMENT = 'x'", "SHOW ROLES LIKE '%' IN ACCOUNT LIMIT 1",
		"CREATE OR REPLACE TABLE T COPY GRANTS CLONE S", "WITH X AS (SELECT 1) SELECT * FROM X JOIN (A, B) USING (C) WHERE EXTRACT(YEAR FROM D)", "ALTER TABLE T MODIFY COLUMN C SET TAG G = 'x'",
		"SELECT 1 FROM TABLE(D.INFORMATION_SCHEMA.POLICY_REFERENCES(POLICY_NAME => 'D.S.P')) WHERE REF_ENTITY_NAME = 'X'", "COMMENT ON COLUMN A.B.C.D IS 'x'", "MERGE INTO T USING S ON 1 WHEN MATCHED THEN DELETE",
		"CREATE TEMPORARY VIEW", "SHOW COLUMNS IN", "ALTER USER ADD PAT X", "CREATE RESOURCE MONITOR M TRIGGERS ON 1 PERCENT DO NOTIFY", ";", "USE", "(", "SELECT CURRENT_ROLE(",
	} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		a, s := fresh(t)
		s.Database, s.Schema = "D", "S"
		plan, err := a.Prepare(s, sql)
		if err == nil {
			plan.Then()
			_ = a.Snapshot()
		}
	})
}
