package cloud_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/cloud"
)

// alone is an environment with nothing of this machine's own in it.
func alone(t *testing.T, pairs map[string]string) {
	t.Helper()
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_EC2_METADATA_DISABLED", "HTTPS_PROXY", "HTTP_PROXY"} {
		t.Setenv(name, "")
	}
	none := t.TempDir()
	t.Setenv("AWS_CONFIG_FILE", none+"/config")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", none+"/credentials")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	for name, value := range pairs {
		t.Setenv(name, value)
	}
}

// closed is the address of a server that is gone.
func closed() string {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	return s.URL
}

// No network and no credentials both end in a connection that fails, and want
// something else done about them.
func TestNoNetworkIsNotMissingCredentials(t *testing.T) {
	nobody := closed()
	account := func() error {
		cfg, err := cloud.Load(t.Context(), "eu-central-1", environment(nil))
		require.NoError(t, err)
		_, err = cloud.Account(t.Context(), cfg)
		return err
	}
	var unreachable *cloud.Unreachable

	alone(t, map[string]string{"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_ENDPOINT_URL": nobody})
	err := account()
	require.ErrorAs(t, err, &unreachable)
	require.ErrorContains(t, err, "connection refused")
	require.ErrorContains(t, err, nobody[len("http://"):])

	alone(t, map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": nobody + "/me", "AWS_ENDPOINT_URL": nobody})
	require.ErrorAs(t, account(), &unreachable, "whoever gives the credentials cannot be reached")

	alone(t, map[string]string{"AWS_EC2_METADATA_SERVICE_ENDPOINT": nobody, "AWS_ENDPOINT_URL": nobody})
	err = account()
	require.Error(t, err)
	require.NotErrorAs(t, err, &unreachable, "there are no credentials: the machine's own service was the last to ask")

	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>no</Message></Error></ErrorResponse>")) // a client that went away needs no answer
	}))
	defer s.Close()
	alone(t, map[string]string{"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_ENDPOINT_URL": s.URL})
	err = account()
	require.ErrorContains(t, err, "InvalidClientTokenId")
	require.NotErrorAs(t, err, &unreachable, "they are refused")
}

func TestVariable(t *testing.T) {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", cloud.RoleVariable} {
		require.Equal(t, name, cloud.Variable(environment(map[string]string{name: "x", "OTHER": "y"})))
	}
	require.Empty(t, cloud.Variable(environment(map[string]string{"AWS_PROFILE": "", "AWS_REGION": "eu-central-1"})))
}
