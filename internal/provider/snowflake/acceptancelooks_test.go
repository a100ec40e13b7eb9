package snowflake

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// looks asks questions as a user.
func (c *acceptance) looks(user string, questions []question) (*live, error) {
	l := newLive()
	l.whole = user != c.s.Users.Plan
	for _, q := range questions {
		rows, err := query(c.a.t.Context(), c.signedIn(user), q.sql)
		switch {
		case err == nil:
			q.tell(l, rows)
		case user != c.s.Users.Plan || !isDenied(err) && !isGone(err):
			return l, fmt.Errorf("%s: %s: %w", user, q.sql, err)
		}
	}
	return l, nil
}

// plans: the job that makes plans sees all that is asked about but what no right
// short of ownership shows, and the ledger.
func (c *acceptance) plans() error {
	l, err := c.looks(c.s.Users.Plan, append(questions(c.set), monitorQuestion(c.set)))
	if err != nil {
		return err
	}
	for _, kind := range []string{"warehouse", "schema", "view", "integration", "resource monitor"} {
		for _, o := range made(c.set, kind) {
			if _, there := l.thing(o); !there {
				return fmt.Errorf("it does not see %s %s", kind, o.Name)
			}
		}
	}
	for _, u := range ours(c.set, "user") {
		if t, _ := l.thing(u); t.props["default_role"] == "" {
			return fmt.Errorf("it does not see how user %s is set up", u.Name)
		}
	}
	if !l.knows("token") || !l.knows("database") {
		return errors.New("it does not see the token, or the database")
	}
	return c.does(c.s.Users.Plan, "SELECT STATEMENT_ID, DIGEST, STATUS FROM "+quote(c.set.Ledger.Parts[2])) // where it starts out
}

// applies: the job that applies sees what the monitor says, and writes the
// ledger, where it starts out.
func (c *acceptance) applies() error {
	l, err := c.looks(c.s.Users.CI, append(questions(c.set), monitorQuestion(c.set)))
	if err != nil {
		return err
	}
	for _, o := range made(c.set, "resource monitor") {
		if _, there := l.thing(o); !there {
			return errors.New("it does not see the resource monitor")
		}
	}
	return c.does(c.s.Users.CI, "INSERT INTO "+quote(c.set.Ledger.Parts[2])+" (STATEMENT_ID, DIGEST, STATUS, RUN_AS, RUN_BY, STARTED_AT) VALUES ('x', 'x', 'undone', 'x', 'x', CURRENT_TIMESTAMP())")
}

// settings: whatever the manifest wants of an object, the account says it has.
func (c *acceptance) settings() error {
	list := append(questions(c.set), monitorQuestion(c.set))
	for _, u := range made(c.set, "user") {
		list = append(list, userQuestion(u))
	}
	l, err := c.looks(admin, list)
	if err != nil {
		return err
	}
	p := newPlanner(pipeline{set: c.set}, l, nil, noon, nil)
	for _, st := range c.set.Statements {
		st, err := migration.Resolve(st, c.values)
		if err != nil {
			return err
		}
		if d := p.differences(st, true); len(d) > 0 {
			return fmt.Errorf("%s: %s is %q and not %q", st.ID, d[0].Path, d[0].Before, d[0].After)
		}
	}
	if err := c.timeouts(); err != nil || c.direct() {
		return err
	}
	rows, err := query(c.a.t.Context(), c.signedIn(admin), "DESCRIBE STAGE "+c.in(c.s.Schemas.Landing, c.s.Stage))
	if err != nil {
		return err
	}
	url := `["s3://` + c.values["output.ingestion.LandingBucket"] + `/"]`
	if !slices.ContainsFunc(rows, func(r record) bool { return r["property"] == "URL" && r["property_value"] == url }) {
		return fmt.Errorf("the stage does not look into %s", url)
	}
	return nil
}

// timeouts: no statement may run for ever.
func (c *acceptance) timeouts() error {
	want := map[string]string{c.s.IngestWarehouse: "7200", c.s.TransformWarehouse: "7200", c.s.SyncWarehouse: "1800"}
	for _, o := range made(c.set, "warehouse") {
		rows, err := query(c.a.t.Context(), c.signedIn(admin), "SHOW PARAMETERS LIKE 'STATEMENT_TIMEOUT_IN_SECONDS' IN WAREHOUSE "+quote(o.Parts...))
		if err != nil {
			return err
		}
		if len(rows) != 1 || rows[0]["value"] != want[o.Parts[0]] {
			return fmt.Errorf("warehouse %s does not give up after %s seconds", o.Name, want[o.Parts[0]])
		}
	}
	return nil
}

