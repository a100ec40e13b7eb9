package dbt

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

func at(line int) source.Span {
	return source.Span{File: "tapestry.yaml", Start: source.Pos{Line: line, Col: 1}, End: source.Pos{Line: line, Col: 2}}
}

func raw(name, sql string, kind ir.TypeKind) ir.Column {
	return ir.Column{Name: name, SQL: sql, Type: ir.Type{Kind: kind}, Raw: true, Origin: at(20)}
}

func money() ir.Type { return ir.Type{Kind: ir.Number, Precision: 12, Scale: 2} }

// rich is a pipeline with everything that Rain Shield has not: every sync mode,
// nested and awkward names, several keys, models over models, SQL models,
// conversions, a sync that is off, one with two keys.
func rich() *ir.Pipeline {
	p := irtest.RainShield()
	p.Name, p.Prefix, p.Snowflake.Database = "rich", "rich-staging", "RICH_STAGING"
	p.Snowflake.Enterprise = true
	p.Sources = []ir.Source{crm(), web()}
	p.Models = []ir.Model{contacts(), events(), persons(), vips(), totals()}
	p.Destinations = []ir.Destination{
		destination("helpdesk", "Zendesk", true, regional()),
		destination("letters", "Mailchimp", true, everyone()),
		destination("later", "Mailchimp", false, vipLetters()),
	}
	return p
}

func crm() ir.Source {
	account := ir.Stream{
		ID: "crm.account", Key: "account", Name: "account", Table: "ACCOUNT", SyncMode: ir.IncrementalAppend,
		PrimaryKey: []string{"id"}, Cursor: "updated_at", DeletedWhen: "archived_at", Staging: "stg_crm__account", Origin: at(30),
		Columns: []ir.Column{raw("id", "ID", ir.Integer), raw("Email", "EMAIL", ir.Email), raw("Display Name", "DISPLAY NAME", ir.Text),
			raw("order", "ORDER", ir.Text), raw("größe", "GRÖSSE", ir.Float), raw("active", "ACTIVE", ir.Boolean),
			raw("updated_at", "UPDATED_AT", ir.Timestamp), raw("archived_at", "ARCHIVED_AT", ir.Timestamp), raw("metadata", "METADATA", ir.JSON)},
	}
	spend := raw("spend", "SPEND", ir.Number)
	spend.Type = money()
	nested := func(name, sql string, kind ir.TypeKind, path ...string) ir.Column {
		return ir.Column{Name: name, SQL: sql, Type: ir.Type{Kind: kind}, Origin: at(33), Nested: &ir.Nested{Column: "metadata", SQL: "METADATA", Path: path}}
	}
	account.Columns = append(account.Columns, spend, nested("region", "REGION", ir.Text, "home", "region"),
		nested("seats", "SEATS", ir.Integer, "plan", `sea"ts`), nested("tags", "TAGS", ir.JSON, "tags"))
	event := ir.Stream{
		ID: "crm.event", Key: "event", Name: "event", Table: "EVENT", SyncMode: ir.FullAppend, PrimaryKey: []string{"id", "part"},
		Staging: "stg_crm__event", Origin: at(36),
		Columns: []ir.Column{raw("id", "ID", ir.Text), raw("part", "PART", ir.Integer), raw("person_email", "PERSON_EMAIL", ir.Email),
			raw("at", "AT", ir.TimestampNTZ), raw("day", "DAY", ir.Date)},
	}
	return ir.Source{ID: "crm", Title: "CRM", Schema: "RAW_CRM", Schedule: ir.Schedule{Cron: "0 3 * * 1-5", TZ: "UTC"},
		Streams: []ir.Stream{account, event}, Origin: at(28)}
}

func web() ir.Source {
	signup := ir.Stream{
		ID: "web.Sign-up", Key: "Sign-up", Name: "Sign-up", Table: "SIGN-UP", SyncMode: ir.FullOverwrite, Staging: "stg_web__sign_up", Origin: at(42),
		Columns: []ir.Column{raw("email", "EMAIL", ir.Email), raw("first_name", "FIRST_NAME", ir.Text), raw("region", "REGION", ir.Text),
			raw("score", "SCORE", ir.Float), raw("born", "BORN", ir.Date), raw("visits", "VISITS", ir.Text)},
	}
	return ir.Source{ID: "web", Title: "Web forms", Schema: "RAW_WEB", Schedule: ir.Schedule{Minutes: 60, Cron: "0 * * * *", TZ: "UTC"},
		Streams: []ir.Stream{signup}, Origin: at(40)}
}

func pairs(names ...string) []ir.ColumnPair {
	var out []ir.ColumnPair
	for i := 0; i < len(names); i += 4 {
		out = append(out, ir.ColumnPair{Model: names[i], ModelSQL: names[i+1], Input: names[i+2], InputSQL: names[i+3]})
	}
	return out
}

