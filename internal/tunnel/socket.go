package tunnel

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// pass is what opens a data channel. The address is a secret as well: it may
// carry a signature.
type pass struct {
	address secret.Value
	token   secret.Value
}

// emptyDigest is the SHA-256 of no bytes, in hex: the request has no body.
const emptyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// dial opens the websocket and shows the token.
func dial(ctx context.Context, cfg aws.Config, p pass, client string, pace pace, now time.Time) (*websocket.Conn, error) {
	u, err := url.Parse(p.address.Reveal())
	if err != nil || u.Scheme != "wss" && u.Scheme != "ws" {
		return nil, refusedError{errors.New("Systems Manager gave an address that is no websocket's")}
	}
	if u.Scheme == "ws" && !loopback(u.Hostname()) {
		return nil, refusedError{fmt.Errorf("Systems Manager gave an address without TLS at %s; the token of the session is not sent there", u.Host)}
	}
	header, err := sign(ctx, cfg, u, now)
	if err != nil {
		return nil, err
	}
	ws, err := connect(ctx, dialer(cfg, pace), u, header)
	if err != nil {
		return nil, err
	}
	hello, err := json.Marshal(map[string]string{
		"MessageSchemaVersion": "1.0", "RequestId": uuid.NewString(), "TokenValue": p.token.Reveal(),
		"ClientId": client, "ClientVersion": spokenVersion,
	})
	if err != nil {
		panic(err) // a map of texts
	}
	ws.SetReadLimit(1 << 20) // a frame has 1 KB
	_ = ws.SetWriteDeadline(time.Now().Add(pace.write))
	if err := ws.WriteMessage(websocket.TextMessage, hello); err != nil {
		_ = ws.Close()
		return nil, refusedDial(u, nil, err)
	}
	return ws, nil
}

// connect opens a websocket. The library looks at a context before and after the
// handshake only, so the connection under it is closed when ctx ends.
func connect(ctx context.Context, d *websocket.Dialer, u *url.URL, header http.Header) (*websocket.Conn, error) {
	release := func() bool { return true }
	d.NetDialContext = func(dialing context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(dialing, network, address)
		if err == nil {
			release = context.AfterFunc(ctx, func() { _ = conn.Close() })
		}
		return conn, err
	}
	limited, cancel := context.WithTimeout(ctx, d.HandshakeTimeout)
	defer cancel()
	ws, response, err := d.DialContext(limited, u.String(), header)
	held := release()
	switch {
	case err == nil && held:
		return ws, nil
	case err == nil:
		_ = ws.Close()
		return nil, context.Cause(ctx)
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	return nil, refusedDial(u, response, err)
}

// refusedDial says why there is no websocket, without the address: an error of
// the network may quote it.
func refusedDial(u *url.URL, response *http.Response, err error) error {
	if response != nil {
		defer response.Body.Close()
		if response.StatusCode == http.StatusForbidden || response.StatusCode == http.StatusUnauthorized {
			return refusedError{fmt.Errorf("%s answers %s to the data channel of the session: allow ssmmessages:OpenDataChannel on arn:aws:ssm:*:*:session/*", u.Host, response.Status)}
		}
		return fmt.Errorf("%s answers %s to the data channel of the session", u.Host, response.Status)
	}
	text := strings.ReplaceAll(err.Error(), u.String(), u.Host)
	if u.RawQuery != "" {
		text = strings.ReplaceAll(text, u.RawQuery, "(secret)")
	}
	return fmt.Errorf("connecting to %s, the data channel of Systems Manager: %s", u.Host, text)
}

// sign makes the headers of a signed request. An address that is signed already
// needs none.
func sign(ctx context.Context, cfg aws.Config, u *url.URL, now time.Time) (http.Header, error) {
	if u.Query().Has("X-Amz-Signature") || cfg.Credentials == nil {
		return http.Header{}, nil
	}
	credentials, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("signing in to AWS: %w", err)
	}
	request := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{}}
	if err := v4.NewSigner().SignHTTP(ctx, credentials, request, emptyDigest, "ssmmessages", cfg.Region, now); err != nil {
		return nil, fmt.Errorf("signing the request for the data channel: %w", err)
	}
	return request.Header, nil
}

// dialer reaches the service the way the SDK does: through the same proxy and
// with the same certificates.
func dialer(cfg aws.Config, pace pace) *websocket.Dialer {
	d := &websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: pace.dial}
	if client, ok := cfg.HTTPClient.(*awshttp.BuildableClient); ok {
		transport := client.GetTransport()
		d.Proxy = transport.Proxy
		if transport.TLSClientConfig != nil {
			d.TLSClientConfig = &tls.Config{RootCAs: transport.TLSClientConfig.RootCAs, MinVersion: tls.VersionTLS12}
		}
	}
	return d
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
