package snowflake

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// verify runs the statements in the model and then does what Airbyte, dbt and
// the sync engine do, and what they must not be able to do. It gives the first
// thing that went wrong.
func verify(p *ir.Pipeline, list []migration.Statement) error {
	w := newWorld()
	if p.Snowflake.Existing {
		w.add("database", "SYSADMIN", p.Snowflake.Database)
	}
	for _, s := range list {
		if s.WhenExists != nil {
			continue
		}
		if err := w.run(s, p.Snowflake.Users.CI); err != nil {
			return err
		}
	}
	v := verifier{w: w, p: p, s: p.Snowflake, direct: p.Ingestion.Landing != ir.S3}
	for _, duty := range []func() error{v.syncEngineReads, v.plansSyncs, v.settings, v.logins, v.loads, v.transforms, v.syncEngineReads, func() error { return v.masks(list) }, v.plans, v.plansSyncs, v.limits} {
		if err := duty(); err != nil {
			return err
		}
	}
	return nil
}

type verifier struct {
	w      *world
	p      *ir.Pipeline
	s      ir.Snowflake
	direct bool
}

func (v verifier) in(schema, name string) []string { return []string{v.s.Database, schema, name} }

func (v verifier) syncEngineReads() error {
	for _, d := range v.p.Destinations {
		for _, sync := range d.Syncs {
			if err := v.w.reads(v.s.Roles.Reader, v.in(v.s.Schemas.Syncs, sync.View)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// settings are statements that give nobody a right, but must be there.
func (v verifier) settings() error {
	warehouses := map[string]string{v.s.TransformWarehouse: v.s.Roles.Transformer, v.s.SyncWarehouse: v.s.Roles.Reader}
	if v.direct {
		warehouses[v.s.IngestWarehouse] = v.s.Roles.Loader
	}
	for name, user := range warehouses {
		t := v.w.objects[key("warehouse", name)]
		if t == nil || t.owner != v.s.Roles.Deploy || t.facts["alter warehouse "] == "" || !v.w.may(user, "USAGE", key("warehouse", name)) {
			return fmt.Errorf("warehouse %s is not set up for %s", name, user)
		}
	}
	monitor := v.w.objects[key("resource monitor", v.s.Monitor)]
	if monitor.facts["alter resource monitor "] == "" || !slices.Contains(monitor.rights, right{"MONITOR", v.s.Roles.Deploy, false}) ||
		!slices.Contains(monitor.rights, right{"MONITOR", v.s.Roles.Plan, false}) {
		return errors.New("the resource monitor is not set up")
	}
	if ledger := v.w.objects[key(v.in(v.s.Schemas.Ledger, ledgerTable)...)]; ledger == nil || ledger.owner != v.s.Roles.Deploy {
		return errors.New("the deploy role cannot write the ledger")
	}
	for _, role := range []string{v.s.Roles.Deploy, v.s.Roles.Transformer, v.s.Roles.Reader, v.s.Roles.Plan} {
		if !slices.Contains(v.w.has("SYSADMIN"), role) {
			return fmt.Errorf("role %s is not below SYSADMIN", role)
		}
	}
	return nil
}

// logins: each user has one role, which is its default, and a way to sign in.
func (v verifier) logins() error {
	users := map[string]string{v.s.Users.CI: v.s.Roles.Deploy, v.s.Users.Dbt: v.s.Roles.Transformer, v.s.Users.Grouparoo: v.s.Roles.Reader, v.s.Users.Plan: v.s.Roles.Plan}
	if v.direct {
		users[v.s.Users.Airbyte] = v.s.Roles.Loader
	}
	if len(v.w.users) != len(users) {
		return fmt.Errorf("there are %d users", len(v.w.users))
	}
	for name, role := range users {
		u := v.w.users[name]
		if u == nil || !slices.Equal(u.roles, []string{role}) || u.defaultRole != role {
			return fmt.Errorf("user %s does not have the role %s and no other", name, role)
		}
		switch name {
		case v.s.Users.CI, v.s.Users.Plan:
			if !u.identity {
				return fmt.Errorf("user %s cannot sign in", name)
			}
		case v.s.Users.Grouparoo:
			if u.token != role || u.policy != v.s.NetworkPolicy {
				return errors.New("the sync engine has no token under its network policy")
			}
		default:
			if !u.keyPair {
				return fmt.Errorf("user %s has no key pair", name)
			}
		}
	}
	return nil
}

// loads does what fills the raw tables.
func (v verifier) loads() error {
	for _, src := range v.p.Sources {
		for _, stream := range src.Streams {
			load := v.airbyte
			if !v.direct {
				load = v.copyInto
			}
			if err := load(src, stream); err != nil {
				return fmt.Errorf("stream %s: %w", stream.ID, err)
			}
		}
	}
	return nil
}

// airbyte builds a table in the internal schema and renames it into the raw
// one; the next time it swaps the two and drops the old one. dbt must be able to
// read the raw table after each.
func (v verifier) airbyte(src ir.Source, stream ir.Stream) error {
	raw, loader := v.in(src.Schema, stream.Table), v.s.Roles.Loader
	if err := v.w.createIn(loader, "table", raw); err != nil {
		return err
	}
	if err := v.w.reads(v.s.Roles.Transformer, raw...); err != nil {
		return fmt.Errorf("made in place: %w", err)
	}
	for _, how := range []string{"first", "second"} {
		built := v.in(v.s.Schemas.Airbyte, how+stream.Table)
		if err := v.w.createIn(loader, "table", built); err != nil {
			return err
		}
		if v.w.reads(v.s.Roles.Transformer, built...) == nil {
			return errors.New("dbt can read what Airbyte has not finished")
		}
		if err := v.w.move(loader, built, raw); err != nil {
			return err
		}
		if err := v.w.reads(v.s.Roles.Transformer, raw...); err != nil {
			return fmt.Errorf("after the %s swap: %w", how, err)
		}
	}
	if v.w.may(v.s.Roles.Transformer, "INSERT", key(raw...)) {
		return errors.New("dbt can write raw data")
	}
	return nil
}

// copyInto loads the raw table from the stage.
func (v verifier) copyInto(src ir.Source, stream ir.Stream) error {
	to, raw := v.s.Roles.Transformer, v.in(src.Schema, stream.Table)
	stage, format := v.in(v.s.Schemas.Landing, v.s.Stage), v.in(v.s.Schemas.Landing, v.s.FileFormat)
	if err := errors.Join(v.w.reads(to, raw...), v.w.mayIn(to, "", stage)); err != nil {
		return err
	}
	if !v.w.may(to, "INSERT", key(raw...)) || !v.w.may(to, "USAGE", key(stage...)) || !v.w.may(to, "USAGE", key(format...)) {
		return errors.New("dbt cannot load from the stage")
	}
	if v.w.objects[key(stage...)].facts["alter stage "] == "" {
		return errors.New("the stage does not follow the bucket")
	}
	for _, c := range stream.Columns {
		if c.Raw && v.w.objects[key(raw...)].facts["add column "+named("column", c.SQL).name()] == "" {
			return fmt.Errorf("no column %s", c.SQL)
		}
	}
	return nil
}

// transforms does what dbt does.
func (v verifier) transforms() error {
	to := v.s.Roles.Transformer
	for _, m := range v.p.Models {
		if err := v.w.createIn(to, "table", v.in(v.s.Schemas.Analytics, m.Relation)); err != nil {
			return err
		}
	}
	return errors.Join(
		v.w.createIn(to, "table", v.in(v.s.Schemas.Analytics, strings.ToUpper(v.p.Destinations[0].Syncs[0].Segment))),
		v.w.createIn(to, "view", v.in(v.s.Schemas.Analytics, "STAGING")),
		v.w.createIn(to, "table", v.in(v.s.Schemas.Snapshots, "SNAPSHOT")),
		v.w.createIn(to, "view", v.in(v.s.Schemas.Snapshots, "TEMPORARY")),
		v.w.replace(to, "view", v.in(v.s.Schemas.Syncs, v.p.Destinations[0].Syncs[0].View)...),
	)
}

// masks runs what waited for dbt, and looks at what is tagged.
func (v verifier) masks(list []migration.Statement) error {
	if !v.s.Enterprise {
		return nil
	}
	for _, s := range list {
		if s.WhenExists != nil {
			if err := v.w.run(s, v.s.Users.CI); err != nil {
				return err
			}
		}
	}
	schemas := []string{v.s.Schemas.Snapshots, v.s.Schemas.Syncs}
	for _, src := range v.p.Sources {
		schemas = append(schemas, src.Schema)
	}
	if v.direct {
		schemas = append(schemas, v.s.Schemas.Airbyte)
	}
	for _, schema := range schemas {
		if v.w.objects[key(v.s.Database, schema)].facts["tagged "] == "" {
			return fmt.Errorf("schema %s is not tagged", schema)
		}
	}
	for _, m := range v.p.Models {
		for _, c := range m.Columns {
			if !v.tagged(m.Relation, c.SQL) {
				return fmt.Errorf("column %s of %s is not tagged", c.SQL, m.Relation)
			}
		}
	}
	sync := v.p.Destinations[0].Syncs[0]
	for _, c := range slices.Concat(sync.Keys, sync.Fields) {
		if !v.tagged(strings.ToUpper(sync.Segment), c.SQL) {
			return fmt.Errorf("column %s of the segment is not tagged", c.SQL)
		}
	}
	return v.clearOfMasks()
}

func (v verifier) tagged(table, column string) bool {
	return v.w.objects[key(v.in(v.s.Schemas.Analytics, table)...)].facts["tagged "+named("column", column).name()] != ""
}

// clearOfMasks: every policy is on the tag, and lets through who moves data.
func (v verifier) clearOfMasks() error {
	tag := v.w.objects[key(v.in(v.s.Schemas.Ledger, v.s.PIITag)...)]
	if n := len(strings.Fields(tag.facts["policies"])); n != 8 {
		return fmt.Errorf("the tag has %d masking policies", n)
	}
	for _, t := range v.w.objects {
		if t != nil && t.kind == "masking policy" && strings.Count(t.facts["set body"], ", ")+1 != len(newSetup(v.p).roles()) {
			return errors.New("a masking policy lets the wrong roles through")
		}
	}
	return nil
}

// plans looks at what a plan looks at.
func (v verifier) plans() error {
	to := v.s.Roles.Plan
	if err := v.w.reads(to, v.in(v.s.Schemas.Ledger, ledgerTable)...); err != nil {
		return err
	}
	type seen struct{ privilege, key string }
	list := []seen{{"USAGE", key("warehouse", v.s.TransformWarehouse)}, {"MONITOR", key("warehouse", v.s.SyncWarehouse)},
		{"MONITOR", key("user", v.s.Users.Dbt)}, {"MONITOR", key("user", v.s.Users.Grouparoo)},
		{"MONITOR", key(v.s.Database, v.s.Schemas.Analytics)}, {"MONITOR", key(v.s.Database, v.s.Schemas.Snapshots)}}
	if v.direct {
		list = append(list, seen{"MONITOR", key("warehouse", v.s.IngestWarehouse)}, seen{"MONITOR", key("user", v.s.Users.Airbyte)}, seen{"MONITOR", key(v.s.Database, v.s.Schemas.Airbyte)})
	} else {
		list = append(list, seen{"USAGE", key("integration", v.s.Integration)}, seen{"MONITOR", key(v.s.Database, v.s.Schemas.Landing)})
	}
	for _, src := range v.p.Sources {
		list = append(list, seen{"MONITOR", key(v.s.Database, src.Schema)})
	}
	for _, s := range list {
		if !v.w.may(to, s.privilege, s.key) {
			return fmt.Errorf("a plan cannot see %s", s.key)
		}
	}
	return nil
}

// plansSyncs: before dbt's first run and after it.
func (v verifier) plansSyncs() error {
	for _, d := range v.p.Destinations {
		for _, sync := range d.Syncs {
			view := v.in(v.s.Schemas.Syncs, sync.View)
			if err := v.w.mayIn(v.s.Roles.Plan, "", view); err != nil {
				return err
			}
			if !v.w.may(v.s.Roles.Plan, "REFERENCES", key(view...)) {
				return fmt.Errorf("a plan cannot see %s", sync.View)
			}
		}
	}
	return nil
}

// limits is what nobody may do.
func (v verifier) limits() error {
	raw := v.in(v.p.Sources[0].Schema, v.p.Sources[0].Streams[0].Table)
	model := v.in(v.s.Schemas.Analytics, v.p.Models[0].Relation)
	snapshot, ledger := v.in(v.s.Schemas.Snapshots, "SNAPSHOT"), v.in(v.s.Schemas.Ledger, ledgerTable)
	view := v.in(v.s.Schemas.Syncs, v.p.Destinations[0].Syncs[0].View)
	var broken []string
	forbid := func(role, what string, err error) {
		if err == nil {
			broken = append(broken, role+" can "+what)
		}
	}
	for _, table := range [][]string{model, snapshot, ledger, view} {
		forbid(v.s.Roles.Loader, "read "+key(table...), v.w.reads(v.s.Roles.Loader, table...))
	}
	for _, table := range [][]string{raw, model, snapshot, ledger} {
		forbid(v.s.Roles.Reader, "read "+key(table...), v.w.reads(v.s.Roles.Reader, table...))
	}
	for _, table := range [][]string{raw, model, snapshot, view} {
		forbid(v.s.Roles.Plan, "read "+key(table...), v.w.reads(v.s.Roles.Plan, table...))
	}
	forbid(v.s.Roles.Transformer, "read the ledger", v.w.reads(v.s.Roles.Transformer, ledger...))
	for _, schema := range []string{v.s.Schemas.Analytics, v.s.Schemas.Snapshots, v.s.Schemas.Syncs, v.s.Schemas.Ledger} {
		forbid(v.s.Roles.Loader, "write "+schema, v.w.mayIn(v.s.Roles.Loader, "CREATE TABLE", v.in(schema, "X")))
		forbid(v.s.Roles.Reader, "write "+schema, v.w.mayIn(v.s.Roles.Reader, "CREATE VIEW", v.in(schema, "X")))
		forbid(v.s.Roles.Plan, "write "+schema, v.w.mayIn(v.s.Roles.Plan, "CREATE TABLE", v.in(schema, "X")))
	}
	for _, schema := range []string{v.p.Sources[0].Schema, v.s.Schemas.Syncs, v.s.Schemas.Ledger} {
		forbid(v.s.Roles.Transformer, "make tables in "+schema, v.w.mayIn(v.s.Roles.Transformer, "CREATE TABLE", v.in(schema, "X")))
	}
	if len(broken) > 0 {
		return errors.New(strings.Join(broken, "; "))
	}
	return v.accountLimits()
}

// accountLimits: only the deploy role may do anything on the account, and it may
// do no more than bootstrap says.
func (v verifier) accountLimits() error {
	for _, r := range v.w.objects[wholeAccount].rights {
		if r.role != v.s.Roles.Deploy || r.option {
			return fmt.Errorf("%s may %s", r.role, r.privilege)
		}
	}
	for _, role := range []string{v.s.Roles.Loader, v.s.Roles.Transformer, v.s.Roles.Reader, v.s.Roles.Plan} {
		if v.w.may(role, "CREATE ROLE", wholeAccount) || v.w.may(role, "CREATE SCHEMA", key(v.s.Database)) {
			return fmt.Errorf("%s can create roles or schemas", role)
		}
	}
	for _, privilege := range []string{"CREATE INTEGRATION", "CREATE WAREHOUSE", "CREATE RESOURCE MONITOR", "MANAGE GRANTS"} {
		if v.w.may(v.s.Roles.Deploy, privilege, wholeAccount) {
			return fmt.Errorf("the deploy role may %s", privilege)
		}
	}
	for k, t := range v.w.objects {
		if t != nil && slices.ContainsFunc(t.rights, func(r right) bool { return r.role == "PUBLIC" }) {
			return fmt.Errorf("everybody may use %s", k)
		}
	}
	return nil
}
