package comment_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

const commit = "3f2a9c41d07be85c6612a0f9e4d3b7a85c1e9f20"

func where() comment.Context {
	return comment.Context{Project: "pipelines/umbrella/tapestry.yaml", Environment: "production", Commit: commit, Repository: "rain-shield/data",
		RunURL: "https://github.com/rain-shield/data/actions/runs/981", PlanFile: "tapestry-plan", Branch: "main", Command: "/tapestry apply", Allow: "Run the workflow by hand on main with the ids as allow.", Graph: umbrella()}
}

// umbrella is the graph of examples/01-rain-shield.
func umbrella() *comment.Graph {
	return &comment.Graph{
		Nodes: []comment.Node{
			{ID: "stream:salesforce.Contact", Kind: "stream", Name: "salesforce.Contact", Group: "salesforce"},
			{ID: "stream:zoom.webinar_registrants", Kind: "stream", Name: "zoom.webinar_registrants", Group: "zoom"},
			{ID: "model:people", Kind: "model", Name: "people"},
			{ID: "model:vips", Kind: "model", Name: "vips"},
			{ID: "sync:mailchimp.newsletter", Kind: "sync", Name: "mailchimp.newsletter", Group: "mailchimp"},
			{ID: "sync:zendesk.users", Kind: "sync", Name: "zendesk.users", Group: "zendesk"},
		},
		Edges: []comment.Edge{{From: "stream:salesforce.Contact", To: "model:people"}, {From: "stream:zoom.webinar_registrants", To: "model:people"},
			{From: "model:people", To: "model:vips"}, {From: "model:people", To: "sync:mailchimp.newsletter"}, {From: "model:vips", To: "sync:zendesk.users"}},
	}
}

func sealed(t testing.TB, p deploy.Plan) *deploy.Plan {
	t.Helper()
	if p.Pipeline == "" {
		p.Pipeline, p.Environment, p.Target = "rain-shield", "production", "aws"
	}
	p.Artifacts, p.Tool = "sha256:a", "1.4.0"
	require.NoError(t, p.Seal())
	return &p
}

// change makes one; it is safe where with says nothing else.
func change(action deploy.Action, provider, kind, name, reason string, with ...func(*deploy.Change)) deploy.Change {
	c := deploy.Change{ID: provider + ":" + kind + ":" + name, Provider: provider, Kind: kind, Name: name, Action: action, Risk: deploy.Safe, Reason: reason}
	for _, w := range with {
		w(&c)
	}
	return c
}

func sql(s string) func(*deploy.Change)           { return func(c *deploy.Change) { c.Statement = s } }
func risk(r deploy.Risk) func(*deploy.Change)     { return func(c *deploy.Change) { c.Risk = r } }
func effect(e deploy.Effect) func(*deploy.Change) { return func(c *deploy.Change) { c.Effect = &e } }
func next(s string) func(*deploy.Change)          { return func(c *deploy.Change) { c.Next = s } }
func at(lines ...string) func(*deploy.Change)     { return func(c *deploy.Change) { c.Origins = lines } }
func needs(ids ...string) func(*deploy.Change)    { return func(c *deploy.Change) { c.DependsOn = ids } }
func field(path, before, after string, affects ...string) func(*deploy.Change) {
	return func(c *deploy.Change) {
		c.Fields = append(c.Fields, deploy.FieldChange{Path: path, Before: before, After: after, Affects: affects})
	}
}

// smallChange adds a column and maps it.
func smallChange(t testing.TB) *deploy.Plan {
	return sealed(t, deploy.Plan{Changes: []deploy.Change{
		change(deploy.Update, "airbyte", "connection", "zoom", "the file changed", at("tapestry.yaml:24"),
			field("streams.webinar_registrants.columns", "email, first_name, id, last_name", "email, first_name, id, last_name, plan",
				"model:people.plan", "sync:mailchimp.newsletter.PLAN")),
		change(deploy.Update, "dbt", "build", "rain-shield", "2 files changed", field("models/people.sql",
			"select\n    email,\n    first_name,\n    last_name\nfrom salesforce\nunion all\nselect email, first_name, last_name from zoom",
			"select\n    email,\n    first_name,\n    last_name,\n    plan\nfrom salesforce\nunion all\nselect email, first_name, last_name from zoom",
			"people_snapshot", "SYNC_MAILCHIMP_NEWSLETTER")),
	}, Preview: []deploy.Change{
		change(deploy.Update, "local", "model", "people", "its columns change", effect(deploy.Effect{RowsIn: 6, RowsOut: 4, Merged: 2}),
			field("column plan", "", "text", "sync:mailchimp.newsletter.PLAN")),
		change(deploy.Update, "local", "sync", "mailchimp.newsletter", "a field is mapped", at("tapestry.yaml:61", "tapestry.yaml:64"),
			field("fields.PLAN", "", "plan"),
			effect(deploy.Effect{Changed: 3, Unchanged: 1, ChangedFields: []deploy.Count{{Name: "PLAN", N: 3}}, Rejected: []deploy.Count{{Name: "email_address is empty", N: 1}}})),
	}, Notes: []string{"zoom.webinar_registrants: 1 value of column plan is no text and becomes NULL"}})
}

