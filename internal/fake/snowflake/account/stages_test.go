package account

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// COPY takes rights on the table, the stage and the file format; what it would
// load is not modelled.
func TestCopyChecksWhatItReads(t *testing.T) {
	const noFiles = "000002"
	a, s := fresh(t)
	must(t, a, s, "CREATE ROLE R", "CREATE WAREHOUSE W", "CREATE DATABASE D", "CREATE SCHEMA D.L", "CREATE TABLE D.L.T (A INT)",
		"CREATE FILE FORMAT D.L.F TYPE = JSON", "CREATE FILE FORMAT D.L.G TYPE = JSON",
		"CREATE STORAGE INTEGRATION I TYPE = EXTERNAL_STAGE STORAGE_PROVIDER = 'S3' ENABLED = TRUE STORAGE_AWS_ROLE_ARN = 'arn:aws:iam::1:role/r' STORAGE_ALLOWED_LOCATIONS = ('s3://b/')",
		`CREATE STAGE D.L."my/stage" URL = 's3://b/' STORAGE_INTEGRATION = I FILE_FORMAT = (FORMAT_NAME = 'D.L.F')`, "CREATE STAGE D.L.INSIDE",
		"GRANT USAGE ON DATABASE D TO ROLE R", "GRANT USAGE ON SCHEMA D.L TO ROLE R", "GRANT USAGE ON WAREHOUSE W TO ROLE R", "GRANT INSERT ON TABLE D.L.T TO ROLE R")
	refused := func(sql string) string {
		_, err := as(a, s, "R: "+sql)
		return refusal(err)
	}
	const copies = `COPY INTO D.L.T FROM (SELECT $1 FROM '@D.L.STAGE/a/b/') FILE_FORMAT = (FORMAT_NAME = 'D.L.G') PATTERN = 'x'`
	must(t, a, s, "CREATE STAGE D.L.STAGE URL = 's3://b/' STORAGE_INTEGRATION = I FILE_FORMAT = (FORMAT_NAME = 'D.L.F')")
	require.Equal(t, missingCode, refused(copies))
	must(t, a, s, "GRANT USAGE ON STAGE D.L.STAGE TO ROLE R")
	require.Equal(t, missingCode, refused(copies), "the file format of the stage")
	must(t, a, s, "GRANT USAGE ON FILE FORMAT D.L.F TO ROLE R")
	require.Equal(t, missingCode, refused(copies), "the file format of the statement")
	must(t, a, s, "GRANT USAGE ON FILE FORMAT D.L.G TO ROLE R")
	require.Equal(t, noFiles, refused(copies))
	require.Equal(t, noFiles, refused("COPY INTO D.L.T FROM @D.L.STAGE/a/b"))
	must(t, a, s, "REVOKE INSERT ON TABLE D.L.T FROM ROLE R", "GRANT SELECT ON TABLE D.L.T TO ROLE R")
	require.Equal(t, deniedCode, refused(copies))
	must(t, a, s, "GRANT INSERT ON TABLE D.L.T TO ROLE R", "GRANT USAGE ON STAGE D.L.INSIDE TO ROLE R")
	require.Equal(t, deniedCode, refused("COPY INTO D.L.T FROM @D.L.INSIDE"), "an internal stage takes READ")
	must(t, a, s, "GRANT READ ON STAGE D.L.INSIDE TO ROLE R")
	require.Equal(t, noFiles, refused("COPY INTO D.L.T FROM @D.L.INSIDE"))
	require.Equal(t, missingCode, refused("COPY INTO D.L.T FROM @D.L.NONE"))
	require.Equal(t, missingCode, refused(`COPY INTO D.L.T FROM '@D.L."my/stage"/a'`))
	must(t, a, s, `GRANT USAGE ON STAGE D.L."my/stage" TO ROLE R`)
	require.Equal(t, noFiles, refused(`COPY INTO D.L.T FROM '@D.L."my/stage"/a'`))
	require.Equal(t, noFiles, refused(`COPY INTO D.L.T FROM @D.L."my/stage"`))
}

// The nearest tag decides which policy holds, for each type on its own.
func TestMask(t *testing.T) {
	a, s := fresh(t)
	must(t, a, s, "CREATE WAREHOUSE W", "CREATE DATABASE D", "CREATE SCHEMA D.P", "CREATE SCHEMA D.S", "CREATE TABLE D.S.T (A VARCHAR, B INT)",
		"CREATE TAG D.P.ONE", "CREATE TAG D.P.TWO",
		"CREATE MASKING POLICY D.P.TEXT AS (VAL VARCHAR) RETURNS VARCHAR -> '*'", "CREATE MASKING POLICY D.P.NUMBERS AS (VAL NUMBER) RETURNS NUMBER -> NULL",
		"CREATE MASKING POLICY D.P.OTHER AS (VAL VARCHAR) RETURNS VARCHAR -> '-'",
		"ALTER TAG D.P.ONE SET MASKING POLICY D.P.TEXT", "ALTER TAG D.P.ONE SET MASKING POLICY D.P.NUMBERS", "ALTER TAG D.P.TWO SET MASKING POLICY D.P.OTHER")
	relation := Name{"D", "S", "T"}
	mask := func(column, typ string) string { return a.Mask(relation, column, typ) }
	require.Empty(t, mask("A", "VARCHAR"))
	must(t, a, s, "ALTER SCHEMA D.S SET TAG D.P.ONE = 'yes'")
	require.Equal(t, "'*'", mask("A", "VARCHAR(10)"))
	require.Equal(t, "NULL", mask("B", "NUMBER(38,0)"))
	require.Empty(t, mask("C", "DATE"), "no policy for that type")
	require.Equal(t, "'*'", a.Mask(Name{"D", "S", "TO_COME"}, "A", "VARCHAR"))
	must(t, a, s, "ALTER TABLE D.S.T MODIFY COLUMN A SET TAG D.P.TWO = 'yes'")
	require.Equal(t, "'-'", mask("A", "VARCHAR"))
	require.Equal(t, "'*'", mask("B", "VARCHAR"))
	must(t, a, s, "ALTER SCHEMA D.S UNSET TAG D.P.ONE")
	require.Equal(t, "'-'", mask("A", "VARCHAR"))
	require.Empty(t, mask("B", "NUMBER"))
}
