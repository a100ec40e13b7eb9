package fakesnowflake

import (
	"database/sql"
	"errors"
	"testing"

	"github.com/snowflakedb/gosnowflake"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

// code gives the number of the refusal; 0 where there was none.
func code(t testing.TB, err error) int {
	t.Helper()
	if err == nil {
		return 0
	}
	var refusal *gosnowflake.SnowflakeError
	require.True(t, errors.As(err, &refusal), "%v", err)
	return refusal.Number
}

const (
	notThere   = 2003
	notAllowed = 3001
)

// signIns are the three services of Rain Shield, each signed in as in life.
func signIns(t testing.TB, r *runner) (airbyte, dbt, grouparoo *sql.DB) {
	t.Helper()
	byKey := func(user string) *sql.DB {
		c := r.s.Config(user)
		c.Authenticator, c.PrivateKey = gosnowflake.AuthTypeJwt, testKey(t)
		return connect(t, c)
	}
	r.s.SetAddress("192.0.2.11") // what the sync engine's network leaves from
	c := r.s.Config("RAIN_SHIELD_GROUPAROO")
	c.Password = r.tokens["RAIN_SHIELD_GROUPAROO"]
	return byKey("RAIN_SHIELD_AIRBYTE"), byKey("RAIN_SHIELD_DBT"), connect(t, c)
}

// Each service can do its work, and nothing more.
func TestDutiesAndLimits(t *testing.T) {
	s := Start(t)
	r := newRunner(t, s, irtest.RainShield())
	r.all()
	airbyte, dbt, grouparoo := signIns(t, r)

	for _, query := range []string{ // a first sync, and one that replaces the table
		`CREATE TABLE RAIN_SHIELD.AIRBYTE_INTERNAL.BUILT (EMAIL VARCHAR, "_AIRBYTE_EXTRACTED_AT" TIMESTAMP_TZ)`,
		`INSERT INTO RAIN_SHIELD.AIRBYTE_INTERNAL.BUILT VALUES ('ada@example.com', CURRENT_TIMESTAMP())`,
		`CREATE TABLE RAIN_SHIELD.RAW_ZOOM.REGISTRANTS (EMAIL VARCHAR, "_AIRBYTE_EXTRACTED_AT" TIMESTAMP_TZ)`,
		`ALTER TABLE RAIN_SHIELD.RAW_ZOOM.REGISTRANTS SWAP WITH RAIN_SHIELD.AIRBYTE_INTERNAL.BUILT`,
		`DROP TABLE RAIN_SHIELD.AIRBYTE_INTERNAL.BUILT`,
	} {
		r.must(airbyte, query)
	}
	// The table that was swapped in came to be in the internal schema: there the
	// transformer has the right by a future grant, and it came along.
	for _, query := range []string{
		`CREATE OR REPLACE TABLE RAIN_SHIELD.ANALYTICS.PEOPLE AS SELECT EMAIL FROM RAIN_SHIELD.RAW_ZOOM.REGISTRANTS`,
		`CREATE OR REPLACE VIEW RAIN_SHIELD.SYNCS.SYNC_MAILCHIMP_NEWSLETTER AS SELECT P.EMAIL FROM RAIN_SHIELD.ANALYTICS.PEOPLE AS P`,
	} {
		r.must(dbt, query)
	}
	var email string
	require.NoError(t, grouparoo.QueryRow("SELECT EMAIL FROM RAIN_SHIELD.SYNCS.SYNC_MAILCHIMP_NEWSLETTER").Scan(&email))
	require.Equal(t, "ada@example.com", email)

	r.must(r.ci, "USE ROLE RAIN_SHIELD_DEPLOY")
	for name, c := range map[string]struct {
		db    *sql.DB
		query string
		code  int
	}{
		"airbyte reads a model":            {airbyte, "SELECT * FROM RAIN_SHIELD.ANALYTICS.PEOPLE", notThere},
		"airbyte reads a sync view":        {airbyte, "SELECT * FROM RAIN_SHIELD.SYNCS.SYNC_MAILCHIMP_NEWSLETTER", notThere},
		"airbyte writes a model":           {airbyte, "CREATE TABLE RAIN_SHIELD.ANALYTICS.X (A INT)", notThere},
		"airbyte makes a schema":           {airbyte, "CREATE SCHEMA RAIN_SHIELD.X", notAllowed},
		"airbyte drops what is not its":    {airbyte, "DROP TABLE RAIN_SHIELD.TAPESTRY.LEDGER", notThere},
		"grouparoo reads raw data":         {grouparoo, "SELECT * FROM RAIN_SHIELD.RAW_ZOOM.REGISTRANTS", notThere},
		"grouparoo reads a model":          {grouparoo, "SELECT * FROM RAIN_SHIELD.ANALYTICS.PEOPLE", notThere},
		"grouparoo reads one in a join":    {grouparoo, "SELECT 1 FROM RAIN_SHIELD.SYNCS.SYNC_MAILCHIMP_NEWSLETTER V JOIN RAIN_SHIELD.ANALYTICS.PEOPLE P ON V.EMAIL = P.EMAIL", notThere},
		"grouparoo reads one in a where":   {grouparoo, "SELECT 1 FROM RAIN_SHIELD.SYNCS.SYNC_MAILCHIMP_NEWSLETTER V WHERE EXISTS (SELECT 1 FROM RAIN_SHIELD.ANALYTICS.PEOPLE)", notThere},
		"grouparoo makes a view":           {grouparoo, "CREATE VIEW RAIN_SHIELD.SYNCS.X AS SELECT 1 AS A", notAllowed},
		"grouparoo takes up another role":  {grouparoo, "USE ROLE RAIN_SHIELD_LOADER", 3013},
		"grouparoo uses dbt's warehouse":   {grouparoo, "USE WAREHOUSE RAIN_SHIELD_TRANSFORM", 2043},
		"dbt makes a role":                 {dbt, "CREATE ROLE X", notAllowed},
		"dbt makes a user":                 {dbt, "CREATE USER X", notAllowed},
		"dbt writes raw data":              {dbt, "INSERT INTO RAIN_SHIELD.RAW_ZOOM.REGISTRANTS (EMAIL) VALUES ('x')", notAllowed},
		"dbt changes a raw table":          {dbt, "ALTER TABLE RAIN_SHIELD.RAW_ZOOM.REGISTRANTS ADD COLUMN X INT", notAllowed},
		"dbt makes a raw table":            {dbt, "CREATE TABLE RAIN_SHIELD.RAW_ZOOM.X (A INT)", notAllowed},
		"dbt reads the ledger":             {dbt, "SELECT * FROM RAIN_SHIELD.TAPESTRY.LEDGER", notThere},
		"dbt grants what it owns":          {dbt, "GRANT SELECT ON TABLE RAIN_SHIELD.ANALYTICS.PEOPLE TO ROLE PUBLIC", notAllowed},
		"dbt grants to come":               {dbt, "GRANT SELECT ON FUTURE TABLES IN SCHEMA RAIN_SHIELD.ANALYTICS TO ROLE PUBLIC", notAllowed},
		"dbt gives itself another role":    {dbt, "GRANT ROLE RAIN_SHIELD_LOADER TO USER RAIN_SHIELD_DBT", notThere},
		"the deploy role makes warehouses": {r.ci, "CREATE WAREHOUSE X", notAllowed},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.db.Exec(c.query)
			require.Equal(t, c.code, code(t, err), "%v", err)
		})
	}
}

