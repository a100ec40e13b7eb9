package fakesnowflake

import (
	"context"
	"strings"
	"testing"

	"github.com/snowflakedb/gosnowflake"
	"github.com/stretchr/testify/require"
)

func TestLogAndFaults(t *testing.T) {
	s := Start(t)
	db := person(t, s, "ACCOUNTADMIN")
	var seen []string
	s.OnStatement(func(n int, sql string) { seen = append(seen, sql) })
	s.FailNth(2, nil)
	s.DropReplyNth(3)

	_, err := db.ExecContext(gosnowflake.WithQueryTag(context.Background(), "tapestry-ci"), "CREATE ROLE A")
	require.NoError(t, err)
	_, err = db.Exec("CREATE ROLE B")
	require.Equal(t, 603, code(t, err))
	_, err = db.Exec("CREATE ROLE C")
	require.Error(t, err, "its answer is lost")
	_, err = db.Exec("CREATE ROLE A")
	require.Equal(t, 2002, code(t, err))

	log := s.Statements()
	require.Len(t, log, 4, "no statement is sent twice")
	require.Equal(t, Statement{N: 1, User: Admin, Role: "ACCOUNTADMIN", Tag: "tapestry-ci", SQL: "CREATE ROLE A"}, log[0])
	require.Contains(t, log[1].Error, "told to refuse")
	require.Empty(t, log[2].Error)
	require.Contains(t, log[3].Error, "already exists")
	require.Equal(t, []string{"CREATE ROLE A", "CREATE ROLE B", "CREATE ROLE C", "CREATE ROLE A"}, seen)
	snapshot := s.Snapshot()
	require.Contains(t, snapshot, "role A owner ACCOUNTADMIN")
	require.NotContains(t, snapshot, "role B owner")
	require.Contains(t, snapshot, "role C owner", "it was done")

	require.NoError(t, s.Reset(t.Context()))
	require.Empty(t, s.Statements())
	require.NotContains(t, s.Snapshot(), "role A owner")
	_, err = db.Exec("SELECT 1")
	require.Equal(t, 390104, code(t, err), "the session is over")
}

// What fakesnow fails at comes back as a refusal, once.
func TestEngineFailures(t *testing.T) {
	s := Start(t)
	db := person(t, s, "ACCOUNTADMIN")
	for _, query := range []string{"CREATE WAREHOUSE W", "CREATE DATABASE D", "CREATE TABLE T (A INT, B VARCHAR)", "CREATE STAGE S"} {
		_, err := db.Exec(query)
		require.NoError(t, err, query)
	}
	for query, want := range map[string]int{
		"SELECT NONSENSE FROM T":             904,
		"SELECT FROM WHERE":                  1003,
		"SELECT A FROM T; SELECT B FROM T":   8,
		"COPY INTO T FROM @S":                2,
		"CREATE TABLE X (A NO_SUCH_TYPE(1))": 1003,
		"SELECT 1 +":                         1003,
		"":                                   900,
		"GRANT FLY ON NOTHING":               1003,
		"MERGE INTO T USING T ON TRUE WHEN":  1003,
		"ALTER TABLE T MODIFY COLUMN NO SET TAG D.PUBLIC.G = 'x'": 2003,
		"SELECT NO_SUCH_FUNCTION(A) FROM T":                       0,
	} {
		before := len(s.Statements())
		_, err := db.Exec(query)
		got := code(t, err)
		if want == 0 {
			require.NotZero(t, got, query)
		} else {
			require.Equal(t, want, got, "%s: %v", query, err)
		}
		require.Len(t, s.Statements(), before+1, query)
	}
}

