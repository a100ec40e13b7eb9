package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	api "github.com/google/go-github/v60/github"

	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// Bot is who the token of a workflow is.
const Bot = "github-actions[bot]"

// Config says which repository, and who asks.
type Config struct {
	// API is GITHUB_API_URL: https://api.github.com where it is empty, or the
	// address of an enterprise server with its /api/v3.
	API        string
	Repository string // owner/name
	Token      secret.Value
	// Login is who the token is: only what this login wrote is ever changed. Bot
	// where it is empty.
	Login string

	// Now and Sleep are the clock; the system's where they are nil.
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
	// Tries is how often a call is tried; 5 where it is 0. MaxWait is the longest
	// wait that is sat out; 15 minutes where it is 0.
	Tries   int
	MaxWait time.Duration
	// Transport is http.DefaultTransport where it is nil.
	Transport http.RoundTripper
}

// Client speaks to one repository. It may be used by several goroutines.
type Client struct {
	api         *api.Client
	owner, repo string
	login       string
	tries       int
	now         func() time.Time
	pause       func(ctx context.Context, d time.Duration) error
}

// New gives a client. Nothing is asked.
func New(c Config) (*Client, error) {
	owner, repo, ok := strings.Cut(c.Repository, "/")
	if !ok || owner == "" || repo == "" || strings.Contains(repo, "/") {
		return nil, fmt.Errorf("GITHUB_REPOSITORY is %q, not owner/name", c.Repository)
	}
	if c.Token.Reveal() == "" {
		return nil, errors.New("there is no token for GitHub's API: give the action its input github-token")
	}
	c = c.filled()
	base, err := url.Parse(strings.TrimSuffix(c.API, "/") + "/")
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("GITHUB_API_URL is %q, not an address", c.API)
	}
	// The retries are below go-github: its own counters know nothing of our clock.
	client := api.NewClient(&http.Client{Transport: &retrying{next: c.Transport, config: c}, Timeout: c.MaxWait + 10*time.Minute}).
		WithAuthToken(c.Token.Reveal())
	client.BaseURL = base
	return &Client{api: client, owner: owner, repo: repo, login: c.Login, tries: c.Tries, now: c.Now, pause: c.Sleep}, nil
}

func (c Config) filled() Config {
	if c.API == "" {
		c.API = "https://api.github.com"
	}
	if c.Login == "" {
		c.Login = Bot
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	if c.Tries == 0 {
		c.Tries = 5
	}
	if c.MaxWait == 0 {
		c.MaxWait = 15 * time.Minute
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	return c
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// all follows the pages of a list.
func all[T any](list func(page int) ([]T, *api.Response, error)) ([]T, error) {
	var found []T
	for page := 1; ; {
		part, response, err := list(page)
		if err != nil {
			return nil, err
		}
		found = append(found, part...)
		if response.NextPage <= page { // the last one; or a server that goes in circles
			return found, nil
		}
		page = response.NextPage
	}
}

// once makes something that must not be there twice. find looks for it; make is
// tried again only after find has said that a call whose end is not known made
// nothing.
func once[T any](ctx context.Context, c *Client, find func() (T, bool, error), make func() (T, error)) (T, error) {
	var err error
	for try := range c.tries {
		if try > 0 {
			if err := c.pause(ctx, backoff(try)); err != nil {
				return *new(T), err
			}
			if it, ok, err := find(); err != nil || ok {
				return it, err
			}
		}
		var it T
		if it, err = make(); err == nil || !unclear(ctx, err) {
			return it, err
		}
	}
	return *new(T), err
}

// unclear reports whether a call may have been done although it failed: the
// reply was lost, or the server broke down.
func unclear(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	var refused *api.ErrorResponse
	if errors.As(err, &refused) {
		return refused.Response.StatusCode >= 500
	}
	var lost *url.Error
	return errors.As(err, &lost) && !errors.As(err, new(*waitError))
}

// explained says what to do about an error.
func explained(what string, err error) error {
	var refused *api.ErrorResponse
	if err == nil || !errors.As(err, &refused) {
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	}
	switch refused.Response.StatusCode {
	case http.StatusUnauthorized:
		return fmt.Errorf("%s: GitHub does not know the token: %w", what, err)
	case http.StatusForbidden:
		return fmt.Errorf("%s: the token may not do this; look at the job's \"permissions\": %w", what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