// What the reader may select follows from the owner of the view: without the
// owner's rights, the view is of no use.
func TestViewReadsAsItsOwner(t *testing.T) {
	s := Start(t)
	r := newRunner(t, s, irtest.RainShield())
	r.all()
	airbyte, dbt, grouparoo := signIns(t, r)
	r.must(airbyte, "CREATE TABLE RAIN_SHIELD.RAW_ZOOM.T (A INT)")
	r.must(dbt, "CREATE VIEW RAIN_SHIELD.SYNCS.V AS SELECT A FROM RAIN_SHIELD.RAW_ZOOM.T")
	_, err := grouparoo.Exec("SELECT * FROM RAIN_SHIELD.SYNCS.V")
	require.NoError(t, err)
	r.must(r.ci, "USE ROLE RAIN_SHIELD_DEPLOY")
	r.must(r.ci, "REVOKE SELECT ON TABLE RAIN_SHIELD.RAW_ZOOM.T FROM ROLE RAIN_SHIELD_TRANSFORMER")
	_, err = grouparoo.Exec("SELECT * FROM RAIN_SHIELD.SYNCS.V")
	require.Equal(t, 2037, code(t, err), "%v", err)
}

// Every grant of the set-up is there for something: without any one of those that
// are listed, something that must work does not.
func TestEveryGrantIsNeeded(t *testing.T) {
	s := Start(t)
	for _, id := range []string{
		"grant/usage/database/RAIN_SHIELD/to/role/RAIN_SHIELD_LOADER",
		"grant/usage/schema/RAIN_SHIELD.RAW_ZOOM/to/role/RAIN_SHIELD_TRANSFORMER",
		"grant/select-on-future-tables/schema/RAIN_SHIELD.RAW_ZOOM/to/role/RAIN_SHIELD_TRANSFORMER",
		"grant/create-table/schema/RAIN_SHIELD.ANALYTICS/to/role/RAIN_SHIELD_TRANSFORMER",
		"grant/usage/warehouse/RAIN_SHIELD_TRANSFORM/to/role/RAIN_SHIELD_TRANSFORMER",
		"grant/select-on-future-views/schema/RAIN_SHIELD.SYNCS/to/role/RAIN_SHIELD_READER",
		"grant/usage/schema/RAIN_SHIELD.SYNCS/to/role/RAIN_SHIELD_READER",
		"own/schema/RAIN_SHIELD.RAW_ZOOM",
		"grant/role/RAIN_SHIELD_READER/to/user/RAIN_SHIELD_GROUPAROO",
		"alter/user/RAIN_SHIELD_GROUPAROO/network-policy",
		"grant/select-on-future-tables/schema/RAIN_SHIELD.AIRBYTE_INTERNAL/to/role/RAIN_SHIELD_TRANSFORMER",
	} {
		t.Run(id, func(t *testing.T) {
			require.NoError(t, s.Reset(t.Context()))
			s.SetAddress("127.0.0.1")
			require.Error(t, withoutOne(t, s, id))
		})
	}
	require.NoError(t, s.Reset(t.Context()))
	s.SetAddress("127.0.0.1")
	require.NoError(t, withoutOne(t, s, ""))
}

