package snowflake

import (
	"cmp"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// accountAdmin runs bootstrap and nothing else.
const accountAdmin = "ACCOUNTADMIN"

// ledgerTable is where the applying side writes what it did.
const ledgerTable = migration.LedgerTable

// setup is what all groups read.
type setup struct {
	p       *ir.Pipeline
	s       ir.Snowflake
	sources []ir.Source
	syncs   []ir.Sync // with those that are switched off: their views exist too
	running []ir.Sync // that dbt builds
}

func newSetup(p *ir.Pipeline) setup {
	u := setup{p: p, s: p.Snowflake, sources: slices.Clone(p.Sources)}
	for _, d := range p.Destinations {
		u.syncs = append(u.syncs, d.Syncs...)
		for _, s := range d.Syncs {
			if d.Enabled && s.Enabled {
				u.running = append(u.running, s)
			}
		}
	}
	slices.SortFunc(u.sources, func(a, b ir.Source) int { return cmp.Compare(a.ID, b.ID) })
	for _, list := range [][]ir.Sync{u.syncs, u.running} {
		slices.SortFunc(list, func(a, b ir.Sync) int { return cmp.Compare(a.ID, b.ID) })
	}
	return u
}

// direct says that Airbyte writes to the warehouse itself.
func (u setup) direct() bool { return u.p.Ingestion.Landing != ir.S3 }

func (u setup) database() object { return named("database", u.s.Database) }

func (u setup) schema(name string) object { return named("schema", u.s.Database, name) }

func (u setup) in(kind, schema, name string) object { return named(kind, u.s.Database, schema, name) }

// comment is what every object that can have one says about itself.
func (u setup) comment() string {
	return " COMMENT = " + sqlname.SnowflakeLiteral("tapestry-ci: "+u.p.Name+" ("+u.p.Env+")")
}

// warehouses are those that somebody works in.
func (u setup) warehouses() []string {
	var list []string
	for _, su := range u.serviceUsers() {
		if !slices.Contains(list, su.warehouse) {
			list = append(list, su.warehouse)
		}
	}
	return list
}

// roles are those below the deploy role.
func (u setup) roles() []string {
	list := []string{u.s.Roles.Transformer, u.s.Roles.Reader}
	if u.direct() {
		list = append([]string{u.s.Roles.Loader}, list...)
	}
	return list
}

// rules gives what a statement of the deploy role about a schema rests on: that
// the schema is there and that the deploy role owns it, itself or through the
// loader.
func (u setup) rules(schema string) []string {
	ids := []string{createID(u.schema(schema))}
	if u.loads(schema) {
		ids = append(ids, roleID(u.s.Roles.Loader, role(u.s.Roles.Deploy)))
	}
	return ids
}

// loads says that the loader owns the schema.
func (u setup) loads(schema string) bool {
	isRaw := func(s ir.Source) bool { return s.Schema == schema }
	return u.direct() && (schema == u.s.Schemas.Airbyte || slices.ContainsFunc(u.sources, isRaw))
}

// entry is what lets the deploy role work in the database.
func (u setup) entry() []string {
	if !u.s.Existing {
		return []string{createID(u.database())}
	}
	deploy := role(u.s.Roles.Deploy)
	return []string{grantID("USAGE", u.database(), deploy), grantID("CREATE SCHEMA", u.database(), deploy)}
}

// inputs that the applying side fills in.
var (
	egress        = migration.Input{Name: "output.foundation.EgressAddresses", List: true}
	landingRole   = migration.Input{Name: "output.ingestion.LandingRoleArn"}
	landingBucket = migration.Input{Name: "output.ingestion.LandingBucket"}
	githubSubject = migration.Input{Name: "bootstrap.GitHubSubject"}
	planSubject   = migration.Input{Name: "bootstrap.GitHubPlanSubject"}
)

// marker is what stands in the text for an input.
func marker(in migration.Input) string { return "${" + in.Name + "}" }
