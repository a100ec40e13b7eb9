package snowflake

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
)

// bootstrap is what only an account administrator can do: the deploy role with
// its few rights on the account, warehouses under a resource monitor (nobody
// else may assign one), the user of the deploying job.
func bootstrap(u setup) []statement {
	list := slices.Concat(
		[]statement{useAdmin()},
		deployRole(u), accountGrants(u), resourceMonitor(u), monitoredWarehouses(u), deployUser(u), planUser(u))
	if !u.direct() {
		list = append(list, emptyIntegration(u)...)
	}
	for i := range list {
		list[i].As, list[i].Bootstrap = accountAdmin, true
	}
	return list
}

func useAdmin() statement {
	o := role(accountAdmin)
	return statement{Statement: migration.Statement{ID: "use/" + o.key(), Kind: migration.Use, Object: o.data(), SQL: "USE " + o.sql()}}.
		because("The statements below need the account administrator, and nothing else does.")
}

func deployRole(u setup) []statement {
	deploy := role(u.s.Roles.Deploy)
	return []statement{
		create(deploy, "CREATE ROLE IF NOT EXISTS "+deploy.name()+u.comment()).
			undone("DROP ROLE IF EXISTS "+deploy.name()).
			because("Applies everything else; owns what is made.", u.s.Origin),
		grantRole(u.s.Roles.Deploy, role("SYSADMIN")).
			because("System administrators keep control of what the deploy role makes.", u.s.Origin),
	}
}

// accountGrants are the deploy role's rights outside what it owns.
func accountGrants(u setup) []statement {
	deploy := u.s.Roles.Deploy
	list := []statement{
		grant("CREATE ROLE", account(), deploy).because("It makes the roles of the loader, the transformer and the reader.", u.s.Origin),
		grant("CREATE USER", account(), deploy).because("It makes the service users.", u.s.Origin),
		grant("CREATE NETWORK POLICY", account(), deploy).because("It binds the token of the sync engine to its address.", u.s.Origin),
	}
	if u.s.Enterprise {
		list = append(list, grant("APPLY MASKING POLICY", account(), deploy).because("It sets masking policies on the tag of personal data.", u.s.Origin))
	}
	if !u.s.Existing {
		return append(list, grant("CREATE DATABASE", account(), deploy).because("It makes the database.", u.s.Origin))
	}
	usage := grant("USAGE", u.database(), deploy)
	usage.SQL += " WITH GRANT OPTION"
	usage.Grant.GrantOption = true
	return append(list,
		usage.because("It works in a database that is not its own, and lets its roles in.", u.s.Origin),
		grant("CREATE SCHEMA", u.database(), deploy).because("It makes its own schemas there and touches no other.", u.s.Origin))
}

// creditsPerHour is Snowflake's price of each size of warehouse.
var creditsPerHour = map[string]int{
	"XSMALL": 1, "SMALL": 2, "MEDIUM": 4, "LARGE": 8, "XLARGE": 16,
	"XXLARGE": 32, "XXXLARGE": 64, "X4LARGE": 128, "X5LARGE": 256, "X6LARGE": 512,
}

// hoursPerMonth is one warehouse that never stops. Three that stop when they
// have nothing to do stay far below it; one that cannot stop does not.
const hoursPerMonth = 744

func resourceMonitor(u setup) []statement {
	o := named("resource monitor", u.s.Monitor)
	quota := hoursPerMonth * max(1, creditsPerHour[u.s.Warehouse.Size])
	return []statement{
		create(o, fmt.Sprintf("CREATE RESOURCE MONITOR IF NOT EXISTS %s WITH CREDIT_QUOTA = %d", o.name(), hoursPerMonth)+
			" TRIGGERS ON 25 PERCENT DO NOTIFY ON 50 PERCENT DO NOTIFY ON 80 PERCENT DO NOTIFY ON 100 PERCENT DO SUSPEND").
			undone("DROP RESOURCE MONITOR IF EXISTS "+o.name()).
			because("Stops the warehouses of this pipeline when a month costs more than a warehouse that never rests.", u.s.Warehouse.Origin),
		alter(o, "quota", fmt.Sprintf("ALTER RESOURCE MONITOR %s SET CREDIT_QUOTA = %d", o.name(), quota)).
			wants(migration.Property{Name: "credit_quota", Value: strconv.Itoa(quota)}).
			because("Credits in a month.", u.s.Warehouse.Origin),
		grant("MONITOR", o, u.s.Roles.Deploy).because("The plan can say how much is used.", u.s.Warehouse.Origin),
	}
}

