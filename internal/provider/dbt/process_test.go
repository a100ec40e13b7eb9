package dbt_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/dbt"
)

// versions is what `dbt --version` prints, for the versions of the image.
const versions = "Core:\n  - installed: 1.11.16\n  - latest:    1.12.6  - Update available!\n\nPlugins:\n  - snowflake: 1.12.4 - Up to date!\n  - duckdb:    1.11.1 - Up to date!\n"

// script writes a program that stands for dbt where only its process matters.
func script(t *testing.T, build string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dbt")
	text := "#!/bin/sh\nif [ \"$1\" = --version ]; then cat <<'END'\n" + versions + "END\nexit 0; fi\n" + build + "\n"
	require.NoError(t, os.WriteFile(path, []byte(text), 0o755))
	return path
}

// passing gives results as dbt writes them.
const passing = `mkdir -p "$DBT_TARGET_PATH"
echo '{"results":[{"unique_id":"model.x.people","status":"success","message":"OK"},{"unique_id":"test.x.t.1a","status":"warn","message":"Got 2 results"}]}' > "$DBT_TARGET_PATH/run_results.json"`

// Whether dbt is there makes no difference to the plan, and without it the
// schedule builds.
func TestWithoutDbt(t *testing.T) {
	artifacts := rainShield(t)
	s := newSite(t, "")
	s.config.Look = func(string) (string, error) { return script(t, passing), nil }
	with := s.plan(artifacts)
	s.config.Look = func(string) (string, error) { return "", exec.ErrNotFound }
	without := s.plan(artifacts)
	require.Equal(t, with.Digest, without.Digest)
	require.Equal(t, 1, s.calls/2, "one call a plan")

	c := without.Changes[0]
	require.Equal(t, deploy.Create, c.Action)
	require.Equal(t, []string{"parameter:" + keyPath, "table:RAW_SALESFORCE.CONTACT", "table:RAW_ZOOM.WEBINAR_REGISTRANTS"}, c.Needs)
	require.Equal(t, []string{dbt.Built}, c.Provides)
	require.Contains(t, c.Reason, "7 models, 1 snapshot, 2 tests")

	out, err := s.apply(ctx, artifacts)
	require.NoError(t, err)
	require.Empty(t, out)
	require.Equal(t, dbt.Left, s.record(t).Run.Outcome)
	require.Contains(t, s.told(), "dbt is not installed here: the scheduled task")
	require.True(t, s.plan(artifacts).Empty())

	s = newSite(t, filepath.Join(t.TempDir(), "dbt"))
	_, err = s.apply(ctx, artifacts)
	require.ErrorIs(t, err, os.ErrNotExist, "one that was named must be there")
}

// What a model made stays when the model leaves; the plan says so, and how it is
// taken away, until nothing builds it any more.
func TestWhatAModelLeavesBehind(t *testing.T) {
	artifacts := rainShield(t)
	s := newSite(t, script(t, passing))
	_, err := s.apply(ctx, artifacts)
	require.NoError(t, err)
	fewer := slices.DeleteFunc(slices.Clone(artifacts), func(a emit.Artifact) bool {
		return a.Path == "dbt/models/people.sql" || a.Path == "dbt/models/staging/stg_zoom__webinar_registrants.sql" || a.Path == "dbt/models/syncs/sync_mailchimp_newsletter.sql"
	})
	plan := s.plan(fewer)
	for id, next := range map[string]string{
		"dbt:table:ANALYTICS.PEOPLE":                       `To take it away: DROP TABLE IF EXISTS "RAIN_SHIELD"."ANALYTICS"."PEOPLE"`,
		"dbt:view:ANALYTICS.STG_ZOOM__WEBINAR_REGISTRANTS": `To take it away: DROP VIEW IF EXISTS "RAIN_SHIELD"."ANALYTICS"."STG_ZOOM__WEBINAR_REGISTRANTS"`,
	} {
		c := plan.Change(id)
		require.NotNil(t, c, id)
		require.Equal(t, deploy.Keep, c.Action)
		require.Equal(t, next, c.Next)
	}
	require.Len(t, plan.Changes, 3, "the sync view is dropped by whoever made it first")
	_, err = dbt.New(s.config).Apply(ctx, *plan.Change(changeID), deploy.Input{Artifacts: fewer}, s.say)
	require.NoError(t, err)
	require.Empty(t, s.plan(fewer).Changes)
}

// Files of the image, such as the versions of its packages, build nothing.
func TestWhatBuildsNothing(t *testing.T) {
	artifacts := rainShield(t)
	s := newSite(t, script(t, passing))
	_, err := s.apply(ctx, artifacts)
	require.NoError(t, err)
	for _, path := range []string{"dbt/requirements.txt", "dbt/Dockerfile", "dbt/image.json", "dbt/.dockerignore"} {
		require.True(t, s.plan(with(t, artifacts, path, func(text string) string { return text + "\n" })).Empty(), path)
	}
}