// firstDeployment is everything there is to make.
func firstDeployment(t testing.TB) *deploy.Plan {
	var changes []deploy.Change
	missing := "it is not there"
	for _, s := range []string{"foundation", "ingestion", "sync"} {
		changes = append(changes, change(deploy.Create, "cloudformation", "stack", "tapestry-rain-shield-production-"+s, missing))
	}
	for _, s := range []string{"MAILCHIMP_API_KEY", "SF_CLIENT_SECRET", "SF_REFRESH_TOKEN", "ZOOM_CLIENT_SECRET"} {
		changes = append(changes, change(deploy.Create, "secrets", "parameter", "/tapestry/rain-shield/production/"+s, "it is not stored", at("tapestry.yaml:22")))
	}
	changes = append(changes, change(deploy.Create, "images", "image", "dbt", "no image of it was pushed before; 12 files on sha256:77aa"),
		change(deploy.Create, "images", "image", "grouparoo", "no image of it was pushed before; 9 files on sha256:91bc"))
	for _, s := range []struct{ kind, name, sql string }{
		{"role", "RAIN_SHIELD_LOADER", "CREATE ROLE IF NOT EXISTS RAIN_SHIELD_LOADER\n  COMMENT = 'Airbyte writes raw tables with it'"},
		{"role", "RAIN_SHIELD_READER", "CREATE ROLE IF NOT EXISTS RAIN_SHIELD_READER\n  COMMENT = 'Grouparoo reads sync views with it'"},
		{"warehouse", "RAIN_SHIELD_SYNC", "CREATE WAREHOUSE IF NOT EXISTS RAIN_SHIELD_SYNC\n  WAREHOUSE_SIZE = XSMALL\n  AUTO_SUSPEND = 60\n  INITIALLY_SUSPENDED = TRUE"},
		{"database", "RAIN_SHIELD", "CREATE DATABASE IF NOT EXISTS RAIN_SHIELD"},
		{"schema", "RAIN_SHIELD.RAW_ZOOM", "CREATE SCHEMA IF NOT EXISTS RAIN_SHIELD.RAW_ZOOM WITH MANAGED ACCESS"},
		{"schema", "RAIN_SHIELD.RAW_SALESFORCE", "CREATE SCHEMA IF NOT EXISTS RAIN_SHIELD.RAW_SALESFORCE WITH MANAGED ACCESS"},
		{"view", "RAIN_SHIELD.SYNCS.SYNC_MAILCHIMP_NEWSLETTER", "CREATE VIEW IF NOT EXISTS RAIN_SHIELD.SYNCS.SYNC_MAILCHIMP_NEWSLETTER AS\nSELECT NULL::VARCHAR AS EMAIL_ADDRESS\nWHERE FALSE"},
	} {
		changes = append(changes, change(deploy.Create, "snowflake", s.kind, s.name, missing, sql(s.sql), at("tapestry.yaml:14")))
	}
	changes = append(changes,
		change(deploy.Deferred, "airbyte", "workspace", "rain-shield", "Airbyte is not there yet", next("It is planned once the stack ingestion is there, and may then only create.")),
		change(deploy.Create, "dbt", "build", "rain-shield", "it was not built before"),
		change(deploy.Create, "local", "table", "RAW_SALESFORCE.CONTACT", missing, effect(deploy.Effect{RowsIn: 3})),
		change(deploy.Create, "local", "table", "RAW_ZOOM.WEBINAR_REGISTRANTS", missing, effect(deploy.Effect{RowsIn: 3})),
		change(deploy.Create, "local", "model", "people", missing, effect(deploy.Effect{RowsIn: 6, RowsOut: 4, Merged: 2})),
		change(deploy.Create, "local", "sync", "mailchimp.newsletter", missing, effect(deploy.Effect{Created: 4}), at("tapestry.yaml:61")))
	return sealed(t, deploy.Plan{Changes: changes, Notes: []string{"the first apply takes about 35 minutes: the database and Airbyte are slow to start"}})
}

