package connector_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/internal/connector"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	fakesalesforce "github.com/tapestry-ci/tapestry-ci/internal/fake/salesforce"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/vendor"
	fakezoom "github.com/tapestry-ci/tapestry-ci/internal/fake/zoom"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// vendors are both stand-ins and the environment in which connectors reach them.
type vendors struct {
	zoom       *fakezoom.Server
	salesforce *fakesalesforce.Server
	proxy      *vendor.Proxy
	values     map[string]string
	logged     []string
}

func start(t *testing.T) *vendors {
	t.Helper()
	v := &vendors{zoom: fakezoom.New(), salesforce: fakesalesforce.New(), values: map[string]string{}}
	v.proxy = vendor.Start(t, v.zoom.Hosts(), v.salesforce.Hosts())
	for _, some := range []map[string]string{v.zoom.Secrets(), v.salesforce.Secrets()} {
		for name, value := range some {
			v.values[name] = value
		}
	}
	v.values["SNOWFLAKE_ACCOUNT"], v.values["MAILCHIMP_LIST_ID"] = "org-account", "list"
	return v
}

// artifacts are what the Rain Shield example compiles to.
func (v *vendors) artifacts(t *testing.T) []emit.Artifact {
	t.Helper()
	r := compiler.Compile(os.DirFS(filepath.Join("..", "..", "examples", "01-rain-shield")), "tapestry.yaml", compiler.Options{Environment: "production", Env: v.values})
	require.False(t, r.Diagnostics.HasErrors(), "%v", r.Diagnostics)
	return r.Artifacts
}

func (v *vendors) open(t *testing.T, source string) *connector.Connector {
	t.Helper()
	folders := judge.Dir(t, "connectors")
	c, err := connector.Open(t.Context(), connector.Config{
		Artifacts: v.artifacts(t), Source: source,
		Secrets: func(name string) (secret.Value, bool) { x, ok := v.values[name]; return secret.New(x), ok },
		Environ: append(v.proxy.Environ(), "PATH="+os.Getenv("PATH"), connector.FoldersVariable+"="+folders),
		Log:     func(level, line string) { v.logged = append(v.logged, level+" "+line) },
	})
	require.NoError(t, err)
	return c
}

// rows reads a stream and gives what came, in order.
func rows(t *testing.T, c *connector.Connector, r connector.Reading) ([]map[string]any, *connector.Result) {
	t.Helper()
	var all []map[string]any
	r.Each = func(rec connector.Record) error { all = append(all, rec.Data); return nil }
	result, err := c.Read(t.Context(), r)
	require.NoError(t, err)
	return all, result
}

func TestZoom(t *testing.T) {
	v := start(t)
	for _, name := range []string{"Diana", "Barry", "Betty"} {
		v.zoom.Register(fakezoom.Webinar, fakezoom.Record{"email": name + "@x.example", "first_name": name, "phone": "1"})
	}
	c := v.open(t, "zoom")
	require.NoError(t, c.Check(t.Context()))
	all, result := rows(t, c, connector.Reading{})
	require.Len(t, all, 3)
	assert.Equal(t, map[string]int{"webinar_registrants": 3}, result.Rows)
	assert.Equal(t, map[string]any{"id": "r-000001", "email": "Diana@x.example", "first_name": "Diana", "last_name": ""}, all[0])
	assert.Empty(t, v.proxy.Refused())
}

func TestSalesforce(t *testing.T) {
	v := start(t)
	id := v.salesforce.Insert("Contact", fakesalesforce.Record{"Email": "diana@x.example", "FirstName": "Diana", "LastName": "Prince"})
	v.salesforce.Insert("Contact", fakesalesforce.Record{"Email": "jack@x.example", "FirstName": "Jack"})
	c := v.open(t, "salesforce")
	require.NoError(t, c.Check(t.Context()))
	all, result := rows(t, c, connector.Reading{})
	require.Len(t, all, 2)
	require.Len(t, result.State, 1)
	v.salesforce.Delete("Contact", id)
	all, _ = rows(t, c, connector.Reading{State: result.State})
	deleted := 0
	for _, r := range all {
		if r["Id"] == id && r["IsDeleted"] == true {
			deleted++
		}
	}
	assert.Equal(t, 1, deleted, "%v", all)
}

// Salesforce's Bulk API, which is used where no compound field is to be seen:
// pages, a job that takes a while, a session that ends in between.
func TestSalesforceBulk(t *testing.T) {
	v := start(t)
	v.salesforce.Hide("Contact", "MailingAddress")
	v.salesforce.PageRows, v.salesforce.Polls = 2, 1
	for _, name := range []string{"A", "B", "C", "D", "E"} {
		v.salesforce.Insert("Contact", fakesalesforce.Record{"Email": name + "@x.example", "FirstName": name + ", \"x\""})
	}
	c := v.open(t, "salesforce")
	v.salesforce.Fault(fault.Rule{Operation: "POST job", Before: func(fault.Call) { v.salesforce.ExpireTokens() }})
	all, _ := rows(t, c, connector.Reading{})
	require.Len(t, all, 5)
	assert.Equal(t, "A, \"x\"", all[0]["FirstName"])
	assert.NotEmpty(t, v.salesforce.Requests("GET results"))
	assert.Empty(t, v.salesforce.Requests("GET queryAll"))
	assert.Greater(t, len(v.salesforce.Requests("POST token")), 2, "it signed in once more")
}

// Many pages, refusals in between: everybody is read all the same.
func TestZoomThrottled(t *testing.T) {
	v := start(t)
	for i := range 100 {
		v.zoom.Register(fakezoom.Webinar, fakezoom.Record{"email": fmt.Sprintf("p%d@x.example", i)})
	}
	c := v.open(t, "zoom")
	_, err := c.Discover(t.Context())
	require.NoError(t, err)
	v.zoom.Throttle(1, "1")
	v.zoom.Fault(fault.Rule{Operation: "GET registrants", Nth: 2, Do: fault.Refuse, Status: 500})
	all, _ := rows(t, c, connector.Reading{})
	assert.Len(t, all, 100)
	v.zoom.Fault(fault.Rule{Operation: "POST token", Do: fault.Refuse, Status: 400, Code: "invalid_client", Message: "no such client", Times: -1})
	_, err = c.Read(t.Context(), connector.Reading{})
	require.ErrorContains(t, err, "no such client")
	assert.NotContains(t, err.Error(), fakezoom.ClientSecret)
}
