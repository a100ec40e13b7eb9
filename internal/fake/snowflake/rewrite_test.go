package fakesnowflake

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRewrite(t *testing.T) {
	for from, want := range map[string]string{
		`create or replace temporary table "D"."S"."T" as (select 1 as A)`: `create or replace  table "D"."S"."T" as (select 1 as A)`,
		"CREATE LOCAL TEMP TABLE T (A INT)":                                "CREATE  TABLE T (A INT)",
		"CREATE TABLE TEMPORARY_ONES (A INT)":                              "CREATE TABLE TEMPORARY_ONES (A INT)",
		"SELECT 'CREATE TEMPORARY TABLE'":                                  "SELECT 'CREATE TEMPORARY TABLE'",
		`MERGE INTO T AS D USING (SELECT 1 AS "A") AS S ON D.A = S.A WHEN NOT MATCHED THEN INSERT ("A", B, C) VALUES ("A", B, NULL)`: `MERGE INTO T AS D USING (SELECT 1 AS "A") AS S ON D.A = S.A WHEN NOT MATCHED THEN INSERT ("A", B, C) VALUES ("S"."A", "S".B, NULL)`,
		"MERGE INTO T USING S ON T.A = S.A WHEN NOT MATCHED THEN INSERT (A) VALUES (S.A)":                                            "MERGE INTO T USING S ON T.A = S.A WHEN NOT MATCHED THEN INSERT (A) VALUES (S.A)",
	} {
		require.Equal(t, want, rewrite(from), from)
	}
}

func TestBound(t *testing.T) {
	q := queryRequest{SQL: `SELECT ':1' FROM T WHERE A = :1 AND B >= :2 AND C = D::TEXT`, raw: map[string]any{"bindings": map[string]any{
		"1": map[string]any{"type": "TEXT", "value": `O'Brien \`}, "2": map[string]any{"type": "FIXED", "value": "3"}}}}
	got, err := q.bound()
	require.NoError(t, err)
	require.Equal(t, `SELECT ':1' FROM T WHERE A = 'O''Brien \\' AND B >= 3 AND C = D::TEXT`, got.SQL)
	require.NotContains(t, got.raw, "bindings")
	require.Contains(t, q.raw, "bindings", "the request itself stays")
	q.SQL = "SELECT :3"
	_, err = q.bound()
	require.ErrorContains(t, err, ":3 not set")
}

func TestTransactionBeginsLate(t *testing.T) {
	in := &session{}
	for _, step := range []struct {
		say  string
		does []string
	}{
		{"BEGIN", nil}, {"MERGE INTO T", []string{"MERGE INTO T"}}, {"COMMIT", nil},
		{"BEGIN", nil}, {"INSERT INTO T", []string{"BEGIN", "INSERT INTO T"}}, {"DELETE FROM T", []string{"DELETE FROM T"}}, {"ROLLBACK", []string{"ROLLBACK"}},
		{"BEGIN", nil}, {"SELECT 1", []string{"SELECT 1"}}, {"COMMIT", nil},
	} {
		got, err := in.transaction(step.say)
		require.NoError(t, err)
		require.Equal(t, step.does, got, step.say)
	}
	_, _ = in.transaction("BEGIN")
	_, _ = in.transaction("MERGE INTO T")
	_, err := in.transaction("ROLLBACK")
	require.ErrorContains(t, err, "cannot roll a MERGE back")
}
