package snowflake

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	emitter "github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakesnowflake "github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake"
)

func elsewhereToo(change func(*ir.Pipeline)) func(*ir.Pipeline) {
	return func(p *ir.Pipeline) {
		p.Snowflake.Database = `else "where`
		change(p)
	}
}

// Rests on the stand-in: who moves to another database and takes a sync out in the
// same apply has to allow it, as its note in the database before says; who cannot
// read that has to allow it whatever it says.
func TestNotesAreReadWhereTheyWere(t *testing.T) {
	server := fakesnowflake.Start(t)
	a := newAccount(t, server, emitted(newsletter(func(s *ir.Sync) { s.OnDestroy = "remove" })))
	a.bootstrap()
	a.mustApply()
	place := emitter.Set(irtest.RainShield()).Place()
	at := func(place string) {
		a.outputs = maps.Clone(running)
		a.outputs[placeOutput] = place
	}
	at(place)
	require.Empty(t, ids(a.waiting()))

	destructive := func(change func(*ir.Pipeline)) []string {
		a.artifacts = emitted(elsewhereToo(change))
		plan, err := a.plan(a.provider(), false)
		require.NoError(t, err)
		require.NotEmpty(t, plan.Changes)
		return ids(plan.Destructive())
	}
	require.Equal(t, []string{"sync/mailchimp.newsletter"}, destructive(newsletter(renamed(""))))
	require.Empty(t, destructive(newsletter(renamed("newsletter"))))
	require.Empty(t, destructive(func(*ir.Pipeline) {}))
	for _, unread := range []string{"another-account RAIN_SHIELD.TAPESTRY.LEDGER", irtest.RainShield().Snowflake.Account + " NOWHERE.TAPESTRY.MIGRATIONS", ""} {
		at(unread)
		require.Equal(t, []string{formerName}, destructive(newsletter(renamed(""))), unread)
	}
	a.subject, a.readOnly = planSubject, true
	at(place)
	require.Equal(t, []string{"sync/mailchimp.newsletter"}, destructive(newsletter(renamed(""))))
}

// What is allowed is nothing to be done.
func TestAllowedWithoutNotes(t *testing.T) {
	_, err := worker{}.do(t.Context(), deploy.Change{ID: changeID(formerName)})
	require.NoError(t, err)
}
