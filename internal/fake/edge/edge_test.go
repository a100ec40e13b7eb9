package edge

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNamesLeadToTheirHandlers(t *testing.T) {
	e := Start(t)
	for _, host := range []string{"a.example", "b.example"} {
		e.Serve(host, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, host+r.URL.Path) }))
	}
	ca, err := os.ReadFile(e.CA)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(ca))
	proxy, err := url.Parse(strings.TrimPrefix(e.Env()[0], "HTTPS_PROXY="))
	require.NoError(t, err)
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for _, host := range []string{"a.example", "b.example", "a.example"} {
		answer, err := client.Get("https://" + host + "/path")
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, host+"/path", string(body))
	}
	require.Empty(t, e.Strangers())
	_, err = client.Get("https://c.example/")
	require.ErrorContains(t, err, "Forbidden")
	require.Equal(t, []string{"c.example"}, e.Strangers())

	stranger := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy)}}
	_, err = stranger.Get("https://a.example/")
	require.ErrorContains(t, err, "certificate", "who does not trust the authority gets nowhere")
}