// A first sync that nobody waits for has no rows yet.
func TestFirstSyncIsNotWaitedFor(t *testing.T) {
	s := newSite(t, script(t, "exit 3"))
	s.config.Wait = false
	c := s.plan(rainShield(t)).Changes[0]
	c.DependsOn = []string{"airbyte:sync:zoom", "snowflake:x"}
	_, err := dbt.New(s.config).Apply(ctx, c, deploy.Input{Artifacts: rainShield(t)}, s.say)
	require.NoError(t, err)
	require.Equal(t, dbt.Left, s.record(t).Run.Outcome)
	require.Contains(t, s.told(), "the first sync of zoom is not waited for")
}

// dbt gets the key, what it needs to run, and nothing else that is secret.
func TestWhatDbtIsGiven(t *testing.T) {
	seen := filepath.Join(t.TempDir(), "env")
	s := newSite(t, script(t, passing+"\nenv > "+seen+"\npwd >> "+seen+"\nls -R . >> "+seen+"\necho args \"$@\" >> "+seen))
	s.config.Args, s.config.Profiles = []string{"--vars", "{a: 1}"}, "/profiles"
	out, err := s.apply(ctx, rainShield(t))
	require.NoError(t, err)
	require.Equal(t, deploy.Outputs{"dbt.pass": "1", "dbt.warn": "1", "dbt.error": "0", "dbt.skip": "0"}, out)
	data, err := os.ReadFile(seen)
	require.NoError(t, err)
	text := string(data)
	require.Contains(t, text, "DBT_ENV_SECRET_PRIVATE_KEY="+strings.TrimSpace(aKey))
	require.Contains(t, text, "DBT_SEND_ANONYMOUS_USAGE_STATS=false")
	require.Contains(t, text, "args --log-format json build --target duckdb --profiles-dir /profiles --project-dir ")
	require.Contains(t, text, "--vars {a: 1}")
	require.Contains(t, text, "dbt_project.yml")
	require.NotContains(t, text, "ZOOM_CLIENT_SECRET")
	folder := text[strings.Index(text, "DBT_TARGET_PATH=")+len("DBT_TARGET_PATH="):]
	folder, _, _ = strings.Cut(folder, "/target")
	require.NoDirExists(t, folder, "the copy of the project is gone")
}

// The key must be there; its parameter is named, its value never.
func TestWithoutAKey(t *testing.T) {
	s := newSite(t, script(t, passing))
	for _, p := range []params{{}, {keyPath: ""}} {
		s.config.Params = p
		_, err := s.apply(ctx, rainShield(t))
		require.ErrorContains(t, err, "the private key of dbt, "+keyPath)
	}
	require.Empty(t, s.objects)
}

// A key that dbt says aloud is hidden, wherever it is said.
func TestKeyIsNeverTold(t *testing.T) {
	event := `{"info":{"level":"error","msg":"bad key: MIIcanarycanarycanary0123456789"}}`
	s := newSite(t, script(t, "echo '"+event+"'; exit 2"))
	_, err := s.apply(ctx, rainShield(t))
	require.ErrorContains(t, err, "bad key: (secret)")
	s.noRows(err)
	s = newSite(t, script(t, `echo "$DBT_ENV_SECRET_PRIVATE_KEY" >&2; exit 2`))
	_, err = s.apply(ctx, rainShield(t))
	require.ErrorContains(t, err, "(secret)")
	require.ErrorContains(t, err, "exit status 2")
	s.noRows(err)
}

// running gives a dbt that has a child of its own and waits for ever, and the
// numbers of both once they run.
func running(t *testing.T, trap string) (program string, pids func() []int) {
	file := filepath.Join(t.TempDir(), "pids")
	program = script(t, trap+"\nsleep 1000 & echo $$ $! > "+file+".new; mv "+file+".new "+file+"; wait; wait")
	return program, func() []int {
		var out []int
		require.Eventually(t, func() bool {
			data, err := os.ReadFile(file)
			for field := range strings.FieldsSeq(string(data)) {
				n, convErr := strconv.Atoi(field)
				require.NoError(t, convErr)
				out = append(out, n)
			}
			return err == nil
		}, time.Minute, time.Millisecond)
		return out
	}
}

func gone(t *testing.T, pids []int) {
	t.Helper()
	require.Eventually(t, func() bool {
		for _, pid := range pids {
			if state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && !strings.Contains(string(state), ") Z ") {
				return false
			}
		}
		return true
	}, time.Minute, 5*time.Millisecond)
}