// withoutOne sets everything up but for one statement, and gives the first error
// of the set-up or of the work after it.
func withoutOne(t *testing.T, s *Server, id string) error {
	r := newRunner(t, s, irtest.RainShield())
	found := id == ""
	for _, st := range r.set.Statements {
		if st.ID == id {
			found = true
			continue
		}
		if st.WhenExists != nil {
			continue
		}
		if err := r.run(st); err != nil {
			return err
		}
	}
	require.True(t, found, "there is no statement %s", id)
	airbyte, dbt, grouparoo := signIns(t, r)
	for _, work := range []struct {
		db    *sql.DB
		query string
	}{
		{airbyte, "CREATE TABLE RAIN_SHIELD.RAW_ZOOM.T (A INT)"},
		{airbyte, "CREATE TABLE RAIN_SHIELD.AIRBYTE_INTERNAL.T (A INT)"},
		{dbt, "SELECT * FROM RAIN_SHIELD.RAW_ZOOM.T"},
		{airbyte, "ALTER TABLE RAIN_SHIELD.RAW_ZOOM.T SWAP WITH RAIN_SHIELD.AIRBYTE_INTERNAL.T"},
		{dbt, "SELECT * FROM RAIN_SHIELD.RAW_ZOOM.T"},
		{dbt, "CREATE TABLE RAIN_SHIELD.ANALYTICS.T (A INT)"},
		{dbt, "CREATE TABLE RAIN_SHIELD.ANALYTICS.U AS SELECT 1 AS A"},
		{grouparoo, "SELECT * FROM RAIN_SHIELD.SYNCS.SYNC_MAILCHIMP_NEWSLETTER"},
	} {
		if _, err := work.db.Exec(work.query); err != nil {
			return err
		}
	}
	return nil
}
