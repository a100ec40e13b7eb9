package cloud_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/cloud"
)

// refused is what a service answers.
func refused(status int, code, message string) error {
	answer := &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: &smithy.GenericAPIError{Code: code, Message: message}}
	return &smithy.OperationError{ServiceID: "CloudFormation", OperationName: "DescribeStacks", Err: answer}
}

// unsent is a request that no service heard.
func unsent(cause error) error {
	send := &smithyhttp.RequestSendError{Err: &url.Error{Op: "Post", URL: "https://sts.example/", Err: cause}}
	return &smithy.OperationError{ServiceID: "STS", OperationName: "GetCallerIdentity", Err: send}
}

func TestWhatPasses(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"throttled":               {refused(400, "Throttling", "Rate exceeded"), true},
		"unavailable":             {refused(503, "ServiceUnavailable", ""), true},
		"failed by itself":        {refused(400, "InternalFailure", ""), true},
		"a proxy's error":         {refused(502, "UnknownError", ""), true},
		"refused connection":      {unsent(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), true},
		"no name":                 {unsent(&net.DNSError{Err: "no such host", Name: "sts.example", IsNotFound: true}), true},
		"broken":                  {unsent(io.ErrUnexpectedEOF), true},
		"half an answer":          {fmt.Errorf("deserialization failed: %w", io.ErrUnexpectedEOF), true},
		"closed":                  {fmt.Errorf("read tcp: use of closed network connection"), true},
		"not allowed":             {refused(403, "AccessDenied", ""), false},
		"not there":               {refused(400, "ValidationError", "Stack with id x does not exist"), false},
		"no such change set":      {refused(404, "ChangeSetNotFound", ""), false},
		"credentials are over":    {refused(403, "ExpiredToken", "The security token included in the request is expired"), false},
		"credentials are wrong":   {refused(403, "InvalidClientTokenId", ""), false},
		"something of the caller": {errors.New("the stack has no template"), false},
	} {
		require.Equal(t, c.want, cloud.Passes(c.err), name)
	}
}

// clock is a clock that only waiting moves.
type clock struct {
	now   time.Time
	slept []time.Duration
}

func (c *clock) patience() cloud.Patience {
	return cloud.Patience{First: 5 * time.Second, Now: func() time.Time { return c.now }, Wait: func(ctx context.Context, d time.Duration) error {
		c.now, c.slept = c.now.Add(d), append(c.slept, d)
		return ctx.Err()
	}}
}

func TestAnOutageIsOutlasted(t *testing.T) {
	c, n := &clock{now: time.Unix(0, 0)}, 0
	var said []string
	require.NoError(t, c.patience().Read(t.Context(), func(m string) { said = append(said, m) }, func() error {
		if n++; n < 5 {
			return unsent(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED})
		}
		return nil
	}))
	require.Equal(t, []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second}, c.slept)
	require.Equal(t, "AWS cannot be asked (dial tcp: connection refused): trying again in 5s", said[0])
	require.Len(t, said, 4)
}

func TestAnOutageThatDoesNotEnd(t *testing.T) {
	c := &clock{now: time.Unix(0, 0)}
	err := c.patience().Read(t.Context(), nil, func() error { return refused(503, "ServiceUnavailable", "Later\nperhaps") })
	require.ErrorContains(t, err, "ServiceUnavailable")
	require.ErrorContains(t, err, "apply again goes on waiting")
	require.GreaterOrEqual(t, c.now.Sub(time.Unix(0, 0)), 10*time.Minute)
	require.Less(t, c.now.Sub(time.Unix(0, 0)), 11*time.Minute)
}

func TestWhatStaysIsNotTriedAgain(t *testing.T) {
	c, n := &clock{now: time.Unix(0, 0)}, 0
	require.ErrorContains(t, c.patience().Read(t.Context(), nil, func() error { n++; return refused(403, "AccessDenied", "no") }), "AccessDenied")
	require.Equal(t, 1, n)

	ctx, stop := context.WithCancel(t.Context())
	require.ErrorIs(t, c.patience().Read(ctx, nil, func() error { stop(); return unsent(context.Canceled) }), context.Canceled)
}