func modelColumn(name, sql string, t ir.Type, from ...string) ir.ModelColumn {
	c := ir.ModelColumn{Name: name, SQL: sql, Type: t, PII: name == "email", Origin: at(52)}
	for i := 0; i < len(from); i += 2 {
		c.From = append(c.From, ir.ColumnRef{Node: from[i], Column: from[i+1]})
	}
	return c
}

func kind(k ir.TypeKind) ir.Type { return ir.Type{Kind: k} }

// contacts merges column by column over two keys; its score is text although
// the input's is a number, its visits the other way round.
func contacts() ir.Model {
	return ir.Model{
		ID: "contacts", Relation: "CONTACTS", Description: "One row per address and region, {{ not a macro }}.", Materialized: "incremental",
		UniqueBy: []string{"email", "region"}, Merge: ir.FirstNonNull, Origin: at(50),
		Inputs: []ir.Input{
			{From: "crm.account", Relation: "stg_crm__account", Origin: at(51), OrderBy: []ir.Order{{Column: "updated_at", SQL: "UPDATED_AT", Desc: true}},
				Columns: pairs("email", "EMAIL", "Email", "EMAIL", "region", "REGION", "region", "REGION", "name", "NAME", "Display Name", "DISPLAY NAME",
					"spend", "SPEND", "spend", "SPEND", "order", "ORDER", "order", "ORDER", "tags", "TAGS", "tags", "TAGS", "active", "ACTIVE", "active", "ACTIVE")},
			{From: "web.Sign-up", Relation: "stg_web__sign_up", Origin: at(53), OrderBy: []ir.Order{{Column: "score", SQL: "SCORE", Desc: true}},
				Columns: pairs("email", "EMAIL", "email", "EMAIL", "region", "REGION", "region", "REGION", "name", "NAME", "first_name", "FIRST_NAME",
					"score", "SCORE", "score", "SCORE", "visits", "VISITS", "visits", "VISITS", "born", "BORN", "born", "BORN")},
		},
		Columns: []ir.ModelColumn{
			modelColumn("email", "EMAIL", kind(ir.Email), "stream:crm.account", "Email", "stream:web.Sign-up", "email"),
			modelColumn("region", "REGION", kind(ir.Text), "stream:crm.account", "region", "stream:web.Sign-up", "region"),
			modelColumn("active", "ACTIVE", kind(ir.Boolean), "stream:crm.account", "active"),
			modelColumn("born", "BORN", kind(ir.Date), "stream:web.Sign-up", "born"),
			modelColumn("name", "NAME", kind(ir.Text), "stream:crm.account", "Display Name", "stream:web.Sign-up", "first_name"),
			modelColumn("order", "ORDER", kind(ir.Text), "stream:crm.account", "order"),
			modelColumn("score", "SCORE", kind(ir.Text), "stream:web.Sign-up", "score"),
			modelColumn("spend", "SPEND", money(), "stream:crm.account", "spend"),
			modelColumn("tags", "TAGS", kind(ir.JSON), "stream:crm.account", "tags"),
			modelColumn("visits", "VISITS", kind(ir.Integer), "stream:web.Sign-up", "visits"),
		},
		Streams: []string{"crm.account", "web.Sign-up"},
		Tests:   []ir.Test{{Column: "region", SQL: "REGION", Name: "accepted_values", Values: []string{"EU", "US", "NO"}}, {Column: "active", SQL: "ACTIVE", Name: "accepted_values", Values: []string{"true", "false"}}},
	}
}

// events has no unique_by: all rows of both inputs.
func events() ir.Model {
	return ir.Model{
		ID: "events", Relation: "EVENTS", Materialized: "view", Origin: at(60),
		Inputs: []ir.Input{
			{From: "crm.event", Relation: "stg_crm__event", Origin: at(61), Columns: pairs("email", "EMAIL", "person_email", "PERSON_EMAIL", "day", "DAY", "day", "DAY")},
			{From: "contacts", IsModel: true, Relation: "contacts", Origin: at(62), Columns: pairs("email", "EMAIL", "email", "EMAIL", "visits", "VISITS", "visits", "VISITS")},
		},
		Columns: []ir.ModelColumn{
			modelColumn("day", "DAY", kind(ir.Date), "stream:crm.event", "day"),
			modelColumn("email", "EMAIL", kind(ir.Email), "model:contacts", "email", "stream:crm.event", "person_email"),
			modelColumn("visits", "VISITS", kind(ir.Integer), "model:contacts", "visits"),
		},
		Refs: []string{"contacts"}, Streams: []string{"crm.event"},
	}
}

