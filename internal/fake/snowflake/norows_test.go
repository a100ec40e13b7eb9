package fakesnowflake

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// An account without rows decides as one with them does, and has none.
func TestAccountWithoutRows(t *testing.T) {
	s := StartAccount(t)
	for range 2 {
		db := person(t, s, "ACCOUNTADMIN")
		for _, query := range []string{"CREATE WAREHOUSE W", "CREATE DATABASE D", "CREATE TABLE T (A INT)", "INSERT INTO T VALUES (1)", "CREATE VIEW V AS SELECT A FROM T", "CREATE ROLE R"} {
			_, err := db.Exec(query)
			require.NoError(t, err, query)
		}
		for query, want := range map[string]int{"CREATE ROLE R": 2002, "SELECT * FROM NONE": notThere, "GRANT FLY ON NOTHING": 1003, "SELECT NOBODY_LOOKS FROM T": 0} {
			_, err := db.Exec(query)
			require.Equal(t, want, code(t, err), query)
		}
		rows, err := db.Query("SELECT * FROM V")
		require.NoError(t, err)
		require.False(t, rows.Next())
		require.NoError(t, rows.Err())
		require.NoError(t, rows.Close())
		require.Contains(t, s.Snapshot(), "view D.PUBLIC.V owner ACCOUNTADMIN")
		require.NoError(t, s.Reset(t.Context()))
		require.NotContains(t, s.Snapshot(), "D.PUBLIC.V")
	}
}
