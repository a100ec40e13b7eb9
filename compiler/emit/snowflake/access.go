package snowflake

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// tokenDays is how long the sync engine's token lives. Whoever applies the set
// makes a new one in good time.
const tokenDays = 180

// tokenName tells our token from one that a person made.
const tokenName = "TAPESTRY_CI"

// serviceUser is a user that a program signs in as.
type serviceUser struct {
	name, role, warehouse string
	home                  object // schema in which it starts
	reason                string
	at                    source.Span
}

func (u setup) serviceUsers() []serviceUser {
	list := []serviceUser{
		{u.s.Users.Dbt, u.s.Roles.Transformer, u.s.TransformWarehouse, u.schema(u.s.Schemas.Analytics), "dbt signs in with a key pair.", u.p.Transform.Origin},
		{u.s.Users.Grouparoo, u.s.Roles.Reader, u.s.SyncWarehouse, u.schema(u.s.Schemas.Syncs), "The sync engine signs in with an access token, from one address.", u.p.Sync.Origin},
	}
	if u.direct() {
		list = append([]serviceUser{{u.s.Users.Airbyte, u.s.Roles.Loader, u.s.IngestWarehouse, u.schema(u.s.Schemas.Airbyte), "Airbyte signs in with a key pair.", u.p.Ingestion.Origin}}, list...)
	}
	return list
}

func users(u setup) []statement {
	var list []statement
	for _, su := range u.serviceUsers() {
		o := user(su.name)
		list = append(list,
			create(o, "CREATE USER IF NOT EXISTS "+o.name()+" TYPE = SERVICE"+u.comment()).
				after(grantID("CREATE USER", account(), role(u.s.Roles.Deploy))).
				undone("DROP USER IF EXISTS "+o.name()).
				wants(migration.Property{Name: "type", Value: "SERVICE"}).
				changed("ALTER USER "+o.name()+" SET TYPE = SERVICE").
				because(su.reason, su.at),
			userDefaults(o, su.role, su.warehouse, su.home).
				because("One role, and no other beside it.", su.at),
			grantRole(su.role, o).because("All that this user may do.", su.at))
	}
	params := u.p.Params().Snowflake
	if u.direct() {
		list = append(list, keyPair(u.s.Users.Airbyte, params.AirbyteKey, u.p.Ingestion.Origin))
	}
	return append(list, keyPair(u.s.Users.Dbt, params.DbtKey, u.p.Transform.Origin))
}

// userDefaults leaves a user with the rights of one role: no secondary roles.
func userDefaults(o object, roleName, wh string, home object) statement {
	return alter(o, "defaults", "ALTER USER "+o.name()+" SET DEFAULT_ROLE = "+sqlname.Ident(roleName)+
		" DEFAULT_WAREHOUSE = "+sqlname.Ident(wh)+" DEFAULT_NAMESPACE = "+home.name()+" DEFAULT_SECONDARY_ROLES = ()").
		wants(migration.Property{Name: "default_role", Value: sqlname.Ident(roleName), SQL: true},
			migration.Property{Name: "default_warehouse", Value: sqlname.Ident(wh), SQL: true},
			migration.Property{Name: "default_namespace", Value: home.name(), SQL: true},
			migration.Property{Name: "default_secondary_roles", Value: "[]"})
}

func keyPair(name, param string, at source.Span) statement {
	o := user(name)
	return statement{Statement: migration.Statement{
		ID: "keypair/" + o.key(), Kind: migration.KeyPair, Object: o.data(),
		Step: &migration.Step{User: name, Param: param,
			Notes: "Make an RSA key pair, store the private half in the parameter, then set the public half (RSA_PUBLIC_KEY, or RSA_PUBLIC_KEY_2 when it replaces one that is in use)."},
		Undo: "ALTER USER " + o.name() + " UNSET RSA_PUBLIC_KEY",
	}}.after(createID(o)).because("A key pair and no password.", at)
}

// network ties the sync engine's user to the address that its stack leaves
// from; Snowflake gives a service user no token without such a policy.
func network(u setup) []statement {
	at := u.p.Sync.Origin
	rule := u.in("network rule", u.s.Schemas.Ledger, u.s.NetworkRule)
	policy := named("network policy", u.s.NetworkPolicy)
	grouparoo := user(u.s.Users.Grouparoo)
	addresses, values, inputs := egressList(u)
	// Snowflake has no CREATE NETWORK RULE IF NOT EXISTS, and OR REPLACE would
	// take the rule away from the policy that names it.
	makeRule := create(rule, "CREATE NETWORK RULE "+rule.name()+" TYPE = IPV4 MODE = INGRESS "+addresses+u.comment())
	makeRule.Check = "SHOW NETWORK RULES LIKE " + sqlname.SnowflakeLiteral(u.s.NetworkRule) + " IN " + u.schema(u.s.Schemas.Ledger).sql()
	makeRule.Change = "ALTER NETWORK RULE " + rule.name() + " SET " + addresses
	return []statement{
		makeRule.with(inputs...).
			wants(migration.Property{Name: "value_list", Value: values, List: true}).
			after(createID(u.schema(u.s.Schemas.Ledger))).
			because("The addresses that the sync stack leaves from.", at),
		create(policy, "CREATE NETWORK POLICY IF NOT EXISTS "+policy.name()+" ALLOWED_NETWORK_RULE_LIST = ("+sqlname.SnowflakeLiteral(rule.name())+")"+u.comment()).
			after(createID(rule), grantID("CREATE NETWORK POLICY", account(), role(u.s.Roles.Deploy))).
			undone("DROP NETWORK POLICY IF EXISTS "+policy.name()).
			wants(migration.Property{Name: "allowed_network_rule_list", Value: rule.name(), SQL: true}).
			changed("ALTER NETWORK POLICY "+policy.name()+" SET ALLOWED_NETWORK_RULE_LIST = ("+sqlname.SnowflakeLiteral(rule.name())+")").
			because("Nobody else can use the token, wherever it turns up.", at),
		alter(grouparoo, "network-policy", "ALTER USER "+grouparoo.name()+" SET NETWORK_POLICY = "+policy.name()).
			after(createID(policy)).
			undone("ALTER USER "+grouparoo.name()+" UNSET NETWORK_POLICY").
			wants(migration.Property{Name: "network_policy", Value: policy.name(), SQL: true}).
			because("The policy holds for this user only.", at),
		token(u, grouparoo),
	}
}

