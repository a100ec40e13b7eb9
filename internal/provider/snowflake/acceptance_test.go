package snowflake

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	sf "github.com/snowflakedb/gosnowflake"

	emitter "github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// acceptance looks at a finished set-up: each service signs in as in life, and
// does its work, and cannot do what it must not. It gives the first thing that
// is wrong.
type acceptance struct {
	a       *account
	p       *ir.Pipeline
	s       ir.Snowflake
	set     migration.Set
	values  map[string]string
	secrets map[string]secret.Value // by user
	open    map[string]*sql.DB
	// late does what waits for the tables that dbt builds.
	late func() error
}

// The codes of refusals.
const (
	notThere   = 2003
	notAllowed = 3001
	noAddress  = 390422
	noFiles    = 2 // the stand-in has none: it checks the rights and stops there
)

// accepts looks at what was installed.
func (in *installer) accepts(list []migration.Statement) error {
	c := &acceptance{a: in.a, p: in.p, s: in.p.Snowflake, set: in.set, values: in.values, secrets: in.secrets, open: map[string]*sql.DB{},
		late: func() error { return in.install(afterDbt(list)) }}
	defer c.close()
	return c.check()
}

// accepts looks at what was applied, with the secrets that were stored.
func (a *account) accepts(p *ir.Pipeline) error {
	c := &acceptance{a: a, p: p, s: p.Snowflake, set: emitter.Set(p), values: inputs, secrets: map[string]secret.Value{}, open: map[string]*sql.DB{},
		late: func() error { a.mustApply(); return nil }}
	for _, st := range c.set.Statements {
		if st.Step != nil {
			c.secrets[st.Step.User] = a.params.values[st.Step.Param]
		}
	}
	defer c.close()
	return c.check()
}

func (c *acceptance) close() {
	for _, db := range c.open {
		_ = db.Close()
	}
}

func (c *acceptance) check() error {
	defer c.a.server.SetAddress("127.0.0.1")
	c.a.server.SetAddress("127.0.0.1")
	if err := c.refuses(noAddress, c.s.Users.Grouparoo, "SELECT 1"); err != nil {
		return fmt.Errorf("from an address that is not the sync stack's: %w", err)
	}
	c.forget(c.s.Users.Grouparoo)
	c.a.server.SetAddress(c.egress())
	for _, duty := range []struct {
		name string
		do   func() error
	}{
		{"the sync engine, before dbt ran", c.reads}, {"a plan, before dbt ran", c.plans}, {"loading", c.loads}, {"dbt", c.builds},
		{"the sync engine", c.reads}, {"tags", c.late}, {"masks", c.masks}, {"tags of dbt", c.tags}, {"a plan", c.plans}, {"the job that applies", c.applies},
		{"settings", c.settings}, {"administrators", c.governs}, {"limits", c.limits},
	} {
		if err := duty.do(); err != nil {
			return fmt.Errorf("%s: %w", duty.name, err)
		}
	}
	return nil
}

// egress is an address that the sync stack leaves from.
func (c *acceptance) egress() string {
	if list := c.p.AWS.Network.Egress; len(list) > 0 {
		first, _, _ := strings.Cut(list[0], "/")
		return first
	}
	return c.values["output.foundation.EgressAddresses"]
}

// direct says that Airbyte writes to the warehouse.
func (c *acceptance) direct() bool { return c.p.Ingestion.Landing != ir.S3 }

func (c *acceptance) in(schema string, name string) string {
	return quote(c.s.Database, schema, name)
}

// reads: the sync engine has its default role and warehouse, and nothing else.
func (c *acceptance) reads() error {
	for _, sync := range c.syncs() {
		if err := c.does(c.s.Users.Grouparoo, "SELECT * FROM "+quote(sync.View)); err != nil {
			return err
		}
	}
	return nil
}

func (c *acceptance) syncs() []ir.Sync {
	var list []ir.Sync
	for _, d := range c.p.Destinations {
		list = append(list, d.Syncs...)
	}
	return list
}

// columnsOf is the list of a raw table, as Airbyte makes it.
func columnsOf(stream ir.Stream) (names, types []string) {
	names, types = []string{"_AIRBYTE_RAW_ID", "_AIRBYTE_EXTRACTED_AT", "_AIRBYTE_META", "_AIRBYTE_GENERATION_ID"},
		[]string{"VARCHAR", "TIMESTAMP_TZ", "VARIANT", "NUMBER(38,0)"}
	for _, col := range stream.Columns {
		if col.Raw && !slices.Contains(names, col.SQL) {
			names, types = append(names, quote(col.SQL)), append(types, sqlname.Type(col.Type, sqlname.Snowflake))
		}
	}
	return names, types
}

