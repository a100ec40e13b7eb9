package cloud_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/cloud"
)

func environment(pairs map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := pairs[name]; return v, ok }
}

// stand answers as GitHub's token service and as STS: its credentials end at
// once, so each use needs new ones.
func stand(t *testing.T) (*httptest.Server, *atomic.Int32) {
	var tokens atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			if r.Header.Get("Authorization") != "Bearer job" || r.URL.Query().Get("audience") != "sts.amazonaws.com" || r.URL.Query().Get("x") != "1" {
				http.Error(w, "no", http.StatusForbidden)
				return
			}
			fmt.Fprintf(w, `{"value":"token-%d"}`, tokens.Add(1))
			return
		}
		_ = r.ParseForm()
		if r.Form.Get("Action") != "AssumeRoleWithWebIdentity" || r.Form.Get("WebIdentityToken") != fmt.Sprintf("token-%d", tokens.Load()) {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		fmt.Fprintf(w, `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>KEY%d</AccessKeyId><SecretAccessKey>s</SecretAccessKey>`+
			`<SessionToken>t</SessionToken><Expiration>2020-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`, tokens.Load())
	}))
	t.Cleanup(s.Close)
	return s, &tokens
}

// A long apply outlives its first credentials: each renewal takes a fresh token.
func TestCredentialsAreRenewed(t *testing.T) {
	s, tokens := stand(t)
	t.Setenv("AWS_ENDPOINT_URL", s.URL)
	cfg, err := cloud.Load(context.Background(), "eu-central-1", environment(map[string]string{
		cloud.RoleVariable: "arn:aws:iam::123456789012:role/apply", "ACTIONS_ID_TOKEN_REQUEST_URL": s.URL + "/token?x=1", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "job"}))
	require.NoError(t, err)
	require.EqualValues(t, 0, tokens.Load(), "nothing is asked before it is needed")
	for i := 1; i <= 3; i++ {
		got, err := cfg.Credentials.Retrieve(context.Background())
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("KEY%d", i), got.AccessKeyID)
	}
	require.EqualValues(t, 3, tokens.Load())
}

func TestRoleWithoutTokenIsExplained(t *testing.T) {
	_, err := cloud.Load(context.Background(), "eu-central-1", environment(map[string]string{cloud.RoleVariable: "arn:x"}))
	require.ErrorContains(t, err, "id-token: write")
}

func TestRefusedTokenIsExplainedWithoutTheJobsKey(t *testing.T) {
	s, _ := stand(t)
	source, ok := cloud.GitHubToken(environment(map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": s.URL + "/token", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "canary"}))
	require.True(t, ok)
	_, err := source(context.Background(), "sts.amazonaws.com")
	require.ErrorContains(t, err, "403")
	require.NotContains(t, err.Error(), "canary")
}
