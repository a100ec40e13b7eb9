package dbt_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/dbt"
)

const members = "select EMAIL, REMOVED from SYNCS.SYNC_MAILCHIMP_NEWSLETTER order by EMAIL"

// TestRealDbt goes through the life of a project with the real dbt on DuckDB.
func TestRealDbt(t *testing.T) {
	s := newSite(t, judge.Program(t, "dbt", "dbt"))
	artifacts := rainShield(t)
	t.Run("raw tables that are not there", func(t *testing.T) { noTables(t, s, artifacts) })
	s.synced()
	t.Run("the first build", func(t *testing.T) { firstBuild(t, s, artifacts) })
	t.Run("a failing model hides what it read", func(t *testing.T) { failingModel(t, s, artifacts) })
	t.Run("a failing test", func(t *testing.T) { failingTest(t, s, artifacts) })
	t.Run("a guard stops a sync and says why", func(t *testing.T) { guardStops(t, s, artifacts) })
	t.Run("SQL that is none", func(t *testing.T) { noSQL(t, s, artifacts) })
}

func noTables(t *testing.T, s *site, artifacts []emit.Artifact) {
	_, err := s.apply(ctx, artifacts)
	require.ErrorContains(t, err, "stg_salesforce__contact")
	require.ErrorContains(t, err, "RAW_SALESFORCE")
	require.ErrorContains(t, err, "were skipped")
	r := s.record(t)
	require.Equal(t, dbt.Failed, r.Run.Outcome)
	require.Empty(t, r.Files)
	require.Contains(t, s.plan(artifacts).Changes[0].Reason, "the last build of these files failed at ")
}

func firstBuild(t *testing.T, s *site, artifacts []emit.Artifact) {
	out, err := s.apply(ctx, artifacts)
	require.NoError(t, err)
	require.Equal(t, deploy.Outputs{"dbt.pass": "13", "dbt.warn": "0", "dbt.error": "0", "dbt.skip": "0"}, out)
	require.Equal(t, "betty@rainshield.example | False\ndiana@rainshield.example | False\njack@rainshield.example | False", s.sql(members))
	require.Contains(t, s.told(), "of 13 success: people (")
	require.Contains(t, s.told(), "13 passed, 0 warned, 0 failed, 0 skipped")
	require.True(t, s.plan(artifacts).Empty())
	status, err := dbt.New(s.config).Status(ctx)
	require.NoError(t, err)
	require.Equal(t, dbt.Done, status.Outcome)
	require.Equal(t, 13, status.Pass)
	require.True(t, status.Ended.After(status.Began))
}

func failingModel(t *testing.T, s *site, artifacts []emit.Artifact) {
	broken := with(t, artifacts, "dbt/models/segments/seg_mailchimp__newsletter.sql", func(sql string) string {
		return "select cast(FIRST_NAME as integer) as BAD, S.* from (\n" + sql + "\n) as S\n"
	})
	c := s.plan(broken).Changes[0]
	require.Equal(t, deploy.Update, c.Action)
	require.Equal(t, "models/segments/seg_mailchimp__newsletter.sql", c.Fields[0].Path)
	require.Equal(t, []string{"snap_mailchimp__newsletter", "sync_mailchimp_newsletter"}, c.Fields[0].Affects)
	require.NotEmpty(t, c.Origins)
	_, err := s.apply(ctx, broken)
	require.ErrorContains(t, err, "1 node failed")
	require.ErrorContains(t, err, " seg_mailchimp__newsletter: ")
	require.ErrorContains(t, err, "Conversion Error")
	require.ErrorContains(t, err, "apply again")
	s.noRows(err)
}

// Two rows of one address: what stands behind the model is not built.
func failingTest(t *testing.T, s *site, artifacts []emit.Artifact) {
	broken := with(t, artifacts, "dbt/models/people.sql", func(sql string) string {
		return "select * from (\n" + sql + "\n) union all select 'jack@rainshield.example', 'Jack', 'Twice'\n"
	})
	_, err := s.apply(ctx, broken)
	require.ErrorContains(t, err, " unique_people_EMAIL: Got 1 result")
	require.Equal(t, 1, s.record(t).Run.Error)
	s.noRows(err)
}

func guardStops(t *testing.T, s *site, artifacts []emit.Artifact) {
	s.sql("delete from RAW_ZOOM.WEBINAR_REGISTRANTS", "delete from RAW_SALESFORCE.CONTACT")
	changed := with(t, artifacts, "dbt/models/people.sql", func(sql string) string { return sql + "-- again\n" })
	_, err := s.apply(ctx, changed)
	require.ErrorContains(t, err, " guard_mailchimp__newsletter: ")
	require.ErrorContains(t, err, "the segment has 0 rows, and min_rows is 1")
	require.ErrorContains(t, err, "were skipped")
	require.Contains(t, s.told(), "3 of 3 members would be removed")
	s.noRows(err)
	require.False(t, s.plan(changed).Empty(), "it is due until it succeeds")
	require.Equal(t, 3, strings.Count(s.sql(members), "False"), "nobody was removed")
}

func noSQL(t *testing.T, s *site, artifacts []emit.Artifact) {
	broken := with(t, artifacts, "dbt/models/people.sql", func(string) string { return "{{ no_such_macro() }}\n" })
	_, err := s.apply(ctx, broken)
	require.ErrorContains(t, err, "no_such_macro")
	require.Equal(t, dbt.Failed, s.record(t).Run.Outcome)
	s.noRows(err)
}

func TestAnotherVersionIsExplained(t *testing.T) {
	s := newSite(t, judge.Program(t, "dbt", "dbt"))
	artifacts := with(t, rainShield(t), "dbt/requirements.txt", func(text string) string {
		return strings.Replace(text, "dbt-core==1.", "dbt-core==9.", 1)
	})
	_, err := s.apply(ctx, artifacts)
	require.ErrorContains(t, err, "and the scheduled run has 9.")
	require.ErrorContains(t, err, "pip install dbt-core~=9.")
	require.Empty(t, s.objects, "nothing was begun")

	s.config.Target = "postgres"
	_, err = s.apply(ctx, rainShield(t))
	require.ErrorContains(t, err, "dbt-postgres is missing")
}