func (c *acceptance) loads() error {
	for _, src := range c.p.Sources {
		for _, stream := range src.Streams {
			load := c.airbyte
			if !c.direct() {
				load = c.copies
			}
			if err := load(src, stream); err != nil {
				return fmt.Errorf("stream %s: %w", stream.ID, err)
			}
		}
	}
	return nil
}

// airbyte makes a raw table in place and merges into it; then it builds one in
// its own schema and swaps, or renames. dbt reads the raw table after each, and
// nobody else does.
func (c *acceptance) airbyte(src ir.Source, stream ir.Stream) error {
	names, types := columnsOf(stream)
	list := make([]string, len(names))
	for i := range names {
		list[i] = names[i] + " " + types[i]
	}
	columns := " (" + strings.Join(list, ", ") + ")"
	raw, built, other := c.in(src.Schema, stream.Table), quote("BUILT_"+stream.Table), c.in(src.Schema, stream.Table+"_NEXT")
	reads := func() error { return c.does(c.s.Users.Dbt, "SELECT "+strings.Join(names, ", ")+" FROM "+raw) }
	hidden := func() error { return c.hidden(raw) }
	airbyte := func(text string) func() error { return func() error { return c.does(c.s.Users.Airbyte, text) } }
	return inOrder(
		airbyte("CREATE TABLE "+raw+columns), reads, hidden,
		airbyte("CREATE TABLE "+built+columns), // where it starts out: its own schema
		airbyte("INSERT INTO "+built+" (_AIRBYTE_RAW_ID) VALUES ('1')"),
		airbyte("MERGE INTO "+raw+" AS T USING "+built+" AS S ON T._AIRBYTE_RAW_ID = S._AIRBYTE_RAW_ID WHEN MATCHED THEN UPDATE SET _AIRBYTE_META = S._AIRBYTE_META"+
			" WHEN NOT MATCHED THEN INSERT (_AIRBYTE_RAW_ID) VALUES (S._AIRBYTE_RAW_ID)"),
		airbyte("ALTER TABLE "+raw+" SWAP WITH "+c.in(c.s.Schemas.Airbyte, "BUILT_"+stream.Table)), reads, hidden,
		airbyte("ALTER TABLE "+built+" RENAME TO "+other),
		func() error { return c.does(c.s.Users.Dbt, "SELECT 1 FROM "+other) },
		airbyte("DROP TABLE "+other),
	)
}

// copies loads a raw table from the stage, as dbt does it.
func (c *acceptance) copies(src ir.Source, stream ir.Stream) error {
	names, _ := columnsOf(stream)
	list := strings.Join(names, ", ")
	raw, stage, format := c.in(src.Schema, stream.Table), c.in(c.s.Schemas.Landing, c.s.Stage), c.in(c.s.Schemas.Landing, c.s.FileFormat)
	return inOrder(
		func() error { return c.does(c.s.Users.Dbt, "SELECT "+list+" FROM "+raw) },
		func() error {
			return c.refuses(noFiles, c.s.Users.Dbt, "COPY INTO "+raw+" ("+list+") FROM (SELECT $1 FROM "+literal("@"+stage+"/"+src.LandingPath(&stream)+"/")+
				") FILE_FORMAT = (FORMAT_NAME = "+literal(format)+")")
		},
		func() error { return c.does(c.s.Users.Dbt, "INSERT INTO "+raw+" ("+list+") SELECT "+list+" FROM "+raw) },
		func() error { return c.hidden(raw) },
	)
}

// hidden: neither the sync engine nor a plan reads raw data.
func (c *acceptance) hidden(raw string) error {
	for _, user := range []string{c.s.Users.Grouparoo, c.s.Users.Plan} {
		if err := c.refuses(notThere, user, "SELECT * FROM "+raw); err != nil {
			return err
		}
	}
	return nil
}

