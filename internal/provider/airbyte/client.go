package airbyte

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

const api = "/api/public/v1"

// client speaks to one server.
type client struct {
	http       *http.Client
	base       string
	id, secret secret.Value
	now        func() time.Time
	poll       time.Duration
	long       time.Duration // for calls that discover a source's schema
	why        func() error  // why nothing came through the way, where that knows; may be nil

	mu    sync.Mutex
	token secret.Value
	until time.Time
}

// failure is an answer that is an error. Bodies of answers are not shown: a
// server may repeat in them what it was sent.
type failure struct {
	method, path string
	status       int
}

func (f *failure) Error() string {
	return fmt.Sprintf("Airbyte answered %s %s with %d %s", f.method, f.path, f.status, http.StatusText(f.status))
}

func (f *failure) unsure() bool { return f.status >= 500 }

// unsure reports whether a call may have been done although it failed.
func unsure(err error) bool {
	var f *failure
	return err != nil && (!errors.As(err, &f) || f.unsure())
}

// call asks, and again where that does no harm. Only a POST that may have been
// done is not made again: who called has to look first.
func (c *client) call(ctx context.Context, method, path string, body, answer any) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err, after := c.once(ctx, method, path, body, answer)
		var f *failure
		switch {
		case err == nil:
			return struct{}{}, nil
		case errors.As(err, &f) && f.status == http.StatusTooManyRequests && after > 0:
			return struct{}{}, backoff.RetryAfter(after)
		case errors.As(err, &f) && f.status == http.StatusTooManyRequests:
			return struct{}{}, err
		case !unsure(err), ctx.Err() != nil, method == http.MethodPost && !strings.HasSuffix(path, "/applications/token"):
			return struct{}{}, backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithMaxTries(5), backoff.WithBackOff(&backoff.ExponentialBackOff{InitialInterval: c.poll, RandomizationFactor: 0, Multiplier: 2, MaxInterval: time.Minute}))
	return err
}

func (c *client) once(ctx context.Context, method, path string, body, answer any) (err error, retryAfter int) {
	limit := time.Minute
	if strings.HasPrefix(path, api+"/connections") && method != http.MethodGet {
		limit = c.long
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for again := range 2 {
		token := ""
		if !strings.HasSuffix(path, "/applications/token") {
			if token, err = c.signIn(ctx, again > 0); err != nil {
				return err, 0
			}
		}
		var status int
		status, retryAfter, err = c.send(ctx, method, path, token, body, answer)
		if err != nil || status < 300 {
			return err, 0
		}
		if status != http.StatusUnauthorized {
			return &failure{method, path, status}, retryAfter
		}
	}
	return &failure{method, path, http.StatusUnauthorized}, 0
}

func (c *client) send(ctx context.Context, method, path, token string, body, answer any) (status, retryAfter int, err error) {
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, 0, err
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, in)
	if err != nil {
		return 0, 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, 0, fmt.Errorf("asking Airbyte: %w", c.blamed(err))
	}
	defer res.Body.Close()
	retryAfter, _ = strconv.Atoi(res.Header.Get("Retry-After")) // 0 where it says none
	if res.StatusCode < 300 && answer != nil {
		if err := json.NewDecoder(res.Body).Decode(answer); err != nil {
			return 0, 0, fmt.Errorf("reading what Airbyte answered to %s %s: %w", method, path, err)
		}
	}
	return res.StatusCode, retryAfter, nil
}

// blamed adds what the way to the server knows of an error: a client only sees its
// connection cut.
func (c *client) blamed(err error) error {
	if c.why == nil {
		return err
	}
	if way := c.why(); way != nil {
		return fmt.Errorf("%w; the way to it: %w", err, way)
	}
	return err
}

// signIn gives a token that lives for a while yet.
func (c *client) signIn(ctx context.Context, anew bool) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !anew && !c.token.Empty() && c.now().Before(c.until) {
		return c.token.Reveal(), nil
	}
	var got struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	// The API's description has one of the names, its source the other.
	body := map[string]any{"client_id": c.id.Reveal(), "client_secret": c.secret.Reveal(), "grant_type": "client_credentials", "grant-type": "client_credentials"}
	if err := c.call(ctx, http.MethodPost, api+"/applications/token", body, &got); err != nil {
		return "", fmt.Errorf("signing in to Airbyte: %w", err)
	}
	life := time.Duration(got.ExpiresIn) * time.Second
	c.token, c.until = secret.New(got.AccessToken), c.now().Add(life-min(life/10, 30*time.Second))
	return got.AccessToken, nil
}

// list reads all pages.
func (c *client) list(ctx context.Context, kind, workspace string) ([]map[string]any, error) {
	var all []map[string]any
	for {
		path := fmt.Sprintf("%s/%ss?limit=100&offset=%d", api, kind, len(all))
		if workspace != "" {
			path += "&workspaceIds=" + workspace
		}
		var page struct {
			Data []map[string]any
			Next string
		}
		if err := c.call(ctx, http.MethodGet, path, nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Data...)
		if page.Next == "" || len(page.Data) == 0 {
			return all, nil
		}
	}
}
