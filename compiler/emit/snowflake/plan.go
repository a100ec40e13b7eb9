package snowflake

// planUser is the user of a job that makes plans and nothing else, such as that
// of a pull request: anyone who can push a branch can run it. It may know that
// things are there. It can read no row but those of the ledger, and change
// nothing.
func planUser(u setup) []statement {
	plan, o := role(u.s.Roles.Plan), user(u.s.Users.Plan)
	return []statement{
		create(plan, "CREATE ROLE IF NOT EXISTS "+plan.name()+u.comment()).
			undone("DROP ROLE IF EXISTS "+plan.name()).
			because("Plans: sees what there is and changes nothing.", u.s.Origin),
		grantRole(u.s.Roles.Plan, role("SYSADMIN")).
			because("System administrators keep control of it.", u.s.Origin),
		grant("MONITOR", named("resource monitor", u.s.Monitor), u.s.Roles.Plan).because("The plan can say how much is used.", u.s.Warehouse.Origin),
		create(o, "CREATE USER IF NOT EXISTS "+o.name()+" TYPE = SERVICE"+u.comment()).
			undone("DROP USER IF EXISTS "+o.name()).
			because("The job that makes plans.", u.s.Origin),
		identity(o, planSubject).
			because("It signs in with GitHub's token for pull requests, for example repo:acme/pipeline:pull_request. Put that text in place of the marker.", u.s.Origin),
		userDefaults(o, u.s.Roles.Plan, u.s.TransformWarehouse, u.schema(u.s.Schemas.Ledger)).
			because("It works as the role that only looks.", u.s.Origin),
		grantRole(u.s.Roles.Plan, o).because("It makes plans.", u.s.Origin),
	}
}

// planGrants let a plan see that things are there. MONITOR and USAGE on a schema
// show no row; the ledger is the one table that it reads. What it has no right
// to see (roles and what they have, the network rule and policy) it takes from the ledger.
func planGrants(u setup) []statement {
	to := u.s.Roles.Plan
	reads := "A plan sees that it is there."
	list := []statement{
		grant("USAGE", u.database(), to).after(u.entry()...).because(reads, u.s.Origin),
		grant("USAGE", warehouse(u.s.TransformWarehouse), to).after(ownID(warehouse(u.s.TransformWarehouse))).because("A plan reads the ledger in this warehouse.", u.s.Origin),
	}
	for _, name := range u.warehouses() {
		if name != u.s.TransformWarehouse {
			list = append(list, grant("MONITOR", warehouse(name), to).after(ownID(warehouse(name))).because(reads, u.s.Warehouse.Origin))
		}
	}
	table := u.in("table", u.s.Schemas.Ledger, ledgerTable)
	list = append(list,
		grant("USAGE", u.schema(u.s.Schemas.Ledger), to).because("A plan reads the ledger.", u.s.Origin),
		grant("SELECT", table, to).because("A plan reads the ledger.", u.s.Origin),
		grant("USAGE", u.schema(u.s.Schemas.Syncs), to).because("A plan sees which sync views there are.", u.p.Sync.Origin))
	for _, src := range u.sources {
		list = append(list, grant("MONITOR", u.schema(src.Schema), to).after(u.rules(src.Schema)...).because(reads, src.Origin))
	}
	for _, name := range u.otherSchemas() {
		list = append(list, grant("MONITOR", u.schema(name), to).after(u.rules(name)...).because(reads, u.s.Origin))
	}
	for _, su := range u.serviceUsers() {
		list = append(list, grant("MONITOR", user(su.name), to).because("A plan sees how the user is set up, and the fingerprint of its key.", su.at))
	}
	if !u.direct() {
		integration := named("integration", u.s.Integration)
		list = append(list, grant("USAGE", integration, to).after(ownID(integration)).
			because("A plan sees where it points. It can make no stage of it: that takes a right on a schema as well.", u.p.Ingestion.Origin))
	}
	return list
}

// otherSchemas are those of no source, of which a plan need not know more than
// that they are there.
func (u setup) otherSchemas() []string {
	list := []string{u.s.Schemas.Analytics, u.s.Schemas.Snapshots}
	if u.direct() {
		return append(list, u.s.Schemas.Airbyte)
	}
	return append(list, u.s.Schemas.Landing)
}
