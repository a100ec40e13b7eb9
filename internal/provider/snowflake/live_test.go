package snowflake

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakesnowflake "github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake"
)

// What is in this file rests on the stand-in, which checks privileges as the
// service is documented to; nothing here has met a real account.

func TestEveryExampleConverges(t *testing.T) {
	t.Parallel()
	server := fakesnowflake.Start(t)
	for _, name := range []string{"01-rain-shield", "02-blank", "03-support-and-payments", "04-product-and-forms", "05-big-company"} {
		if testing.Short() && name > "02" {
			break
		}
		require.NoError(t, server.Reset(t.Context()))
		a := newAccount(t, server, example(t, name))
		a.bootstrap()
		before := len(server.Statements())
		plan := a.mustApply()
		sent := len(server.Statements()) - before
		before = len(server.Statements())
		require.Empty(t, ids(a.waiting()), name)
		reads := server.Statements()[before:]
		t.Logf("%s: first apply %d changes in %d calls (each with a line of the ledger before and after: %d); plan of what is unchanged %d calls", name, len(plan.Changes), sent, 3*len(plan.Changes), len(reads))
		require.LessOrEqual(t, len(reads), 20, name)
		for _, s := range reads {
			require.Regexp(t, "^(SHOW|DESCRIBE|SELECT) ", s.SQL)
		}
		for _, s := range server.Statements() {
			if s.User != fakesnowflake.Admin {
				require.Contains(t, s.Tag, `"tool":"tapestry-ci"`, s.SQL)
			}
		}
	}
}

func TestVariantsConverge(t *testing.T) {
	t.Parallel()
	server := fakesnowflake.Start(t)
	for name, change := range variants {
		if name == "rain shield" {
			continue
		}
		require.NoError(t, server.Reset(t.Context()))
		a := newAccount(t, server, emitted(change))
		a.bootstrap()
		a.mustApply()
		require.Empty(t, ids(a.waiting()), name)
		_, result := a.apply(true)
		require.Empty(t, result.Failed, name)
		require.Equal(t, "done", result.Status)
	}
}

// Someone's change of one thing is seen in that place, and put right.
func TestDriftIsSeenAndPutRight(t *testing.T) {
	t.Parallel()
	server := fakesnowflake.Start(t)
	a := newAccount(t, server, emitted(nil))
	a.bootstrap()
	a.mustApply()
	settled := server.Snapshot()
	for _, c := range []struct {
		by   string
		want []string
	}{
		{"ALTER WAREHOUSE RAIN_SHIELD_SYNC SET WAREHOUSE_SIZE = 'LARGE'", []string{"alter/warehouse/RAIN_SHIELD_SYNC"}},
		{"ALTER WAREHOUSE RAIN_SHIELD_SYNC SET AUTO_SUSPEND = 3600", []string{"alter/warehouse/RAIN_SHIELD_SYNC"}},
		{"REVOKE USAGE ON SCHEMA RAIN_SHIELD.SYNCS FROM ROLE RAIN_SHIELD_READER", []string{"grant/usage/schema/RAIN_SHIELD.SYNCS/to/role/RAIN_SHIELD_READER"}},
		{"REVOKE SELECT ON FUTURE VIEWS IN SCHEMA RAIN_SHIELD.SYNCS FROM ROLE RAIN_SHIELD_READER", []string{"grant/select-on-future-views/schema/RAIN_SHIELD.SYNCS/to/role/RAIN_SHIELD_READER"}},
		{"REVOKE ROLE RAIN_SHIELD_READER FROM USER RAIN_SHIELD_GROUPAROO", []string{"grant/role/RAIN_SHIELD_READER/to/user/RAIN_SHIELD_GROUPAROO"}},
		{"DROP VIEW RAIN_SHIELD.SYNCS.SYNC_MAILCHIMP_NEWSLETTER", []string{"create/view/RAIN_SHIELD.SYNCS.SYNC_MAILCHIMP_NEWSLETTER"}},
		{"ALTER USER RAIN_SHIELD_DBT SET DEFAULT_ROLE = ACCOUNTADMIN", []string{"alter/user/RAIN_SHIELD_DBT/defaults"}},
		{"ALTER USER RAIN_SHIELD_DBT UNSET RSA_PUBLIC_KEY", []string{"keypair/user/RAIN_SHIELD_DBT"}},
		{"ALTER USER RAIN_SHIELD_GROUPAROO REMOVE PROGRAMMATIC ACCESS TOKEN TAPESTRY_CI", []string{"token/user/RAIN_SHIELD_GROUPAROO"}},
		{"ALTER NETWORK RULE RAIN_SHIELD.TAPESTRY.GROUPAROO_EGRESS SET VALUE_LIST = ('0.0.0.0/0')", []string{"create/network-rule/RAIN_SHIELD.TAPESTRY.GROUPAROO_EGRESS"}},
	} {
		a.admin("ACCOUNTADMIN", c.by)
		require.Equal(t, c.want, ids(a.waiting()), c.by)
		a.mustApply()
		require.Empty(t, ids(a.waiting()), c.by)
		require.Equal(t, withoutKeys(settled), withoutKeys(server.Snapshot()), c.by)
	}
	a.admin("ACCOUNTADMIN", "DROP ROLE RAIN_SHIELD_READER")
	for _, id := range ids(a.waiting()) {
		require.Contains(t, id, "RAIN_SHIELD_READER")
	}
	a.mustApply()
	require.Empty(t, ids(a.waiting()))
}