// egressList is the addresses of a network that the file names, each a constant
// of its own, or what the foundation stack says of its own network; as SQL, and
// as the values alone.
func egressList(u setup) (list, values string, inputs []migration.Input) {
	if len(u.p.AWS.Network.Egress) == 0 {
		return "VALUE_LIST = ('" + marker(egress) + "')", marker(egress), []migration.Input{egress}
	}
	addresses := slices.Sorted(slices.Values(u.p.AWS.Network.Egress))
	var items []string
	for _, address := range addresses {
		items = append(items, sqlname.SnowflakeLiteral(address))
	}
	return "VALUE_LIST = (" + strings.Join(items, ", ") + ")", strings.Join(addresses, ","), nil
}

func token(u setup, o object) statement {
	return statement{Statement: migration.Statement{
		ID: "token/" + o.key(), Kind: migration.Token, Object: o.data(),
		Step: &migration.Step{User: u.s.Users.Grouparoo, Param: u.p.Params().Snowflake.GrouparooToken,
			Name: tokenName, Role: u.s.Roles.Reader, Days: tokenDays,
			Notes: "The answer shows the token once: store it at once. If the answer is lost, remove the token and make another."},
		Undo: "ALTER USER " + o.name() + " REMOVE PROGRAMMATIC ACCESS TOKEN " + tokenName,
	}}.after(createID(o), "alter/"+o.key()+"/network-policy", roleID(u.s.Roles.Reader, o)).
		because("The sync engine can send a user and a password only; this token stands for the password.", u.p.Sync.Origin)
}

// grants lets each role work where it must.
func grants(u setup) []statement {
	list := slices.Concat(rolesIntoDatabase(u), transformerGrants(u), planGrants(u))
	return append(list, grant("USAGE", u.schema(u.s.Schemas.Syncs), u.s.Roles.Reader).
		because("The sync engine reads sync views.", u.p.Sync.Origin))
}

func rolesIntoDatabase(u setup) []statement {
	var list []statement
	for _, su := range u.serviceUsers() {
		list = append(list,
			grant("USAGE", u.database(), su.role).
				after(u.entry()...).
				because("It works in this database.", su.at),
			grant("USAGE", warehouse(su.warehouse), su.role).
				after(ownID(warehouse(su.warehouse))).
				because("It works in this warehouse.", su.at))
	}
	return list
}

func transformerGrants(u setup) []statement {
	to := u.s.Roles.Transformer
	at := u.p.Transform.Origin
	var list []statement
	for _, src := range u.sources {
		list = append(list, grant("USAGE", u.schema(src.Schema), to).after(u.rules(src.Schema)...).
			because("dbt reads this source's raw tables.", src.Origin))
	}
	if !u.direct() {
		list = append(list, grant("USAGE", u.schema(u.s.Schemas.Landing), to).because("dbt loads files from the stage.", at))
	}
	writes := []struct {
		schema     string
		privileges []string
	}{
		{u.s.Schemas.Analytics, []string{"USAGE", "CREATE TABLE", "CREATE VIEW"}},
		{u.s.Schemas.Snapshots, []string{"USAGE", "CREATE TABLE", "CREATE VIEW"}},
		{u.s.Schemas.Syncs, []string{"USAGE", "CREATE VIEW"}},
	}
	for _, w := range writes {
		for _, privilege := range w.privileges {
			list = append(list, grant(privilege, u.schema(w.schema), to).because("dbt builds here.", at))
		}
	}
	return list
}

// futureGrants are for tables that are made later, and again and again.
func futureGrants(u setup) []statement {
	to := u.s.Roles.Transformer
	var list []statement
	for _, src := range u.sources {
		o := u.schema(src.Schema)
		list = append(list, grantFuture("SELECT", "TABLES", o, to).after(u.rules(src.Schema)...).
			because("dbt reads this source's raw tables.", src.Origin))
		if !u.direct() {
			list = append(list, grantFuture("INSERT", "TABLES", o, to).after(u.rules(src.Schema)...).
				because("dbt loads this source's raw tables from the stage.", src.Origin))
		}
	}
	if u.direct() {
		list = append(list, grantFuture("SELECT", "TABLES", u.schema(u.s.Schemas.Airbyte), to).after(u.rules(u.s.Schemas.Airbyte)...).
			because("A table that Airbyte swaps or renames into a raw schema takes the grants with it that it was born with here. Without USAGE on this schema it cannot be read here.", u.p.Ingestion.Origin))
	}
	return append(list,
		grantFuture("SELECT", "VIEWS", u.schema(u.s.Schemas.Syncs), u.s.Roles.Reader).
			because("dbt makes the sync views anew on every run.", u.p.Sync.Origin),
		grantFuture("REFERENCES", "VIEWS", u.schema(u.s.Schemas.Syncs), u.s.Roles.Plan).
			because("A plan sees which sync views there are, and no row of them.", u.p.Sync.Origin))
}
