package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/internal/connector"
	"github.com/tapestry-ci/tapestry-ci/internal/e2e/load"
	fakesalesforce "github.com/tapestry-ci/tapestry-ci/internal/fake/salesforce"
	fakezoom "github.com/tapestry-ci/tapestry-ci/internal/fake/zoom"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// steps are those of a run, each up to where it notices that something is not
// there, or has another name.
var steps = map[string]func(t *testing.T, artifacts []artifact) error{
	"build the images": func(t *testing.T, artifacts []artifact) error {
		_, err := install(t.TempDir(), artifacts)
		return err
	},
	"find the connectors": func(t *testing.T, artifacts []artifact) error {
		return errors.Join(opened(t, artifacts, "zoom"), opened(t, artifacts, "salesforce"))
	},
	"load": func(t *testing.T, artifacts []artifact) error {
		at := slices.IndexFunc(artifacts, func(a artifact) bool { return a.Path == "airbyte/connection-zoom.json" })
		text := load.Schema{}
		streams := []load.Stream{{Name: "webinar_registrants", Schema: load.Schema{Properties: map[string]load.Schema{"id": text, "email": text, "first_name": text, "last_name": text}}}}
		return load.Load(t.Context(), func(context.Context, string) error { return nil }, artifacts[at].Content, streams, &bytes.Buffer{},
			load.Options{There: func(context.Context, string, string) (bool, error) { return true, nil }})
	},
	"migrate": func(_ *testing.T, artifacts []artifact) error {
		at := slices.IndexFunc(artifacts, func(a artifact) bool { return a.Path == "snowflake/manifest.json" })
		if at < 0 {
			return errors.New("there is nothing to apply")
		}
		_, err := migration.Parse(artifacts[at].Content)
		return err
	},
	"parse the models": func(t *testing.T, artifacts []artifact) error {
		dir := filepath.Join(installed(t, artifacts), "dbt")
		out, ok := judge.Run(t, dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "DBT_PROFILES_DIR=" + dir, "DBT_ENV_SECRET_PRIVATE_KEY=none", "DBT_SEND_ANONYMOUS_USAGE_STATS=false"},
			judge.Program(t, "dbt", "dbt"), "parse", "--target", "snowflake", "--no-partial-parse")
		return failed(ok, out)
	},
	"validate the syncs": func(t *testing.T, artifacts []artifact) error {
		out, ok := judge.Grouparoo(t, filepath.Join(installed(t, artifacts), "grouparoo"), judge.Postgres(t))
		return failed(ok, out)
	},
}

func failed(ok bool, out string) error {
	if ok {
		return nil
	}
	return fmt.Errorf("%.2000s", out)
}

func installed(t *testing.T, artifacts []artifact) string {
	dir := t.TempDir()
	_, err := install(dir, artifacts)
	require.NoError(t, err)
	return dir
}

func opened(t *testing.T, artifacts []artifact, source string) error {
	_, err := connector.Open(t.Context(), connector.Config{Artifacts: artifacts, Source: source,
		Secrets: func(name string) (secret.Value, bool) { return secret.New("x"), true }, Environ: []string{connector.FoldersVariable + "=" + judge.Dir(t, "connectors")}})
	return err
}

// without leaves a file out; renamed writes another name into one.
func without(path string) func([]artifact) []artifact {
	return func(list []artifact) []artifact {
		return slices.DeleteFunc(slices.Clone(list), func(a artifact) bool { return a.Path == path })
	}
}

func renamed(path, from, to string) func([]artifact) []artifact {
	return func(list []artifact) []artifact {
		list = slices.Clone(list)
		at := slices.IndexFunc(list, func(a artifact) bool { return a.Path == path })
		list[at].Content = []byte(strings.ReplaceAll(string(list[at].Content), from, to))
		return list
	}
}

// What is executed are the artefacts: without any one file of those that data goes
// through, or with another name in one, the run stops. Each is tried up to the step
// that has to notice; that the steps go well with nothing changed is tried, too.
func TestArtifactsAreWhatRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("starts dbt and Grouparoo many times: make e2e")
	}
	vendors := map[string]string{}
	maps.Copy(vendors, fakezoom.New().Secrets())
	maps.Copy(vendors, fakesalesforce.New().Secrets())
	artifacts := compiled(t, example, vendors)
	for name, step := range steps {
		require.NoError(t, step(t, artifacts), name)
	}
	tried := 0
	for _, a := range artifacts {
		step := map[string]string{"airbyte": "find the connectors", "dbt": "build the images", "grouparoo": "build the images", "snowflake": "migrate"}[a.Provider]
		_, file, _ := strings.Cut(a.Path, "/")
		switch {
		case a.Provider == "snowflake" && file != "manifest.json", // the same statements, for people to read
			slices.Contains([]string{"workspace.json", "destination-snowflake.json", "Dockerfile", "dependencies.sh", "sbom.cdx.json", ".dockerignore"}, file), step == "":
			continue
		}
		require.Error(t, steps[step](t, without(a.Path)(artifacts)), "nothing misses %s", a.Path)
		tried++
	}
	t.Logf("%d files were left out, one at a time", tried)
	const sync = "grouparoo/config/mailchimp_newsletter_destination.json"
	for _, c := range []struct {
		step, name string
		change     func([]artifact) []artifact
	}{
		{"load", "a stream", renamed("airbyte/connection-zoom.json", "webinar_registrants", "webinar_registrant")},
		{"load", "a selected field", renamed("airbyte/connection-zoom.json", `"first_name"`, `"firstname"`)},
		{"find the connectors", "a definition", renamed("airbyte/definitions.json", "cbfd9856", "cbfd9857")},
		{"parse the models", "a source's table", renamed("dbt/models/sources.yml", "name: webinar_registrants", "name: registrants")},
		{"parse the models", "a model that another reads", renamed("dbt/models/people.sql", "ref('stg_zoom", "ref('stage_zoom")},
		{"parse the models", "a snapshot", renamed("dbt/snapshots/snap_mailchimp__newsletter.yml", "name: snap_", "name: snapshot_")},
		{"validate the syncs", "a property that is mapped", renamed(sync, `"EMAIL": "mailchimp_newsletter_email"`, `"EMAIL": "mailchimp_newsletter_mail"`)},
		{"validate the syncs", "an app", renamed(sync, `"appId": "mailchimp_newsletter_app"`, `"appId": "mailchimp_app"`)},
	} {
		t.Run(c.step+", "+c.name, func(t *testing.T) {
			t.Parallel()
			changed := c.change(artifacts)
			require.NotEqual(t, artifacts, changed, "the name is not there")
			require.Error(t, steps[c.step](t, changed))
		})
	}
}
