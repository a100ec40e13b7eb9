package snowflake

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
)

func TestEveryRoleCanDoItsWorkAndNoMore(t *testing.T) {
	for name, p := range variants() {
		require.NoError(t, verify(p, Set(p).Statements), name)
	}
}

// Without any one of the statements something must fail: each is needed, and
// the model would notice.
func TestEveryStatementIsNeeded(t *testing.T) {
	for name, p := range variants() {
		if name == "many" {
			continue // the same statements many times over
		}
		list := Set(p).Statements
		for i, s := range list {
			assert.Error(t, verify(p, slices.Delete(slices.Clone(list), i, i+1)), "%s: without %s", name, s.ID)
		}
	}
}

// A statement that runs before one that it depends on must fail, or leave
// something undone.
func TestDependenciesAreReal(t *testing.T) {
	for name, p := range variants() {
		if name == "many" {
			continue
		}
		list := Set(p).Statements
		at := map[string]int{}
		for i, s := range list {
			at[s.ID] = i
		}
		for i, s := range list {
			for _, id := range s.DependsOn {
				j, known := at[id]
				require.True(t, known && j < i, "%s: %s depends on the later %s", name, s.ID, id)
				if s.WhenExists != nil {
					continue // it waits for dbt, and so for all of the list
				}
				moved := slices.Insert(slices.Delete(slices.Clone(list), i, i+1), j, s)
				assert.Error(t, verify(p, moved), "%s: %s before %s", name, s.ID, id)
			}
		}
	}
}

// Rights that nobody should have must not pass unnoticed.
func TestTheModelSeesTooMuch(t *testing.T) {
	p := fullPipeline()
	s := p.Snowflake
	list := Set(p).Statements
	for _, sql := range []string{
		fmt.Sprintf("GRANT ROLE %s TO ROLE %s", s.Roles.Transformer, s.Roles.Reader),
		fmt.Sprintf("GRANT ROLE %s TO USER %s", s.Roles.Deploy, s.Users.Airbyte),
		fmt.Sprintf("GRANT USAGE ON SCHEMA %s.%s TO ROLE %s", s.Database, s.Schemas.Airbyte, s.Roles.Transformer),
		fmt.Sprintf("GRANT INSERT ON FUTURE TABLES IN SCHEMA %s.%s TO ROLE %s", s.Database, s.Schemas.Airbyte, s.Roles.Transformer),
		fmt.Sprintf("GRANT CREATE SCHEMA ON DATABASE %s TO ROLE %s", s.Database, s.Roles.Loader),
		fmt.Sprintf("GRANT CREATE TABLE ON SCHEMA %s.%s TO ROLE %s", s.Database, s.Schemas.Syncs, s.Roles.Transformer),
		fmt.Sprintf("GRANT USAGE ON DATABASE %s TO ROLE PUBLIC", s.Database),
		fmt.Sprintf("GRANT SELECT ON FUTURE VIEWS IN SCHEMA %s.%s TO ROLE %s", s.Database, s.Schemas.Syncs, s.Roles.Plan),
		fmt.Sprintf("CREATE USER IF NOT EXISTS SPARE TYPE = SERVICE COMMENT = 'x'"),
	} {
		extra := append(slices.Clone(list), migration.Statement{ID: sql, As: s.Roles.Deploy, SQL: sql})
		assert.Error(t, verify(p, extra), sql)
	}
}

// What the manifest says about a grant is what its text says.
func TestGrantsAsDataAreGrantsAsText(t *testing.T) {
	for name, p := range variants() {
		for _, s := range Set(p).Statements {
			if s.Grant == nil {
				continue
			}
			f, err := formOf(s.SQL)
			require.NoError(t, err)
			want := migration.Grant{
				Privilege: f.parts["privilege"], Future: f.parts["plural"], GrantOption: f.parts["option"] != "",
				ToUser: f.form == "grant role" && f.parts["kind"] == "USER", To: identifiers(f.parts["to"])[0],
			}
			switch f.form {
			case "grant role":
				want.Privilege = "ROLE"
			case "grant ownership":
				want.Privilege = "OWNERSHIP"
			}
			require.Equal(t, want, *s.Grant, "%s: %s", name, s.ID)
			if f.form != "grant account" {
				require.Equal(t, s.Object.Parts, identifiers(f.parts["name"]), "%s: %s", name, s.ID)
			}
		}
	}
}