// withoutKeys leaves out what is another after each exchange.
func withoutKeys(snapshot string) []string {
	return slices.DeleteFunc(strings.Split(snapshot, "\n"), func(line string) bool { return strings.Contains(line, "RSA_PUBLIC_KEY") })
}

// C11 against the account: the ledger survives a failure at any statement, and
// the next apply goes on there. One account goes through many failures, one apply
// after the other; with TAPESTRY_EVERY_CALL=1 each call of an apply fails once, on
// an account of its own.
func TestEveryFailureIsGoneOnFrom(t *testing.T) {
	t.Parallel()
	server := fakesnowflake.Start(t)
	artifacts := emitted(nil)
	want, reads, calls := undisturbed(t, server, artifacts)
	settled := func(a *account, what string, args ...any) {
		require.Equal(t, want, withoutKeys(server.Snapshot()), append([]any{what}, args...)...)
		require.Empty(t, ids(a.waiting()), append([]any{what}, args...)...)
	}
	for how, breakNth := range map[string]func(n int){"refused": func(n int) { server.FailNth(n, nil) }, "answer lost": server.DropReplyNth} {
		if os.Getenv("TAPESTRY_EVERY_CALL") == "1" {
			for n := reads + 1; n <= calls; n++ {
				a := prepared(t, server, artifacts)
				breakNth(len(server.Statements()) + n)
				a.apply(false)
				a.mustApply()
				settled(a, "%s at call %d", how, n)
			}
			continue
		}
		a, times, done := prepared(t, server, artifacts), 0, false
		// Steps of one size meet statements and both lines of the ledger around them.
		const step = 19
		a.planned = func() { breakNth(len(server.Statements()) + step) }
		for ; !done; times++ {
			require.Less(t, times, calls, "no apply comes to its end")
			_, result := a.apply(false)
			done = result.Status == "done"
		}
		require.Greater(t, times, (calls-reads)/step)
		a.planned = nil
		server.Undisturbed() // the last one came to its end before
		a.mustApply()
		settled(a, how)
		t.Logf("%d calls of an apply; each %dth of what was left was %s: %d applies one after the other", calls-reads, step, how, times)
	}
}

// prepared is an account that an administrator has prepared and nothing else was
// done to.
func prepared(t *testing.T, server *fakesnowflake.Server, artifacts []emit.Artifact) *account {
	t.Helper()
	require.NoError(t, server.Reset(t.Context()))
	a := newAccount(t, server, artifacts)
	a.bootstrap()
	return a
}

func undisturbed(t *testing.T, server *fakesnowflake.Server, artifacts []emit.Artifact) (state []string, reads, calls int) {
	a := newAccount(t, server, artifacts)
	a.bootstrap()
	base := len(server.Statements())
	p := a.provider()
	_, err := a.plan(p, false)
	require.NoError(t, err)
	reads = len(server.Statements()) - base
	base = len(server.Statements())
	a.mustApply()
	calls = len(server.Statements()) - base
	require.Empty(t, ids(a.waiting()))
	return withoutKeys(server.Snapshot()), reads, calls
}

