package discover_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/connector"
	"github.com/tapestry-ci/tapestry-ci/internal/discover"
	fakesalesforce "github.com/tapestry-ci/tapestry-ci/internal/fake/salesforce"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/vendor"
	fakezoom "github.com/tapestry-ci/tapestry-ci/internal/fake/zoom"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

const head = "version: 1\nname: try-out\naws: {region: us-east-1}\nsnowflake: {account: org-account}\nsources:\n"

// The sources as somebody begins with them: one stream named, nothing else.
var beginnings = map[string]string{
	"faker":      "  faker:\n    config: {count: 10}\n    schedule: manual\n    streams:\n",
	"zoom":       "  zoom:\n    config: {account_id: " + fakezoom.AccountID + ", client_id: " + fakezoom.ClientID + ", client_secret: \"${secret.ZOOM_CLIENT_SECRET}\"}\n    schedule: manual\n    streams:\n",
	"salesforce": "  salesforce:\n    config: {client_id: " + fakesalesforce.ClientID + ", client_secret: \"${secret.SF_CLIENT_SECRET}\", refresh_token: \"${secret.SF_REFRESH_TOKEN}\"}\n    schedule: manual\n    streams:\n",
}

var first = map[string]string{"faker": "users", "zoom": "webinar_registrants", "salesforce": "Contact"}

func compile(t *testing.T, text string) *compiler.Result {
	t.Helper()
	r := compiler.Compile(fstest.MapFS{"tapestry.yaml": {Data: []byte(text)}}, "tapestry.yaml", compiler.Options{})
	require.False(t, r.Diagnostics.HasErrors(), "%v\n%s", r.Diagnostics, text)
	return r
}

type vendors struct {
	zoom       *fakezoom.Server
	salesforce *fakesalesforce.Server
	environ    []string
	secrets    map[string]string
}

func start(t *testing.T) *vendors {
	t.Helper()
	v := &vendors{zoom: fakezoom.New(), salesforce: fakesalesforce.New()}
	proxy := vendor.Start(t, v.zoom.Hosts(), v.salesforce.Hosts())
	folders := judge.Dir(t, "connectors") + string(os.PathListSeparator) + judge.Dir(t, "connectors-cdk6")
	v.environ = append(proxy.Environ(), "PATH="+os.Getenv("PATH"), connector.FoldersVariable+"="+folders)
	v.secrets = v.salesforce.Secrets()
	v.secrets["ZOOM_CLIENT_SECRET"] = fakezoom.ClientSecret
	return v
}

func (v *vendors) streams(t *testing.T, r *compiler.Result, name string) []discover.Stream {
	t.Helper()
	c, err := connector.Open(t.Context(), connector.Config{Artifacts: r.Artifacts, Source: name, Secrets: connector.Variables(v.secrets), Environ: v.environ})
	require.NoError(t, err)
	found, err := c.Discover(t.Context())
	require.NoError(t, err)
	streams, err := discover.Streams(found)
	require.NoError(t, err)
	return streams
}

// What discover prints can be put into the file as it is, and the file then
// fits the source.
func TestWhatIsPrintedIsValid(t *testing.T) {
	v := start(t)
	for name, beginning := range beginnings {
		t.Run(name, func(t *testing.T) {
			streams := v.streams(t, compile(t, head+beginning+"      "+first[name]+": {}\n"), name)
			// Salesforce's Describe is a list of the objects and none of them: the
			// catalogue takes it to have their key.
			streams = slices.DeleteFunc(streams, func(s discover.Stream) bool { return s.Name == "Describe" })
			text := string(discover.YAML(name, streams))
			pasted := head + beginning + indent(text, "      ")
			r := compile(t, pasted)
			findings := discover.Compare(&r.Pipeline.Sources[0], streams)
			assert.Empty(t, findings, "%v", findings)
			for _, c := range find(t, streams, first[name]).Columns {
				if regexp.MustCompile(`(?i)^email$`).MatchString(c.Name) {
					assert.Equal(t, "email", c.Type)
					assert.True(t, c.PII)
				}
			}
		})
	}
}

func indent(text, by string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			line = by + line
		}
		b.WriteString(line)
	}
	return b.String()
}

func find(t *testing.T, all []discover.Stream, name string) discover.Stream {
	t.Helper()
	for _, s := range all {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no stream %s", name)
	return discover.Stream{}
}

// An org changes: a field goes, another comes, one is something else.
func TestTheOrgChanges(t *testing.T) {
	v := start(t)
	values := v.salesforce.Secrets()
	for name, value := range v.zoom.Secrets() {
		values[name] = value
	}
	values["SNOWFLAKE_ACCOUNT"], values["MAILCHIMP_LIST_ID"] = "org-account", "list"
	r := compiler.Compile(os.DirFS(filepath.Join("..", "..", "examples", "01-rain-shield")), "tapestry.yaml", compiler.Options{Env: values})
	require.False(t, r.Diagnostics.HasErrors())
	src := &r.Pipeline.Sources[0]
	require.Equal(t, "salesforce", src.ID)
	assert.False(t, discover.Breaks(discover.Compare(src, v.streams(t, r, "salesforce"))))

	v.salesforce.Hide("Contact", "LastName", "IsDeleted")
	v.salesforce.AddField("Contact", fakesalesforce.Field{Name: "IsDeleted", Type: "int"})
	v.salesforce.AddField("Contact", fakesalesforce.Field{Name: "Fresh__c", Type: "string"})
	v.salesforce.AddObject("Invoice__c", fakesalesforce.Field{Name: "Total__c", Type: "currency"})
	findings := discover.Compare(src, v.streams(t, r, "salesforce"))
	require.True(t, discover.Breaks(findings))
	var breaks []string
	for _, f := range findings {
		if f.Breaks {
			breaks = append(breaks, string(f.Kind)+" "+f.Column)
			assert.Positive(t, f.Origin.Start.Line)
		}
	}
	assert.ElementsMatch(t, []string{"removed LastName", "retyped IsDeleted"}, breaks)
	last := findings[len(findings)-1]
	assert.Equal(t, "Describe, Invoice__c", last.Found)
	assert.Contains(t, findings[len(findings)-2].Found, "Fresh__c")
}