// persons is a union of one model, one row an address.
func persons() ir.Model {
	return ir.Model{
		ID: "persons", Relation: "PERSONS", Materialized: "table", UniqueBy: []string{"email"}, Merge: ir.FirstRow, Origin: at(65),
		Inputs: []ir.Input{{From: "contacts", IsModel: true, Relation: "contacts", Origin: at(66), OrderBy: []ir.Order{{Column: "spend", SQL: "SPEND", Desc: true}},
			Columns: pairs("email", "EMAIL", "email", "EMAIL", "region", "REGION", "region", "REGION", "name", "NAME", "name", "NAME", "order", "ORDER", "order", "ORDER")}},
		Columns: []ir.ModelColumn{
			modelColumn("email", "EMAIL", kind(ir.Email), "model:contacts", "email"),
			modelColumn("name", "NAME", kind(ir.Text), "model:contacts", "name"),
			modelColumn("order", "ORDER", kind(ir.Text), "model:contacts", "order"),
			modelColumn("region", "REGION", kind(ir.Text), "model:contacts", "region"),
		},
		Refs: []string{"contacts"},
	}
}

// vips is a model in SQL, incremental, that sees a raw table too.
func vips() ir.Model {
	return ir.Model{
		ID: "vips", Relation: "VIPS", Materialized: "incremental", UniqueBy: []string{"email"}, SQLPath: "models/vips.sql", Origin: at(70),
		SQL: "select email, max(spend) as spend\r\nfrom {{ ref('contacts') }}\r\nwhere email in (select lower(trim(email)) from {{ source('crm', 'account') }})\r\n" +
			"{% if is_incremental() %}  and spend > 0{% endif %}\r\ngroup by email\r\n",
		Columns: []ir.ModelColumn{modelColumn("email", "EMAIL", kind(ir.Email)), modelColumn("spend", "SPEND", money())},
		Refs:    []string{"contacts"}, Streams: []string{"crm.account"},
		Tests: []ir.Test{{Column: "email", SQL: "EMAIL", Name: "relationships", To: "persons", Field: "email"}},
	}
}

// totals declares no columns.
func totals() ir.Model {
	return ir.Model{ID: "totals", Relation: "TOTALS", Materialized: "view", UniqueBy: []string{"region"}, Origin: at(75),
		SQL: "select region, count(*) as people from {{ ref('contacts') }} group by region -- no line end", Refs: []string{"contacts"}}
}

func destination(id, title string, enabled bool, s ir.Sync) ir.Destination {
	return ir.Destination{ID: id, Title: title, Enabled: enabled, Engine: "grouparoo", Syncs: []ir.Sync{s}, Origin: at(80)}
}

func sync(dest, key, model string, keys, fields []ir.SyncColumn) ir.Sync {
	upper := map[string]string{"letters.everyone": "SYNC_LETTERS_EVERYONE", "helpdesk.regional": "SYNC_HELPDESK_REGIONAL", "later.vips": "SYNC_LATER_VIPS"}
	return ir.Sync{ID: dest + "." + key, Key: key, Model: model, Keys: keys, Fields: fields, Mode: ir.Mirror, Enabled: true, Origin: at(85),
		Guard:   ir.Guard{MaxRemovals: -1, MaxRemovalsPercent: -1, MinRows: -1, Origin: at(88)},
		Segment: "seg_" + dest + "__" + key, Snapshot: "snap_" + dest + "__" + key, View: upper[dest+"."+key]}
}

func syncColumn(field, column, sql string, t ir.Type) ir.SyncColumn {
	return ir.SyncColumn{Field: field, Column: column, SQL: sql, Type: t, Origin: at(86)}
}

// everyone sends its key as a field too, and one column to two fields.
func everyone() ir.Sync {
	s := sync("letters", "everyone", "persons",
		[]ir.SyncColumn{syncColumn("email_address", "email", "EMAIL", kind(ir.Email))},
		[]ir.SyncColumn{syncColumn("EMAIL2", "email", "EMAIL", kind(ir.Email)), syncColumn("FNAME", "name", "NAME", kind(ir.Text)),
			syncColumn("LNAME", "name", "NAME", kind(ir.Text)), syncColumn("ORDERED", "order", "ORDER", kind(ir.Text))})
	s.Guard.MaxRemovals = 1
	return s
}

// regional has two keys, no guard, and a condition that ends in a comment and
// looks like Jinja.
func regional() ir.Sync {
	s := sync("helpdesk", "regional", "contacts",
		[]ir.SyncColumn{syncColumn("external_id", "email", "EMAIL", kind(ir.Email)), syncColumn("org", "region", "REGION", kind(ir.Text))},
		[]ir.SyncColumn{syncColumn("spend", "spend", "SPEND", money()), syncColumn("tags", "tags", "TAGS", kind(ir.JSON))})
	s.Where = "contacts.name <> '{{ x }}' -- {% everybody"
	return s
}

func vipLetters() ir.Sync {
	s := sync("later", "vips", "vips", []ir.SyncColumn{syncColumn("email_address", "email", "EMAIL", kind(ir.Email))}, nil)
	s.Guard.MinRows = 1
	s.Enabled = false
	return s
}
