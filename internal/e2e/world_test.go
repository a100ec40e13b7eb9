package e2e

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/imagespec"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
	fakemailchimp "github.com/tapestry-ci/tapestry-ci/internal/fake/mailchimp"
	fakesalesforce "github.com/tapestry-ci/tapestry-ci/internal/fake/salesforce"
	fakesnowflake "github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/vendor"
	fakezoom "github.com/tapestry-ci/tapestry-ci/internal/fake/zoom"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

type artifact = emit.Artifact

// world is a pipeline that is applied to stand-ins, with what runs it.
type world struct {
	t          testing.TB
	artifacts  []emit.Artifact
	images     map[string]imagespec.Image
	dir        string // in which each image has its folder
	proxy      *vendor.Proxy
	snowflake  *fakesnowflake.Server
	zoom       *fakezoom.Server
	salesforce *fakesalesforce.Server
	vendors    map[string]string  // what people put into the environment: names of accounts, and secrets
	sources    map[string]*source // once they were asked
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

// compiled compiles the pipeline of a folder for the accounts of the stand-ins.
func compiled(t testing.TB, folder string, vendors map[string]string) []emit.Artifact {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, ".env"))
	require.NoError(t, err)
	values, err := dotenv.Parse(data)
	require.NoError(t, err)
	for name := range values {
		if v, ok := vendors[name]; ok {
			values[name] = v
		}
	}
	r := compiler.Compile(os.DirFS(folder), "tapestry.yaml", compiler.Options{Env: values})
	require.False(t, r.Diagnostics.HasErrors(), "%v", r.Diagnostics)
	return r.Artifacts
}

// newWorld compiles a folder and applies its migrations.
func newWorld(t testing.TB, folder string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), home: t.TempDir(), params: newStore(), sources: map[string]*source{}, zoom: fakezoom.New(), salesforce: fakesalesforce.New(),
		vendors: map[string]string{"MAILCHIMP_API_KEY": mailchimpKey, "PARTNERS_API_KEY": partnersKey}}
	// What was changed is older than any read that looks for it.
	w.salesforce.Now = func() time.Time { return time.Now().Add(-time.Minute) }
	maps.Copy(w.vendors, w.zoom.Secrets())
	maps.Copy(w.vendors, w.salesforce.Secrets())
	w.artifacts, w.proxy = compiled(t, folder, w.vendors), vendor.Start(t, w.zoom.Hosts(), w.salesforce.Hosts())
	var err error
	w.images, err = install(w.dir, w.artifacts)
	require.NoError(t, err)
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