// monitoredWarehouses are made here because only an account administrator can
// put a warehouse under a monitor. The deploy role owns and sizes them.
func monitoredWarehouses(u setup) []statement {
	var list []statement
	for _, name := range u.warehouses() {
		o := warehouse(name)
		list = append(list,
			create(o, "CREATE WAREHOUSE IF NOT EXISTS "+o.name()+" WITH INITIALLY_SUSPENDED = TRUE RESOURCE_MONITOR = "+sqlname.Ident(u.s.Monitor)+u.comment()).
				after(createID(named("resource monitor", u.s.Monitor))).
				undone("DROP WAREHOUSE IF EXISTS "+o.name()).
				wants(migration.Property{Name: "resource_monitor", Value: sqlname.Ident(u.s.Monitor), SQL: true}).
				changed("ALTER WAREHOUSE "+o.name()+" SET RESOURCE_MONITOR = "+sqlname.Ident(u.s.Monitor)).
				because("One warehouse for each kind of work, so that their cost can be told apart.", u.s.Warehouse.Origin),
			own(o, u.s.Roles.Deploy).because("The deploy role sizes it and lets the others use it.", u.s.Warehouse.Origin))
	}
	return list
}

// deployUser is the user of the deploying job: it signs in with the job's own
// identity, so there is no secret to keep.
func deployUser(u setup) []statement {
	ci := user(u.s.Users.CI)
	return []statement{
		create(ci, "CREATE USER IF NOT EXISTS "+ci.name()+" TYPE = SERVICE"+u.comment()).
			undone("DROP USER IF EXISTS "+ci.name()).
			because("The job that applies a plan.", u.s.Origin),
		identity(ci, githubSubject).
			because("It signs in with GitHub's token for the environment of the apply job, for example repo:acme/pipeline:environment:production. Put that text in place of the marker.", u.s.Origin),
		userDefaults(ci, u.s.Roles.Deploy, u.s.TransformWarehouse, u.schema(u.s.Schemas.Ledger)).
			because("It works as the deploy role and as no other by default.", u.s.Origin),
		grantRole(u.s.Roles.Deploy, ci).because("It applies the plan.", u.s.Origin),
	}
}

func identity(o object, subject migration.Input) statement {
	return alter(o, "identity", "ALTER USER "+o.name()+" SET WORKLOAD_IDENTITY = (TYPE = OIDC ISSUER = 'https://token.actions.githubusercontent.com' SUBJECT = '"+marker(subject)+"')").
		with(subject)
}

// emptyIntegration makes the storage integration without rights: which role it
// may take on and which bucket it may read is known when the ingestion stack is
// there, and the deploy role, which owns it, says so then.
func emptyIntegration(u setup) []statement {
	o := named("integration", u.s.Integration)
	return []statement{
		create(o, "CREATE STORAGE INTEGRATION IF NOT EXISTS "+o.name()+" TYPE = EXTERNAL_STAGE STORAGE_PROVIDER = 'S3' ENABLED = FALSE"+
			" STORAGE_AWS_ROLE_ARN = 'arn:aws:iam::000000000000:role/not-known-yet' STORAGE_ALLOWED_LOCATIONS = ('s3://not-known-yet/')"+u.comment()).
			undone("DROP INTEGRATION IF EXISTS "+o.name()).
			because("Lets Snowflake read the landing bucket. Only an account administrator can make one; it is switched off and points nowhere until the bucket is there.", u.p.Ingestion.Origin),
		own(o, u.s.Roles.Deploy).because("The deploy role points it at the bucket. It can make no other.", u.p.Ingestion.Origin),
	}
}