func TestRowsAndTransactions(t *testing.T) {
	s := Start(t)
	db := person(t, s, "ACCOUNTADMIN")
	must := func(query string, args ...any) {
		t.Helper()
		_, err := db.Exec(query, args...)
		require.NoError(t, err, query)
	}
	count := func() (n int) {
		require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM D.PUBLIC.T").Scan(&n))
		return n
	}
	must("CREATE DATABASE D")
	must("CREATE TABLE T (A INT, B VARCHAR)")
	_, err := db.Exec("INSERT INTO T VALUES (1, 'x')")
	require.Equal(t, 606, code(t, err), "no warehouse yet")
	must("CREATE WAREHOUSE W")
	must("INSERT INTO T VALUES (?, ?)", 1, "it's")
	must("BEGIN")
	must("INSERT INTO T VALUES (2, 'b')")
	must("ROLLBACK")
	require.Equal(t, 1, count())
	must("BEGIN")
	must("INSERT INTO T VALUES (3, 'c')")
	must("CREATE ROLE R") // commits
	must("ROLLBACK")
	require.Equal(t, 2, count())
	result, err := db.Exec("UPDATE T SET B = 'd' WHERE A = 3")
	require.NoError(t, err)
	n, err := result.RowsAffected()
	require.NoError(t, err)
	require.EqualValues(t, 1, n)

	must(`CREATE SCHEMA D."raw.zoom"`)
	must(`CREATE TABLE D."raw.zoom"."jon.doe@x.example" AS SELECT A FROM D.PUBLIC.T`)
	require.NoError(t, db.QueryRow(`SELECT COUNT(*) FROM "jon.doe@x.example"`).Scan(&n))
	require.EqualValues(t, 2, n)
	must("CREATE OR REPLACE VIEW D.PUBLIC.V AS SELECT X.A FROM D.PUBLIC.T X")
	must("ALTER TABLE D.PUBLIC.T RENAME TO D.PUBLIC.T2")
	_, err = db.Exec("SELECT * FROM D.PUBLIC.V")
	require.Equal(t, 2037, code(t, err), "what the view reads is not there any more")
	must("DROP DATABASE D")
	must("CREATE DATABASE D")
	_, err = db.Exec("SELECT * FROM D.PUBLIC.T2")
	require.Equal(t, 2003, code(t, err))
	require.False(t, strings.Contains(s.Snapshot(), "T2"))
}

// INFORMATION_SCHEMA shows what the role may see.
func TestInformationSchema(t *testing.T) {
	s := Start(t)
	db := person(t, s, "ACCOUNTADMIN")
	for _, query := range []string{
		"CREATE WAREHOUSE W", "CREATE DATABASE D", "CREATE TABLE SEEN (A INT)", "CREATE TABLE HIDDEN (B INT)", "CREATE ROLE R", "GRANT ROLE R TO USER ADMIN",
		"GRANT USAGE ON DATABASE D TO ROLE R", "GRANT USAGE ON SCHEMA D.PUBLIC TO ROLE R", "GRANT SELECT ON TABLE D.PUBLIC.SEEN TO ROLE R", "GRANT USAGE ON WAREHOUSE W TO ROLE R",
		"USE SECONDARY ROLES NONE",
	} {
		_, err := db.Exec(query)
		require.NoError(t, err, query)
	}
	names := func() (out []string) {
		rows, err := db.Query("SELECT COLUMN_NAME FROM D.INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = 'PUBLIC' ORDER BY 1")
		require.NoError(t, err)
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var name string
			require.NoError(t, rows.Scan(&name))
			out = append(out, name)
		}
		return out
	}
	require.Equal(t, []string{"A", "B"}, names())
	_, err := db.Exec("USE ROLE R")
	require.NoError(t, err)
	require.Equal(t, []string{"A"}, names())
}

// A statement that is not waited for gives its answer later.
func TestAsync(t *testing.T) {
	s := Start(t)
	db := person(t, s, "ACCOUNTADMIN")
	rows, err := db.QueryContext(gosnowflake.WithAsyncMode(context.Background()), "SHOW ROLES LIKE 'PUBLIC'")
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	require.True(t, rows.Next())
}
