package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fakeaws "github.com/tapestry-ci/tapestry-ci/internal/fake/aws"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/sandbox"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

// issuer stands for GitHub's token service, and for what the roles of
// aws/github-oidc.yaml trust: each one subject, with AWS's audience.
type issuer struct {
	mu    sync.Mutex
	asked []string // environment and audience
}

// roles are the subject that each role trusts, and the key that its holder gets.
var roles = map[string]struct{ subject, key string }{
	"arn:aws:iam::123456789012:role/plan":  {sandbox.PlanSubject, fakeaws.PlanKey},
	"arn:aws:iam::123456789012:role/apply": {sandbox.Subject, fakeaws.ApplyKey},
}

// token answers a job as GitHub does. The job's own token says here which
// environment it runs in.
func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	environment := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	audience := r.URL.Query().Get("audience")
	i.mu.Lock()
	i.asked = append(i.asked, environment+" "+audience)
	i.mu.Unlock()
	part := func(v any) string {
		data, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(data)
	}
	subject := strings.TrimSuffix(sandbox.Subject, "production") + environment
	claims := map[string]any{"iss": "https://token.actions.githubusercontent.com", "sub": subject, "aud": audience, "exp": time.Now().Add(5 * time.Minute).Unix()}
	fmt.Fprintf(w, `{"value":%q}`, part(map[string]string{"alg": "RS256", "typ": "JWT"})+"."+part(claims)+".c2ln")
}

// assume answers as STS: a role is for the subject that it trusts alone.
func (i *issuer) assume(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm() // an empty form is refused below
	var claims struct{ Iss, Sub, Aud string }
	if parts := strings.Split(r.Form.Get("WebIdentityToken"), "."); len(parts) == 3 {
		data, _ := base64.RawURLEncoding.DecodeString(parts[1])
		_ = json.Unmarshal(data, &claims)
	}
	role, ok := roles[r.Form.Get("RoleArn")]
	if !ok || claims.Sub != role.subject || claims.Aud != "sts.amazonaws.com" {
		fault.Query.Write(w, fault.Failure{Status: http.StatusForbidden, Code: "AccessDenied", Message: "Not authorized to perform sts:AssumeRoleWithWebIdentity"})
		return
	}
	fmt.Fprintf(w, `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>s</SecretAccessKey>`+
		`<SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
		role.key, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
}

// as is the environment of a job that signs in by its identity alone.
func (i *issuer) as(url, environment, role string, base []string) []string {
	return append(slices.Clone(base), "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "SNOWFLAKE_PRIVATE_KEY_PATH=",
		"TAPESTRY_AWS_ROLE=arn:aws:iam::123456789012:role/"+role, "ACTIONS_ID_TOKEN_REQUEST_URL="+url+"/token?api-version=2", "ACTIONS_ID_TOKEN_REQUEST_TOKEN="+environment)
}

// Jobs have no key of AWS and none of Snowflake: both take GitHub's word for who
// they are, and give each environment its own rights.
func TestJobsSignInByTheirIdentity(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the stand-ins of every cloud")
	}
	c, tokens := newAccount(t), &issuer{}
	mux := http.NewServeMux()
	mux.HandleFunc("/token", tokens.token)
	github := httptest.NewServer(mux)
	t.Cleanup(github.Close)
	c.box.AWS.HandOn(http.HandlerFunc(tokens.assume), "AssumeRoleWithWebIdentity")
	plan := tokens.as(github.URL, "plan", "plan", c.planning())
	apply := tokens.as(github.URL, "production", "apply", nil)

	pull, said, code := c.openAs(1, func() {}, plan)
	require.Zero(t, code, said)
	assert.Contains(t, c.comment(1, comment.KindPlan), "Snowflake")
	said, code = c.mergeAs(pull, apply)
	require.Zero(t, code, said)
	assert.Contains(t, c.comment(1, comment.KindApply), "✅ Applied")

	// With Snowflake's own state in view of the role that only reads.
	yaml := filepath.Join(c.dir, "tapestry.yaml")
	_, said, code = c.openAs(2, func() { put(t, yaml, strings.Replace(get(t, yaml), "LNAME: last_name}", "LNAME: first_name}", 1)) }, plan)
	require.Zero(t, code, said)
	assert.Contains(t, c.comment(2, comment.KindPlan), "| `mailchimp.newsletter` |  | 4 |  |  |")
	for _, want := range []string{"plan sts.amazonaws.com", "plan snowflakecomputing.com", "production sts.amazonaws.com", "production snowflakecomputing.com"} {
		assert.Contains(t, tokens.asked, want)
	}

	// A job of another environment gets neither role, and is told what to look at.
	for _, role := range []string{"plan", "apply"} {
		_, said, code = c.openAs(3, func() {}, tokens.as(github.URL, "staging", role, c.planning()))
		require.Equal(t, 1, code, said)
		assert.Contains(t, said, "AWS does not let this job take the role arn:aws:iam::123456789012:role/"+role)
		assert.Contains(t, said, "GitHub says that the job is repo:acme/data:environment:staging")
	}
	_, said, code = c.openAs(3, func() {}, tokens.as(github.URL, "plan", "apply", c.planning()))
	require.Equal(t, 1, code, said)
}