// builds: dbt makes views over raw tables, models and segments as tables,
// snapshots, and the sync views anew, all of them twice.
func (c *acceptance) builds() error {
	raw := c.in(c.p.Sources[0].Schema, c.p.Sources[0].Streams[0].Table)
	sqls := []string{"CREATE OR REPLACE VIEW STAGED AS SELECT _AIRBYTE_RAW_ID FROM " + raw} // where it starts out: the models
	for _, m := range c.p.Models {
		sqls = append(sqls, c.table(m.Relation, modelColumns(m)))
	}
	for _, sync := range c.syncs() {
		segment, snapshot := strings.ToUpper(sync.Segment), c.in(c.s.Schemas.Snapshots, strings.ToUpper(sync.Snapshot))
		sqls = append(sqls, c.table(segment, syncColumns(sync)),
			"CREATE OR REPLACE TABLE "+snapshot+" AS SELECT * FROM "+c.in(c.s.Schemas.Analytics, segment),
			"INSERT INTO "+snapshot+" SELECT * FROM "+c.in(c.s.Schemas.Analytics, segment),
			"CREATE OR REPLACE VIEW "+c.in(c.s.Schemas.Snapshots, strings.ToUpper(sync.Snapshot)+"__TMP")+" AS SELECT * FROM "+c.in(c.s.Schemas.Analytics, segment),
			"CREATE OR REPLACE VIEW "+c.in(c.s.Schemas.Syncs, sync.View)+" AS SELECT * FROM "+snapshot)
	}
	for _, text := range slices.Concat(sqls, sqls) {
		if err := c.does(c.s.Users.Dbt, text); err != nil {
			return err
		}
	}
	return nil
}

// table is how dbt makes one; it has no row.
func (c *acceptance) table(name string, columns []ir.SyncColumn) string {
	list := make([]string, len(columns))
	for i, col := range columns {
		list[i] = "CAST(NULL AS " + sqlname.Type(col.Type, sqlname.Snowflake) + ") AS " + quote(col.SQL)
	}
	return "CREATE OR REPLACE TABLE " + c.in(c.s.Schemas.Analytics, name) + " AS SELECT " + strings.Join(list, ", ") + " WHERE FALSE"
}

func modelColumns(m ir.Model) []ir.SyncColumn {
	var out []ir.SyncColumn
	for _, col := range m.Columns {
		out = append(out, ir.SyncColumn{SQL: col.SQL, Type: col.Type, PII: col.PII})
	}
	return out
}

func syncColumns(s ir.Sync) []ir.SyncColumn {
	var out []ir.SyncColumn
	for _, col := range slices.Concat(s.Keys, s.Fields) {
		if !slices.ContainsFunc(out, func(o ir.SyncColumn) bool { return o.SQL == col.SQL }) {
			out = append(out, col)
		}
	}
	return out
}

func inOrder(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// does runs a statement as a user.
func (c *acceptance) does(user, text string) error {
	_, err := c.signedIn(user).ExecContext(c.a.t.Context(), text)
	if err != nil {
		return fmt.Errorf("%s: %s: %w", user, text, err)
	}
	return nil
}

// refuses wants a refusal with a code.
func (c *acceptance) refuses(code int, user, text string) error {
	_, err := c.signedIn(user).ExecContext(c.a.t.Context(), text)
	var refusal *sf.SnowflakeError
	switch {
	case err == nil:
		return fmt.Errorf("%s can do this: %s", user, text)
	case errors.As(err, &refusal) && refusal.Number == code:
		return nil
	}
	return fmt.Errorf("%s: %s: %w", user, text, err)
}

// admin stands for a person who administers the account.
const admin = "ADMIN"

// signedIn gives the one connection of a user; it signs in when it is first used,
// and says nothing of role, warehouse or schema.
func (c *acceptance) signedIn(user string) *sql.DB {
	if db := c.open[user]; db != nil {
		return db
	}
	cfg := c.a.server.Config(user)
	switch user {
	case admin:
		cfg = c.a.server.AdminConfig("ACCOUNTADMIN")
		cfg.Warehouse = signInName(c.set.Warehouse)
	case c.s.Users.Grouparoo:
		cfg.Password = c.secrets[user].Reveal()
	case c.s.Users.CI, c.s.Users.Plan:
		who := map[string]string{c.s.Users.CI: c.values["bootstrap.GitHubSubject"], c.s.Users.Plan: c.values["bootstrap.GitHubPlanSubject"]}[user]
		cfg.User, cfg.Authenticator, cfg.WorkloadIdentityProvider = "", sf.AuthTypeWorkloadIdentityFederation, "OIDC"
		cfg.Token = identityToken(who).Reveal()
	default:
		cfg.Authenticator = sf.AuthTypeJwt
		if v := c.secrets[user]; v.Reveal() != "" {
			cfg.PrivateKey = privateOf(c.a.t, v)
		} else { // a key that nobody knows of
			private, _ := oneKey()
			cfg.PrivateKey = privateOf(c.a.t, private)
		}
	}
	c.open[user] = connected(cfg)
	return c.open[user]
}

// forget ends a connection.
func (c *acceptance) forget(user string) {
	if db := c.open[user]; db != nil {
		_ = db.Close()
		delete(c.open, user)
	}
}
