package snowflake

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	fakesnowflake "github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake"
)

// trial sets a pipeline up, or part of it, on accounts of several kinds.
type trial struct {
	t       testing.TB
	p       *ir.Pipeline
	account *fakesnowflake.Server // without rows: it takes a fifth of the time
	rows    func() *fakesnowflake.Server
}

// kinds of accounts, in the order in which they are tried: where nothing is wrong
// on one, the next may still show it.
var kinds = []struct {
	name string
	fail func(tr *trial, list []migration.Statement) error
}{
	{"a fresh account", func(tr *trial, list []migration.Statement) error { return tr.fails(tr.account, nil, list) }},
	// What is there already keeps its properties until a statement changes them.
	{"an account that an earlier file was applied to", func(tr *trial, list []migration.Statement) error { return tr.fails(tr.account, earlier(tr.p), list) }},
	// Which columns a table has is known where its rows are.
	{"an account with rows", func(tr *trial, list []migration.Statement) error { return tr.fails(tr.rows(), nil, list) }},
}

// earlier is the pipeline as its file may have been before.
func earlier(p *ir.Pipeline) *ir.Pipeline {
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
func (tr *trial) noticed(list []migration.Statement) (where string, err error) {
	for _, k := range kinds {
		if err := k.fail(tr, list); err != nil {
			return k.name, err
		}
	}
	return "", nil
}

// setups are those that are tried: between them, they have every statement that
// there is.
func setups(t testing.TB) map[string]*ir.Pipeline {
	richest := irtest.RainShield()
	richest.Ingestion.Landing, richest.Snowflake.Enterprise, richest.Snowflake.Existing = ir.S3, true, true
	return map[string]*ir.Pipeline{"example 01": compiled(t, "01-rain-shield").Pipeline, "enterprise, s3, existing database": richest}
}

// Every one of the statements is needed, and in its place: without any one of
// them, or where one runs before what it rests on, the set-up fails, or a service
// cannot do its work, or can do too much.
func TestEveryStatementIsNeededAndInItsPlace(t *testing.T) {
	for name, p := range setups(t) {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			tr := &trial{t: t, p: p, account: fakesnowflake.StartAccount(t), rows: withRows(t)}
			list := newInstaller(t, tr.account, p).set.Statements
			for _, k := range kinds {
				require.NoError(t, k.fail(tr, list), k.name)
			}
			where := map[string]int{}
			for i, st := range list {
				at, _ := tr.noticed(slices.Delete(slices.Clone(list), i, i+1))
				assert.NotEmpty(t, at, "nothing is wrong without %s", st.ID)
				where[at]++
			}
			moves := tr.moves(list)
			t.Logf("%d statements: %d noticed when removed %v, %d of %d moves refused, in %s", len(list), len(list)-where[""], where, moves.refused, moves.tried, time.Since(began).Round(time.Second))
		})
	}
}

// withRows starts fakesnow when it is needed first.
func withRows(t testing.TB) func() *fakesnowflake.Server {
	var s *fakesnowflake.Server
	return func() *fakesnowflake.Server {
		if s == nil {
			s = fakesnowflake.Start(t)
		}
		return s
	}
}

type moves struct{ tried, refused int }

// moves puts each statement before each one that it depends on.
func (tr *trial) moves(list []migration.Statement) (m moves) {
	at := map[string]int{}
	for i, st := range list {
		at[st.ID] = i
	}
	for i, st := range list {
		for _, id := range st.DependsOn {
			if st.WhenExists != nil {
				continue // it waits for dbt, and so for all of the list
			}
			m.tried++
			where, _ := tr.noticed(slices.Insert(slices.Delete(slices.Clone(list), i, i+1), at[id], st))
			if assert.NotEmpty(tr.t, where, fmt.Sprintf("%s may run before %s", st.ID, id)) {
				m.refused++
			}
		}
	}
	return m
}