// A statement that runs before what it rests on fails in apply, which says which
// one it was. That all of them are in their place is for
// TestEveryStatementIsNeededAndInItsPlace to say.
func TestOrderMatters(t *testing.T) {
	t.Parallel()
	server := fakesnowflake.Start(t)
	p := variant(nil)
	tried := 0
	for i, st := range p.set.Statements {
		if st.Bootstrap || len(st.DependsOn) == 0 || i%15 != 0 && os.Getenv("TAPESTRY_EVERY_CALL") == "" {
			continue
		}
		first := slices.IndexFunc(p.set.Statements, func(s migration.Statement) bool { return s.ID == st.DependsOn[0] })
		if p.set.Statements[first].Bootstrap {
			continue
		}
		set := p.set
		set.Statements = slices.Insert(slices.Delete(slices.Clone(p.set.Statements), i, i+1), first, st)
		require.NoError(t, server.Reset(t.Context()))
		a := newAccount(t, server, withManifest(t, set))
		a.bootstrap()
		_, result := a.apply(false)
		tried++
		require.Len(t, result.Failed, 1, "%s runs before %s, and nothing fails", st.ID, st.DependsOn[0])
		require.Equal(t, changeID(st.ID), result.Failed[0].Change)
	}
	t.Logf("%d statements moved before what they rest on: each fails", tried)
}

func TestDestroyLeavesDataAndWhatAnAdministratorMade(t *testing.T) {
	t.Parallel()
	server := fakesnowflake.Start(t)
	a := newAccount(t, server, emitted(nil))
	a.bootstrap()
	a.mustApply()
	plan, result := a.apply(true)
	require.Empty(t, result.Failed)
	require.NotEmpty(t, plan.Changes)
	left := server.Snapshot()
	for _, name := range []string{"RAIN_SHIELD_GROUPAROO", "RAIN_SHIELD_READER", "RAIN_SHIELD_LOADER", "TAPESTRY_CI"} {
		require.NotContains(t, left, name)
	}
	for _, name := range []string{"RAIN_SHIELD.RAW_ZOOM", "RAIN_SHIELD.TAPESTRY.LEDGER", "RAIN_SHIELD_DEPLOY"} {
		require.Contains(t, left, name)
	}
	again, err := a.plan(a.provider(), true)
	require.NoError(t, err)
	require.True(t, again.Empty())
	a.mustApply()
	require.Empty(t, ids(a.waiting()), "it can be made again")
}

func TestKeysAndTokensAreExchanged(t *testing.T) {
	t.Parallel()
	server := fakesnowflake.Start(t)
	a := newAccount(t, server, emitted(nil))
	a.bootstrap()
	a.mustApply()
	const param = "/tapestry/rain-shield/production/snowflake/airbyte-private-key"
	old := a.params.values[param]
	a.rotate = []string{"RAIN_SHIELD_AIRBYTE"}
	a.mustApply()
	a.rotate = nil
	require.NotEqual(t, old.Reveal(), a.params.values[param].Reveal())
	require.Empty(t, ids(a.waiting()))
	require.True(t, signsIn(t, server, "RAIN_SHIELD_AIRBYTE", a.params.values[param]))
	require.False(t, signsIn(t, server, "RAIN_SHIELD_AIRBYTE", old))

	a.now = a.now.AddDate(0, 0, 160)
	changes := a.waiting()
	require.Equal(t, []string{"token/user/RAIN_SHIELD_GROUPAROO"}, ids(changes))
	require.True(t, changes[0].Aside)
	require.Contains(t, changes[0].Reason, "days")
}

func withFiles(base []emit.Artifact, files ...string) []emit.Artifact {
	list := slices.Clone(base)
	for i := 0; i < len(files); i += 2 {
		list = append(list, emit.Artifact{Path: userFolder + files[i], Provider: Name, Kind: "user-sql", Content: []byte(files[i+1])})
	}
	return list
}

func TestUserSQLRunsOnceAndInOrder(t *testing.T) {
	t.Parallel()
	server := fakesnowflake.Start(t)
	base := emitted(nil)
	one := "CREATE TABLE ANALYTICS.REGIONS (NAME VARCHAR);\r\n-- a comment; with a semicolon\r\nINSERT INTO ANALYTICS.REGIONS VALUES ('a;b');\n"
	a := newAccount(t, server, withFiles(base, "001_regions.sql", one, "002_more.sql", "CREATE TABLE ANALYTICS.REGIONS (NAME VARCHAR)"))
	a.bootstrap()
	_, result := a.apply(false)
	require.Len(t, result.Failed, 1)
	require.Equal(t, "snowflake:sql/002_more.sql", result.Failed[0].Change)
	require.Contains(t, result.Failed[0].Error, "migrations/002_more.sql, statement 1")

	a.artifacts = withFiles(base, "001_regions.sql", strings.ReplaceAll(one, "\r\n", "\n"), "002_more.sql", "INSERT INTO ANALYTICS.REGIONS VALUES ('c')")
	require.Equal(t, []string{"sql/002_more.sql"}, ids(a.waiting()), "what failed may be changed, line ends do not count")
	a.mustApply()
	require.Empty(t, ids(a.waiting()))

	a.artifacts = withFiles(base, "001_regions.sql", one+";SELECT 1;", "002_more.sql", "INSERT INTO ANALYTICS.REGIONS VALUES ('d')")
	plan, err := a.plan(a.provider(), false)
	require.NoError(t, err)
	require.Equal(t, []string{"sql/001_regions.sql", "sql/002_more.sql"}, ids(plan.Blocked()))
	require.Contains(t, plan.Blocked()[0].Next, "new file")
}

