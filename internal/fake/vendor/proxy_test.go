package vendor

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// client goes through the proxy and trusts its authority alone.
func client(t *testing.T, p *Proxy) *http.Client {
	t.Helper()
	text, err := os.ReadFile(p.CAFile())
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(text))
	at, err := url.Parse(p.URL())
	require.NoError(t, err)
	transport := &http.Transport{Proxy: http.ProxyURL(at), TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func says(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, text+" "+r.URL.Path) })
}

func get(t *testing.T, c *http.Client, url string) string {
	t.Helper()
	resp, err := c.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(body)
}

func TestHostsAnswerUnderTheirNames(t *testing.T) {
	p := Start(t, Hosts{"api.one.example": says("one")}, Hosts{"two.example": says("two")})
	c := client(t, p)
	assert.Equal(t, "one /a", get(t, c, "https://api.one.example/a"))
	assert.Equal(t, "two /b", get(t, c, "https://two.example/b"))
	assert.Equal(t, "two /c", get(t, c, "http://two.example/c"))
	assert.Empty(t, p.Refused())
}

func TestOthersAreRefused(t *testing.T) {
	p := Start(t, Hosts{"one.example": says("one")})
	c := client(t, p)
	_, err := c.Get("https://elsewhere.example/")
	require.Error(t, err)
	_, err = c.Get("https://elsewhere.example/again")
	require.Error(t, err)
	assert.Equal(t, []string{"elsewhere.example"}, p.Refused())
	p.Serve(Hosts{"elsewhere.example": says("now")})
	assert.Equal(t, "now /", get(t, c, "https://elsewhere.example/"))
}

func TestCloseLeavesNothing(t *testing.T) {
	p, err := New(Hosts{"one.example": says("one")})
	require.NoError(t, err)
	c := client(t, p)
	get(t, c, "https://one.example/")
	p.Close()
	assert.NoFileExists(t, p.CAFile())
	_, err = c.Get("https://one.example/")
	assert.Error(t, err)
}