// destructiveChange loses a table, empties part of an audience, restarts
// Airbyte, and is stopped by a guard.
func destructiveChange(t testing.TB) *deploy.Plan {
	return sealed(t, deploy.Plan{Changes: []deploy.Change{
		change(deploy.Replace, "cloudformation", "stack", "tapestry-rain-shield-production-sync", "Redis is made anew", risk(deploy.Destructive),
			field("Resources.Redis.NumCacheClusters", "1", "2"), field("Resources.Database.DBInstanceClass", "db.t4g.micro", "db.t4g.small")),
		change(deploy.Update, "cloudformation", "stack", "tapestry-rain-shield-production-ingestion", "the instance is restarted", risk(deploy.Disruptive),
			field("Resources.Instance.InstanceType", "t3.xlarge", "t3.2xlarge")),
		change(deploy.Delete, "snowflake", "schema", "RAIN_SHIELD.RAW_HUBSPOT", "it left the file", risk(deploy.Destructive), sql("DROP SCHEMA RAIN_SHIELD.RAW_HUBSPOT")),
		change(deploy.Update, "snowflake", "role", "RAIN_SHIELD_READER", "its comment changed", sql("COMMENT ON ROLE RAIN_SHIELD_READER IS 'reads'")),
		change(deploy.Keep, "snowflake", "database", "RAIN_SHIELD", "it holds data"),
		change(deploy.Blocked, "local", "sync", "mailchimp.newsletter", "3 of 4 members would be removed, more than 50%", risk(deploy.Disruptive),
			next("If that is meant, raise guard.max_removals in tapestry.yaml."), effect(deploy.Effect{Removed: 3, Unchanged: 1}), at("tapestry.yaml:69")),
		change(deploy.Update, "local", "sync", "zendesk.users", "its rows change", effect(deploy.Effect{Created: 12, Changed: 1840, Removed: 7, Kept: 2})),
	}})
}

// lossy can be applied, by whoever allows it.
func lossy(t testing.TB) *deploy.Plan {
	p := *destructiveChange(t)
	p.Changes = slices.DeleteFunc(p.Changes, func(c deploy.Change) bool { return c.Action == deploy.Blocked })
	return sealed(t, p)
}

// many has n changes of the providers, some of them grave.
func many(t testing.TB, n int, statement string) *deploy.Plan {
	var changes []deploy.Change
	for i := range n {
		name := fmt.Sprintf("TABLE_%04d", i)
		switch i % 5 {
		case 0:
			changes = append(changes, change(deploy.Create, "snowflake", "table", "RAIN_SHIELD.RAW_ZOOM."+name, "it is not there", sql("CREATE TABLE "+name+" (ID NUMBER)"+statement)))
		case 1:
			changes = append(changes, change(deploy.Update, "snowflake", "table", "RAIN_SHIELD.RAW_STRIPE."+name, "a column is added", sql("ALTER TABLE "+name+" ADD COLUMN PLAN TEXT"+statement),
				field("columns.plan", "", "text", "model:people.plan")))
		case 2:
			changes = append(changes, change(deploy.Update, "airbyte", "connection", "source_"+name, "the file changed", field("schedule", "6h", "1h"), field("cursor", "created", "updated_at")))
		case 3:
			changes = append(changes, change(deploy.Update, "cloudformation", "stack", "stack-"+name, "its template changed", field("Resources.Task.Cpu", "256", "512")))
		case 4:
			r := deploy.Safe
			if i%100 == 4 {
				r = deploy.Destructive
			}
			changes = append(changes, change(deploy.Update, "local", "sync", "mailchimp."+name, "its rows change", risk(r), effect(deploy.Effect{Created: i, Removed: i % 7})))
		}
	}
	return sealed(t, deploy.Plan{Changes: changes, Notes: []string{strings.Repeat("a long note ", 20)}})
}