// governs: an administrator can take up every role, and reads the ledger as one
// of the system's.
func (c *acceptance) governs() error {
	for _, name := range append(lastParts(made(c.set, "role")), "SYSADMIN") {
		if err := c.does(admin, "USE ROLE "+quote(name)); err != nil {
			return err
		}
	}
	return inOrder(
		func() error { return c.does(admin, "SELECT 1 FROM "+quote(c.set.Ledger.Parts...)) },
		func() error { return c.does(admin, "USE ROLE ACCOUNTADMIN") },
	)
}

// limits: what services must not be able to do, besides reading raw data.
func (c *acceptance) limits() error {
	for _, m := range c.p.Models {
		model := c.in(c.s.Schemas.Analytics, m.Relation)
		if c.direct() {
			if err := c.refuses(notThere, c.s.Users.Airbyte, "SELECT * FROM "+model); err != nil {
				return err
			}
		}
		if err := c.refuses(notThere, c.s.Users.Plan, "SELECT * FROM "+model); err != nil {
			return err
		}
	}
	for _, sync := range c.syncs() {
		if !c.direct() {
			break
		}
		if err := c.refuses(notThere, c.s.Users.Airbyte, "SELECT * FROM "+c.in(c.s.Schemas.Syncs, sync.View)); err != nil {
			return err
		}
	}
	return c.refuses(notAllowed, c.s.Users.Dbt, "CREATE ROLE X")
}

// families are the types of columns that have a policy of their own.
var families = []string{"VARCHAR", "BOOLEAN", "VARIANT", "NUMBER", "FLOAT", "DATE", "TIMESTAMP_TZ", "TIMESTAMP_NTZ"}

// masks: whatever may be personal is masked for everybody but the roles that
// move it: all of the schemas in which nobody else works, and columns of models
// and segments.
func (c *acceptance) masks() error {
	if !c.s.Enterprise {
		return nil
	}
	schemas := []string{c.s.Schemas.Snapshots, c.s.Schemas.Syncs}
	for _, src := range c.p.Sources {
		schemas = append(schemas, src.Schema)
	}
	if c.direct() {
		schemas = append(schemas, c.s.Schemas.Airbyte)
	}
	for _, schema := range schemas {
		for _, typ := range families {
			if err := c.masked([]string{c.s.Database, schema, "ANY"}, "ANY", typ); err != nil {
				return err
			}
		}
	}
	for name, columns := range c.personal() {
		for _, col := range columns {
			if err := c.masked([]string{c.s.Database, c.s.Schemas.Analytics, name}, col.SQL, sqlname.Type(col.Type, sqlname.Snowflake)); err != nil {
				return err
			}
		}
	}
	return nil
}

// personal are the columns of models and segments that hold personal data.
func (c *acceptance) personal() map[string][]ir.SyncColumn {
	out := map[string][]ir.SyncColumn{}
	for _, m := range c.p.Models {
		if m.Materialized != "view" {
			out[m.Relation] = modelColumns(m)
		}
	}
	for _, sync := range c.syncs() {
		out[strings.ToUpper(sync.Segment)] = syncColumns(sync)
	}
	for name, columns := range out {
		out[name] = slices.DeleteFunc(columns, func(col ir.SyncColumn) bool { return !col.PII })
	}
	return out
}

var clearFor = regexp.MustCompile(`^CASE WHEN CURRENT_ROLE\(\) IN \(([^)]*)\) THEN VAL ELSE .+ END$`)

// masked: who moves data sees a column, and nobody else.
func (c *acceptance) masked(relation []string, column, typ string) error {
	body := c.a.server.Mask(relation, column, typ)
	if body == "" {
		return fmt.Errorf("everybody who can read %s sees %s of type %s", quote(relation...), column, typ)
	}
	movers := []string{c.s.Roles.Transformer, c.s.Roles.Reader}
	if c.direct() {
		movers = append(movers, c.s.Roles.Loader)
	}
	var sees []string
	if found := clearFor.FindStringSubmatch(body); found != nil {
		sees = items(found[1])
	}
	if slices.Sort(movers); !slices.Equal(movers, sees) {
		return fmt.Errorf("%s of %s, type %s, is seen by %v", column, quote(relation...), typ, sees)
	}
	return nil
}

// tags: dbt, which makes its tables anew, sets the tags on them itself.
func (c *acceptance) tags() error {
	if !c.s.Enterprise {
		return nil
	}
	if err := c.builds(); err != nil {
		return err
	}
	if c.masks() == nil {
		return errors.New("the tags of a table that was made anew are still there")
	}
	for name, columns := range c.personal() {
		for _, col := range columns {
			if err := c.does(c.s.Users.Dbt, "ALTER TABLE "+c.in(c.s.Schemas.Analytics, name)+" MODIFY COLUMN "+quote(col.SQL)+" SET TAG "+
				c.in(c.s.Schemas.Ledger, c.s.PIITag)+" = 'yes'"); err != nil {
				return err
			}
		}
	}
	return c.masks()
}