// The end of ctx ends dbt and all that it started, also where it does not
// listen; nothing is kept, so that it is due again.
func TestStopped(t *testing.T) {
	for name, trap := range map[string]string{"at once": "", "not listening": "trap '' INT TERM"} {
		t.Run(name, func(t *testing.T) {
			program, pids := running(t, trap)
			s := newSite(t, program)
			s.config.Grace = 50 * time.Millisecond
			stopping, stop := context.WithCancel(ctx)
			var running []int
			done := make(chan struct{})
			go func() { defer close(done); running = pids(); stop() }()
			_, err := s.apply(stopping, rainShield(t))
			<-done
			require.ErrorIs(t, err, context.Canceled)
			require.ErrorContains(t, err, "Apply again")
			require.Len(t, running, 2)
			gone(t, running)
			require.Empty(t, s.objects)
			require.False(t, s.plan(rainShield(t)).Empty())
		})
	}
}

// TestKilled kills this process, in a copy of it, while dbt runs: dbt ends too.
func TestKilled(t *testing.T) {
	if program := os.Getenv("TAPESTRY_TEST_DBT"); program != "" {
		_, err := newSite(t, program).apply(ctx, rainShield(t))
		require.NoError(t, err)
		return
	}
	program, pids := running(t, "")
	child := exec.Command(os.Args[0], "-test.run", "^TestKilled$")
	child.Env = append(os.Environ(), "TAPESTRY_TEST_DBT="+program)
	require.NoError(t, child.Start())
	running := pids()
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait())
	t.Cleanup(func() { _ = syscall.Kill(running[1], syscall.SIGKILL) }) // the sleep of a stand-in has nobody to end it
	gone(t, running[:1])
}

// Every call of the bucket, refused or with its answer lost: applying again ends
// as if nothing had happened.
func TestBrokenBucket(t *testing.T) {
	artifacts := rainShield(t)
	undisturbed := newSite(t, script(t, passing))
	_, err := undisturbed.apply(ctx, artifacts)
	require.NoError(t, err)
	want := undisturbed.record(t)
	cells := 0
	for call := 1; call <= undisturbed.calls; call++ {
		for _, drop := range []bool{false, true} {
			s := newSite(t, script(t, passing))
			s.refuse = call
			if drop {
				s.refuse, s.drop = 0, call
			}
			in := deploy.Input{Artifacts: artifacts}
			for try := 0; ; try++ {
				require.Less(t, try, 3)
				if p, err := deploy.Build(ctx, []deploy.Provider{dbt.New(s.config)}, in, deploy.Meta{}); err != nil {
					require.True(t, errors.Is(err, errBroken))
				} else if p.Empty() {
					break
				} else if _, err := dbt.New(s.config).Apply(ctx, p.Changes[0], in, s.say); err != nil {
					require.ErrorIs(t, err, errBroken)
				}
			}
			got := s.record(t)
			require.Equal(t, want.Files, got.Files)
			require.Equal(t, want.Run.Counts, got.Run.Counts)
			cells++
		}
	}
	t.Logf("%d broken calls, %d survived", cells, cells)
	require.Equal(t, 6, cells)
}

// Taking the pipeline down forgets what was built: the next apply builds again.
func TestDestroy(t *testing.T) {
	s := newSite(t, script(t, passing))
	artifacts := rainShield(t)
	in := deploy.Input{Artifacts: artifacts, Destroy: true}
	nothing, err := dbt.New(s.config).Plan(ctx, in)
	require.NoError(t, err)
	require.Empty(t, nothing.Changes)
	_, err = s.apply(ctx, artifacts)
	require.NoError(t, err)
	down, err := dbt.New(s.config).Plan(ctx, in)
	require.NoError(t, err)
	require.Len(t, down.Changes, 1)
	require.Equal(t, []string{"gone:stack:sync"}, down.Changes[0].Needs)
	for range 2 {
		_, err = dbt.New(s.config).Apply(ctx, down.Changes[0], in, s.say)
		require.NoError(t, err)
	}
	require.Equal(t, dbt.Down, s.record(t).Run.Outcome)
	require.Equal(t, deploy.Create, s.plan(artifacts).Changes[0].Action)
}

// A record of another form is not written over.
func TestForeignRecord(t *testing.T) {
	for content, want := range map[string]string{"{": "cannot be read", `{"format":9}`: "has form 9"} {
		s := newSite(t, script(t, passing))
		s.objects[recorded] = content
		_, err := dbt.New(s.config).Plan(ctx, deploy.Input{Artifacts: rainShield(t)})
		require.ErrorContains(t, err, want)
	}
}
