package snowflake

import (
	"fmt"
	"strconv"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Seconds after which a statement is stopped, by what runs in the warehouse: a
// first load may take long, a read by the sync engine may not.
const (
	loadTimeout      = 7200
	transformTimeout = 7200
	syncTimeout      = 1800
)

// warehouseSettings sets what the file can change.
func warehouseSettings(u setup) []statement {
	timeouts := map[string]int{u.s.IngestWarehouse: loadTimeout, u.s.TransformWarehouse: transformTimeout, u.s.SyncWarehouse: syncTimeout}
	var list []statement
	for _, name := range u.warehouses() {
		o := warehouse(name)
		sql := fmt.Sprintf("ALTER WAREHOUSE %s SET WAREHOUSE_SIZE = %s AUTO_SUSPEND = %d AUTO_RESUME = TRUE STATEMENT_TIMEOUT_IN_SECONDS = %d",
			o.name(), sqlname.SnowflakeLiteral(u.s.Warehouse.Size), u.s.Warehouse.AutoSuspend, timeouts[name])
		list = append(list, alter(o, "", sql).after(ownID(o)).
			wants(migration.Property{Name: "size", Value: shownSize[u.s.Warehouse.Size]},
				migration.Property{Name: "auto_suspend", Value: strconv.Itoa(u.s.Warehouse.AutoSuspend)},
				migration.Property{Name: "auto_resume", Value: "true"}).
			because("Size, and when it goes to sleep and gives up.", u.s.Warehouse.Origin))
	}
	return list
}

// shownSize is how SHOW WAREHOUSES writes each size.
var shownSize = map[string]string{
	"XSMALL": "X-Small", "SMALL": "Small", "MEDIUM": "Medium", "LARGE": "Large", "XLARGE": "X-Large", "XXLARGE": "2X-Large",
	"XXXLARGE": "3X-Large", "X4LARGE": "4X-Large", "X5LARGE": "5X-Large", "X6LARGE": "6X-Large",
}

func database(u setup) []statement {
	if u.s.Existing {
		return nil
	}
	o := u.database()
	return []statement{create(o, "CREATE DATABASE IF NOT EXISTS "+o.name()+u.comment()).holdsData().
		after(grantID("CREATE DATABASE", account(), role(u.s.Roles.Deploy))).
		because("Everything of this pipeline is in it.", u.s.Origin)}
}

// ledger comes before all that it tells about.
func ledger(u setup) []statement {
	table := u.in("table", u.s.Schemas.Ledger, ledgerTable)
	return []statement{
		managedSchema(u, u.s.Schemas.Ledger).because("Holds the ledger, and what governs the data: rules, tags, policies.", u.s.Origin),
		create(table, "CREATE TABLE IF NOT EXISTS "+table.name()+` (
  STATEMENT_ID VARCHAR NOT NULL,
  DIGEST VARCHAR NOT NULL,
  STATUS VARCHAR NOT NULL,
  ERROR VARCHAR,
  RUN_AS VARCHAR NOT NULL,
  RUN_BY VARCHAR NOT NULL,
  UNDO VARCHAR,
  PLAN VARCHAR,
  DETAIL VARCHAR,
  STARTED_AT TIMESTAMP_TZ NOT NULL,
  FINISHED_AT TIMESTAMP_TZ
)`+u.comment()).holdsData().after(createID(u.schema(u.s.Schemas.Ledger))).
			because("What was started, done or failed, by whom, and how it is taken back: an apply that stopped goes on from here.", u.s.Origin),
	}
}

// managedSchema makes a schema in which only its owner grants.
func managedSchema(u setup, name string) statement {
	o := u.schema(name)
	return create(o, "CREATE SCHEMA IF NOT EXISTS "+o.name()+" WITH MANAGED ACCESS"+u.comment()).holdsData().
		wants(migration.Property{Name: "options", Value: "MANAGED ACCESS"}).
		changed("ALTER SCHEMA " + o.name() + " ENABLE MANAGED ACCESS").
		after(u.entry()...)
}

func roles(u setup) []statement {
	reasons := map[string]string{
		u.s.Roles.Loader:      "Airbyte: writes raw schemas and nothing else.",
		u.s.Roles.Transformer: "dbt: reads raw tables, writes models, snapshots and sync views.",
		u.s.Roles.Reader:      "The sync engine: reads sync views and nothing else.",
	}
	var list []statement
	for _, name := range u.roles() {
		o := role(name)
		list = append(list,
			create(o, "CREATE ROLE IF NOT EXISTS "+o.name()+u.comment()).
				after(grantID("CREATE ROLE", account(), role(u.s.Roles.Deploy))).
				undone("DROP ROLE IF EXISTS "+o.name()).
				because(reasons[name], u.s.Origin),
			grantRole(name, role(u.s.Roles.Deploy)).
				because("The deploy role can act as it, and administrators above see what it owns.", u.s.Origin))
	}
	return list
}

// schemas makes one schema for the raw data of each source, and those that the
// sources share.
func schemas(u setup) []statement {
	var list []statement
	add := func(name, reason string, at source.Span) {
		list = append(list, managedSchema(u, name).because(reason, at))
		if u.loads(name) {
			list = append(list, handToLoader(u, u.schema(name), at))
		}
	}
	for _, src := range u.sources {
		add(src.Schema, "Raw data of one source.", src.Origin)
	}
	if u.direct() {
		add(u.s.Schemas.Airbyte, "Airbyte builds tables here before it puts them into a raw schema.", u.p.Ingestion.Origin)
	} else {
		add(u.s.Schemas.Landing, "The stage that looks into the landing bucket.", u.p.Ingestion.Origin)
	}
	add(u.s.Schemas.Analytics, "Models.", u.p.Transform.Origin)
	add(u.s.Schemas.Snapshots, "What each sync sent, and when a row came, changed or went.", u.p.Transform.Origin)
	add(u.s.Schemas.Syncs, "Sync views: all that the sync engine can see.", u.p.Sync.Origin)
	return list
}

func handToLoader(u setup, o object, at source.Span) statement {
	return own(o, u.s.Roles.Loader).
		after(roleID(u.s.Roles.Loader, role(u.s.Roles.Deploy))).
		undone(ownership(o, u.s.Roles.Deploy)).
		because("Airbyte renames and swaps finished tables into it, which only the owner of a managed schema may do.", at)
}
