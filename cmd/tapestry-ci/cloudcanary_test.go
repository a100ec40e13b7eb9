package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

// forms are the ways in which a text may stand in another one.
func forms(secret string) []string {
	quoted, _ := json.Marshal(secret) // a string always can
	out := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), strings.Trim(string(quoted), `"`), strings.ReplaceAll(secret, "'", `'\''`),
		hex.EncodeToString([]byte(secret))}
	for shift := range 3 { // whatever comes before it
		for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			code := e.EncodeToString([]byte(strings.Repeat("x", shift) + secret))
			out = append(out, code[4:len(code)-4])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// reveals says in which form a text holds a secret, or nothing.
func reveals(text, secret string) string {
	for _, f := range forms(secret) {
		if strings.Contains(text, f) {
			return f
		}
	}
	return ""
}

// guarded are the secrets that there are: those that were given, and whatever
// apply made and stored. Values that tell nothing, such as an address, are none.
func (c *trial) guarded(given map[string]string) map[string]string {
	c.t.Helper()
	out := map[string]string{}
	for name, value := range given {
		out[name] = value
	}
	client := ssm.NewFromConfig(c.box.AWS.Inside(c.region()))
	pages := ssm.NewGetParametersByPathPaginator(client, &ssm.GetParametersByPathInput{Path: aws.String("/tapestry"), Recursive: aws.Bool(true), WithDecryption: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		require.NoError(c.t, err)
		for _, p := range page.Parameters {
			name, value := aws.ToString(p.Name), aws.ToString(p.Value)
			switch {
			case strings.HasSuffix(name, "email"), strings.Contains(name, "/airbyte/"):
			case strings.Contains(value, "PRIVATE KEY"):
				out[name] = strings.Split(value, "\n")[3] // a line from the middle
			default:
				out[name] = value
			}
		}
	}
	return out
}

// logs are all requests that reached a stand-in, and what the bucket keeps.
func (c *trial) logs() map[string]string {
	c.t.Helper()
	out := map[string]string{}
	add := func(system string, calls []fault.Call, belongs func(fault.Call) bool) {
		for _, call := range calls {
			if !belongs(call) {
				out[system] += call.Operation + " " + call.Path + "\n" + string(call.Body) + "\n"
			}
		}
	}
	add("AWS", c.box.AWS.Requests(), func(call fault.Call) bool { return call.Operation == "PutParameter" })
	add("the registry", c.box.Registry.Requests(), func(fault.Call) bool { return false })
	add("Snowflake", c.box.Snowflake.Fault.Calls(), func(fault.Call) bool { return false })
	add("Airbyte", c.box.Airbyte.Fault.Calls(), func(call fault.Call) bool {
		return strings.Contains(call.Path, "/sources") || strings.Contains(call.Path, "/destinations") || strings.Contains(call.Path, "/applications/token")
	})
	client := s3.NewFromConfig(c.box.AWS.Inside(c.region()), func(o *s3.Options) { o.UsePathStyle = true })
	buckets, err := client.ListBuckets(context.Background(), &s3.ListBucketsInput{})
	require.NoError(c.t, err)
	for _, b := range buckets.Buckets {
		objects, err := client.ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{Bucket: b.Name})
		require.NoError(c.t, err)
		for _, o := range objects.Contents {
			got, err := client.GetObject(context.Background(), &s3.GetObjectInput{Bucket: b.Name, Key: o.Key})
			require.NoError(c.t, err)
			text, err := io.ReadAll(got.Body)
			require.NoError(c.t, err)
			out["object "+aws.ToString(o.Key)] = string(text)
		}
	}
	return out
}

// No secret is anywhere but where it belongs: in its parameter, and in the
// configuration of the connector that needs it. Not in what is said, kept, planned
// or asked for, in no form.
func TestNoSecretLeavesItsPlace(t *testing.T) {
	c := newTrial(t, "01-rain-shield")
	given := map[string]string{}
	for _, name := range []string{"MAILCHIMP_API_KEY", "ZOOM_CLIENT_SECRET", "SF_CLIENT_SECRET", "SF_REFRESH_TOKEN"} {
		given[name] = `kanarie'n vogel"&+/=<` + name + `>{é}\` + strings.ToLower(name)
		c.env = append(c.env, name+"="+given[name])
	}
	var heard strings.Builder
	says := func(args ...string) int {
		out, said, code := c.run(append(args, "--target", "aws")...)
		heard.WriteString(strings.Join(args, " ") + "\n" + out + said)
		return code
	}
	plan := filepath.Join(c.dir, "plan.json")
	for _, format := range []string{"text", "json", "markdown"} {
		says("plan", "--format", format)
	}
	says("plan", "--out", plan)
	// An apply that fails where secrets are sent.
	c.box.Airbyte.Fault.Add(fault.Rule{Operation: "POST /api/public/v1/sources", Do: fault.Refuse, Code: "bad_request", Status: 422, Message: "no"})
	c.box.AWS.Fault(fault.Rule{Operation: "PutParameter", Do: fault.Refuse, Code: "ValidationException"})
	require.Equal(t, 1, says("apply", "--plan", plan))
	require.Zero(t, says("apply", "--format", "json"), "%s", &heard)
	before := c.guarded(given)
	// Other values of the same secrets.
	for name := range given {
		given[name] = "neuer " + given[name]
		c.env = append(c.env, name+"="+given[name])
	}
	says("plan", "--live")
	require.Zero(t, says("apply"), "%s", &heard)
	for _, verb := range []string{"status", "history"} {
		says(verb, "--format", "json")
		says(verb)
	}
	secrets := c.guarded(given)
	for name, value := range before {
		secrets["former "+name] = value
	}
	require.Greater(t, len(secrets), 8, "there is something to be said")
	says("destroy", "--plan", "--format", "json")
	require.Zero(t, says("destroy"), "%s", &heard)

	texts := c.logs()
	texts["what was said"] = heard.String() + get(t, plan)
	for where, text := range texts {
		for name, value := range secrets {
			assert.Empty(t, reveals(text, value), "%s holds the secret %s", where, name)
		}
	}
	require.NotEmpty(t, c.box.AWS.Containing("kanarie"), "the search finds what is there")
}
