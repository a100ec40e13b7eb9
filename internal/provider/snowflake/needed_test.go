package snowflake

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	emitter "github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	fakesnowflake "github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake"
)

// trial sets a pipeline up, or part of it, on accounts of several kinds.
type trial struct {
	t       testing.TB
	p       *ir.Pipeline
	account *fakesnowflake.Server // without rows: that takes a fifth of the time
	rows    *fakesnowflake.Server
	kinds   []kind
}

// kind is an account on which something may be seen to be wrong.
type kind struct {
	name string
	fail func(tr *trial, list []migration.Statement) error
}

// kinds of accounts, in the order in which they are tried: where nothing is wrong
// on one, the next may still show it.
var kinds = []kind{
	{"a fresh account", func(tr *trial, list []migration.Statement) error { return tr.fails(tr.account, nil, list) }},
	// What is there already keeps its properties until a statement changes them.
	{"an account that an earlier file was applied to", func(tr *trial, list []migration.Statement) error { return tr.fails(tr.account, older(tr.p), list) }},
	// Which columns a table has is known where its rows are.
	{"an account with rows", func(tr *trial, list []migration.Statement) error { return tr.fails(tr.rows, nil, list) }},
}

// older is the pipeline as its file may have been before.
func older(p *ir.Pipeline) *ir.Pipeline {
	q := *p
	q.Snowflake.Warehouse = ir.Warehouse{Size: "LARGE", AutoSuspend: 1800, Origin: p.Snowflake.Warehouse.Origin}
	return &q
}

// fails sets up an account and looks at it.
func (tr *trial) fails(s *fakesnowflake.Server, before *ir.Pipeline, list []migration.Statement) error {
	require.NoError(tr.t, s.Reset(tr.t.Context()))
	if before != nil {
		in := newInstaller(tr.t, s, before)
		defer in.close()
		in.values["output.ingestion.LandingBucket"] = "another-landing"
		require.NoError(tr.t, in.install(now(in.set.Statements)))
	}
	in := newInstaller(tr.t, s, tr.p)
	defer in.close()
	if err := in.install(now(list)); err != nil {
		return err
	}
	return in.accepts(list)
}

// noticed says on which kind of account something is wrong first; nothing where
// nothing is.
func (tr *trial) noticed(list []migration.Statement) string {
	for _, k := range tr.kinds {
		if k.fail(tr, list) != nil {
			return k.name
		}
	}
	return ""
}

// setups are those that are tried: between them, they have statements of every
// kind that there is.
func setups(t testing.TB) []setup {
	variant := func(landing ir.Landing, existing bool) *ir.Pipeline {
		p := irtest.RainShield()
		p.Ingestion.Landing, p.Snowflake.Enterprise, p.Snowflake.Existing = landing, true, existing
		return p
	}
	return []setup{
		{"example 01", compiled(t, "01-rain-shield").Pipeline},
		{"enterprise", variant(ir.Direct, false)},
		{"enterprise, s3, existing database", variant(ir.S3, true)},
	}
}

type setup struct {
	name string
	p    *ir.Pipeline
}

// Every one of the statements is needed, and in its place: without any one of
// them, or where one runs before what it rests on, the set-up fails, or a service
// cannot do its work, or can do too much.
func TestEveryStatementIsNeededAndInItsPlace(t *testing.T) {
	t.Parallel()
	list, accounts := setups(t), kinds
	server := fakesnowflake.StartAccount(t)
	var rows *fakesnowflake.Server
	if testing.Short() {
		list, accounts = list[:1], kinds[:2] // its removals are all seen without rows
		t.Log("with -short, the other set-ups and the account with rows are left out")
	} else {
		rows = fakesnowflake.Start(t)
	}
	for _, u := range list {
		t.Run(u.name, func(t *testing.T) {
			began := time.Now()
			tr := &trial{t: t, p: u.p, account: server, rows: rows, kinds: accounts}
			list := emitter.Set(u.p).Statements
			for _, k := range accounts {
				require.NoError(t, k.fail(tr, list), k.name)
			}
			on := tr.removals(list)
			tried, refused := tr.moves(list)
			early := tr.early(list)
			t.Logf("%d statements: %d noticed when removed (%s), %d of %d moves refused, %d run as early as they may, in %s",
				len(list), len(list)-on[""], summary(on), refused, tried, early, time.Since(began).Round(time.Second))
		})
	}
}

func summary(on map[string]int) string {
	var parts []string
	for _, k := range kinds {
		parts = append(parts, fmt.Sprintf("%d on %s", on[k.name], k.name))
	}
	return strings.Join(parts, ", ")
}

// removals leaves out each statement, and counts on which kind of account that is
// noticed.
func (tr *trial) removals(list []migration.Statement) map[string]int {
	on := map[string]int{}
	for i, st := range list {
		where := tr.noticed(slices.Delete(slices.Clone(list), i, i+1))
		assert.NotEmpty(tr.t, where, "nothing is wrong without %s", st.ID)
		on[where]++
	}
	return on
}