// Who has signed nobody in is told what to do.
func TestAccountThatWasNeverPrepared(t *testing.T) {
	server := fakesnowflake.Start(t)
	a := newAccount(t, server, emitted(nil))
	began := time.Now()
	changes := a.waiting()
	require.Less(t, time.Since(began), 20*time.Second)
	require.Len(t, changes, 1)
	require.Equal(t, deploy.Blocked, changes[0].Action)
	require.Contains(t, changes[0].Next, "tapestry-ci bootstrap snowflake")
	require.Contains(t, changes[0].Reason, "RAIN_SHIELD_CI")
}

// The storage integration says who will come for the files.
func TestIntegrationHandsItsNameOn(t *testing.T) {
	t.Parallel()
	server := fakesnowflake.Start(t)
	a := newAccount(t, server, emitted(func(p *ir.Pipeline) { p.Ingestion.Landing = ir.S3 }))
	a.bootstrap()
	out, err := a.provider().Plan(t.Context(), a.input(false))
	require.NoError(t, err)
	require.Contains(t, out.Outputs["snowflake.integration.principal"], "arn:aws:iam::")
	require.NotEmpty(t, out.Outputs["snowflake.integration.external_id"])
	a.mustApply()
	again, err := a.provider().Plan(t.Context(), a.input(false))
	require.NoError(t, err)
	require.Equal(t, out.Outputs, again.Outputs)
}

// A pull request's job sees enough to find nothing to do, and what was changed,
// and can do nothing.
func TestPlanRoleSeesEnoughAndCanDoNothing(t *testing.T) {
	t.Parallel()
	server := fakesnowflake.Start(t)
	for name, change := range map[string]func(*ir.Pipeline){"direct": nil, "s3": func(p *ir.Pipeline) { p.Ingestion.Landing = ir.S3 }} {
		require.NoError(t, server.Reset(t.Context()))
		a := newAccount(t, server, emitted(change))
		a.bootstrap()
		look := func() *deploy.Plan {
			a.subject, a.readOnly = planSubject, true
			defer func() { a.subject, a.readOnly = subject, false }()
			p := a.provider()
			defer p.Close()
			plan, err := a.plan(p, false)
			require.NoError(t, err)
			return plan
		}
		first := look()
		require.Empty(t, first.Blocked())
		whole, err := a.plan(a.provider(), false)
		require.NoError(t, err)
		require.Equal(t, ids(whole.Changes), ids(first.Changes), name)
		require.Equal(t, whole.Digest, first.Digest, "what a pull request shows is what is applied")
		a.mustApply()
		require.Empty(t, ids(look().Changes), name)

		a.admin("ACCOUNTADMIN", "ALTER WAREHOUSE RAIN_SHIELD_SYNC SET WAREHOUSE_SIZE = 'LARGE'", "DROP VIEW RAIN_SHIELD.SYNCS.SYNC_MAILCHIMP_NEWSLETTER",
			"ALTER USER RAIN_SHIELD_DBT UNSET RSA_PUBLIC_KEY")
		seen := look()
		require.Equal(t, []string{"alter/warehouse/RAIN_SHIELD_SYNC", "keypair/user/RAIN_SHIELD_DBT", "create/view/RAIN_SHIELD.SYNCS.SYNC_MAILCHIMP_NEWSLETTER"}, ids(seen.Changes), name)
		for _, s := range server.Statements() {
			if s.User == "RAIN_SHIELD_PLAN" {
				require.Regexp(t, "^(SHOW|DESCRIBE|SELECT) ", s.SQL)
			}
		}
		a.subject, a.readOnly = planSubject, true
		_, result := a.apply(false)
		require.NotEmpty(t, result.Failed)
		require.Empty(t, result.Done)
	}
}
