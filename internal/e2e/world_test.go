package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
	fakemailchimp "github.com/tapestry-ci/tapestry-ci/internal/fake/mailchimp"
	fakesnowflake "github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/vendor"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

type artifact = emit.Artifact

// world is a pipeline that is applied to stand-ins, with what runs it.
type world struct {
	t          testing.TB
	dir        string // the build folder
	artifacts  []emit.Artifact
	proxy      *vendor.Proxy
	snowflake  *fakesnowflake.Server
	mailchimp  *fakemailchimp.Server
	partners   *fakemailchimp.Server // of the second destination, where there is one
	params     *store                // what apply keeps
	home       string                // of dbt: its target folder is kept, so that a run need not read all files again
	generation int                   // of the loads
}

// The accounts at Mailchimp, and the audiences that the pipelines' .env name.
const (
	mailchimpKey = "0123456789abcdef0123456789abcdef-us21"
	listID       = "a1b2c3d4e5"
	partnersKey  = "fedcba9876543210fedcba9876543210-us22"
	partnersID   = "f6e5d4c3b2"
)

// compiled compiles the pipeline of a folder.
func compiled(t testing.TB, folder string) []emit.Artifact {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, ".env"))
	require.NoError(t, err)
	values, err := dotenv.Parse(data)
	require.NoError(t, err)
	r := compiler.Compile(os.DirFS(folder), "tapestry.yaml", compiler.Options{Env: values})
	require.False(t, r.Diagnostics.HasErrors(), "%v", r.Diagnostics)
	return r.Artifacts
}

// write puts artefacts into a folder as `tapestry-ci compile` does.
func write(t testing.TB, dir string, artifacts []emit.Artifact) {
	t.Helper()
	for _, a := range artifacts {
		path := filepath.Join(dir, filepath.FromSlash(a.Path))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, a.Content, 0o644))
	}
}

// newWorld compiles a folder and applies its migrations.
func newWorld(t testing.TB, folder string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), home: t.TempDir(), artifacts: compiled(t, folder), proxy: vendor.Start(t), params: newStore()}
	write(t, w.dir, w.artifacts)
	account, _, err := bootstrap(w.artifacts)
	require.NoError(t, err)
	w.snowflake, err = fakesnowflake.New(context.WithoutCancel(t.Context()), fakesnowflake.Options{Fakesnow: judge.Program(t, "fakes", "fakesnow"), Account: strings.ToUpper(account)})
	require.NoError(t, err)
	t.Cleanup(w.snowflake.Close)
	w.proxy.Serve(vendor.Hosts{account + ".snowflakecomputing.com": w.snowflake.Fault})
	w.mailchimp = fakemailchimp.New(mailchimpKey)
	w.mailchimp.AddList(listID, "Newsletter")
	w.partners = fakemailchimp.New(partnersKey)
	w.partners.AddList(partnersID, "Partners")
	w.proxy.Serve(w.mailchimp.Hosts(), w.partners.Hosts())
	w.migrate()
	return w
}

// env is the environment of a program that runs in a container: what a shell has
// is not passed on.
func (w *world) env(more ...string) []string {
	return append(append([]string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"}, w.proxy.Environ()...), more...)
}