// moves puts each statement before each one that it depends on. What waits for
// dbt waits for all of the list, and stays.
func (tr *trial) moves(list []migration.Statement) (tried, refused int) {
	at := map[string]int{}
	for i, st := range list {
		at[st.ID] = i
	}
	for i, st := range list {
		for _, id := range st.DependsOn {
			if st.WhenExists != nil {
				continue
			}
			tried++
			where := tr.noticed(slices.Insert(slices.Delete(slices.Clone(list), i, i+1), at[id], st))
			if assert.NotEmpty(tr.t, where, "nothing is wrong where %s runs before %s", st.ID, id) {
				refused++
			}
		}
	}
	return tried, refused
}

// early puts each statement right behind the last one that it rests on, near or
// far: what it depends on is all that it needs, so moves has tried everything.
// All of bootstrap comes first, as it does in life.
func (tr *trial) early(list []migration.Statement) (n int) {
	at, bootstrap := map[string]int{}, 0
	for i, st := range list {
		at[st.ID] = i
		if st.Bootstrap {
			bootstrap = i
			continue
		}
		last := bootstrap
		for _, id := range st.DependsOn { // each comes behind what it rests on itself
			last = max(last, at[id])
		}
		if st.WhenExists != nil || last+1 == i {
			continue
		}
		moved := slices.Insert(slices.Delete(slices.Clone(list), i, i+1), last+1, st)
		assert.NoError(tr.t, tr.fails(tr.account, nil, moved), "%s right behind %s", st.ID, list[last].ID)
		n++
	}
	return n
}

// What apply does, with the plan, the ledger, keys and a token of its own, comes
// to the same set-up.
func TestWhatIsAppliedIsAccepted(t *testing.T) {
	t.Parallel()
	server := fakesnowflake.Start(t)
	for i, u := range setups(t) {
		if i == 1 || testing.Short() && i > 0 {
			continue // the second has nothing that the others have not
		}
		require.NoError(t, server.Reset(t.Context()))
		a := newAccount(t, server, emitter.Emit(u.p))
		a.bootstrap()
		a.mustApply()
		require.NoError(t, a.accepts(u.p), u.name)
		require.Empty(t, ids(a.waiting()), u.name)
	}
}

// The look at a finished set-up sees a right too many. To get into a schema is
// no right to read in it.
func TestARightTooManyIsSeen(t *testing.T) {
	server := fakesnowflake.StartAccount(t)
	with := func(statements ...string) error {
		require.NoError(t, server.Reset(t.Context()))
		in := newInstaller(t, server, irtest.RainShield())
		defer in.close()
		require.NoError(t, in.install(in.set.Statements))
		in.a.admin("ACCOUNTADMIN", append([]string{"GRANT USAGE ON SCHEMA RAIN_SHIELD.ANALYTICS TO ROLE RAIN_SHIELD_LOADER",
			"GRANT USAGE ON SCHEMA RAIN_SHIELD.RAW_ZOOM TO ROLE RAIN_SHIELD_READER", "GRANT USAGE ON SCHEMA RAIN_SHIELD.RAW_ZOOM TO ROLE RAIN_SHIELD_PLAN"}, statements...)...)
		return in.accepts(nil)
	}
	require.NoError(t, with())
	for statement, who := range map[string]string{
		"GRANT SELECT ON FUTURE TABLES IN SCHEMA RAIN_SHIELD.ANALYTICS TO ROLE RAIN_SHIELD_LOADER": "RAIN_SHIELD_AIRBYTE",
		"GRANT ROLE RAIN_SHIELD_READER TO ROLE RAIN_SHIELD_LOADER":                                 "RAIN_SHIELD_AIRBYTE",
		"GRANT SELECT ON FUTURE TABLES IN SCHEMA RAIN_SHIELD.RAW_ZOOM TO ROLE RAIN_SHIELD_READER":  "RAIN_SHIELD_GROUPAROO",
		"GRANT SELECT ON FUTURE TABLES IN SCHEMA RAIN_SHIELD.RAW_ZOOM TO ROLE RAIN_SHIELD_PLAN":    "RAIN_SHIELD_PLAN",
		"GRANT CREATE ROLE ON ACCOUNT TO ROLE RAIN_SHIELD_TRANSFORMER":                             "RAIN_SHIELD_DBT",
		"ALTER NETWORK RULE RAIN_SHIELD.TAPESTRY.GROUPAROO_EGRESS SET VALUE_LIST = ('0.0.0.0/0')":  "RAIN_SHIELD_GROUPAROO",
	} {
		require.ErrorContains(t, with(statement), who+" can do this", statement)
	}
}

// Every example, and names that have to be quoted, come to a set-up in which all
// of them can work.
func TestEveryExampleIsAccepted(t *testing.T) {
	t.Parallel()
	server := fakesnowflake.StartAccount(t)
	list := setups(t)
	for _, name := range []string{"02-blank", "03-support-and-payments", "04-product-and-forms", "05-big-company"} {
		list = append(list, setup{name, compiled(t, name).Pipeline})
	}
	quoted := irtest.RainShield()
	variants["quoted"](quoted)
	quoted.Snowflake.Enterprise = true
	for _, u := range append(list, setup{"quoted", quoted}) {
		tr := &trial{t: t, p: u.p, account: server}
		require.NoError(t, tr.fails(server, nil, emitter.Set(u.p).Statements), u.name)
		require.NoError(t, tr.fails(server, older(u.p), emitter.Set(u.p).Statements), u.name)
	}
}
