package github_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	fakegithub "github.com/tapestry-ci/tapestry-ci/internal/fake/github"
	"github.com/tapestry-ci/tapestry-ci/internal/github"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// clock is a clock that stands still while nobody waits.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	slept []time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

// start gives a stand-in and a client whose token may do what the scaffold's
// jobs may.
func start(t *testing.T, options ...fakegithub.Options) (*fakegithub.Server, *github.Client, *clock) {
	t.Helper()
	s := fakegithub.Start(t, options...)
	client, clock := clientOf(t, s, s.NewToken("pull-requests", "checks", "deployments", "issues"))
	return s, client, clock
}

func clientOf(t *testing.T, s *fakegithub.Server, token string) (*github.Client, *clock) {
	t.Helper()
	clock := &clock{at: time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)}
	client, err := github.New(github.Config{API: s.URL(), Repository: s.Repository(), Token: secret.New(token), Now: clock.now, Sleep: clock.sleep})
	require.NoError(t, err)
	return client, clock
}

const mark = "<!-- tapestry plan -->\n"

func own(body string) bool { return strings.HasPrefix(body, mark) }

func TestUpsert(t *testing.T) {
	for _, enterprise := range []bool{false, true} {
		s, client, _ := start(t, fakegithub.Options{Enterprise: enterprise})
		made, outcome, err := client.Upsert(t.Context(), 7, own, mark+"one")
		require.NoError(t, err)
		assert.Equal(t, github.Created, outcome)
		again, outcome, err := client.Upsert(t.Context(), 7, own, mark+"one")
		require.NoError(t, err)
		assert.Equal(t, github.Unchanged, outcome)
		assert.Equal(t, made.ID, again.ID)
		_, outcome, err = client.Upsert(t.Context(), 7, own, mark+"two")
		require.NoError(t, err)
		assert.Equal(t, github.Updated, outcome)
		comments := s.Comments(7)
		require.Len(t, comments, 1)
		assert.Equal(t, mark+"two", comments[0].Body)
		assert.Equal(t, 1, comments[0].Edits, "nothing was written where nothing changed")
		assert.Equal(t, fakegithub.Bot, comments[0].Login)
	}
}

// Marker or not, what somebody else wrote is not ours, and what is on a later
// page is.
func TestOwnCommentIsFoundAmongMany(t *testing.T) {
	s, client, _ := start(t)
	forged := s.AddComment(7, "mallory", mark+"forged")
	for i := range 250 {
		s.AddComment(7, "octocat", fmt.Sprintf("comment %d", i))
	}
	s.AddComment(7, fakegithub.Bot, "<!-- tapestry apply -->\napplied")
	id := s.AddComment(7, fakegithub.Bot, mark+"old")
	s.AddComment(8, fakegithub.Bot, mark+"another pull request")

	made, outcome, err := client.Upsert(t.Context(), 7, own, mark+"new")
	require.NoError(t, err)
	assert.Equal(t, github.Updated, outcome)
	assert.Equal(t, id, made.ID)
	for _, c := range s.Comments(7) {
		if c.ID == forged {
			assert.Equal(t, mark+"forged", c.Body)
		}
		if c.ID != id {
			assert.Zero(t, c.Edits)
		}
	}
	assert.Len(t, s.Comments(7), 253)
}

func TestSecondOwnCommentGoesAway(t *testing.T) {
	s, client, _ := start(t)
	first := s.AddComment(7, fakegithub.Bot, mark+"a")
	s.AddComment(7, fakegithub.Bot, mark+"b")
	_, _, err := client.Upsert(t.Context(), 7, own, mark+"c")
	require.NoError(t, err)
	comments := s.Comments(7)
	require.Len(t, comments, 1)
	assert.Equal(t, first, comments[0].ID)
	assert.Equal(t, mark+"c", comments[0].Body)
}

// Whatever goes wrong, there is one comment in the end, with the right text.
func TestFaultsWhileCommenting(t *testing.T) {
	const path = "/repos/acme/pipeline/issues/7/comments"
	unavailable := fakegithub.Refusal{Status: 502, Message: "Bad gateway"}
	on := func(r fakegithub.Refusal, method string, after bool) fakegithub.Refusal {
		r.Method, r.After = method, after
		return r
	}
	limited := fakegithub.Refusal{Status: 429, Header: map[string]string{"Retry-After": "7"}, Message: "slow down"}
	primary := fakegithub.Refusal{Status: 403, Message: "API rate limit exceeded",
		Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": fmt.Sprint(time.Date(2026, 11, 25, 10, 5, 0, 0, time.UTC).Unix())}}
	for _, c := range []struct {
		name    string
		refuse  []fakegithub.Refusal
		fault   *fault.Rule
		waits   []time.Duration
		creates int
	}{
		{"429 with Retry-After", []fakegithub.Refusal{on(limited, "POST", false)}, nil, []time.Duration{7 * time.Second}, 2},
		{"429 while listing", []fakegithub.Refusal{on(limited, "GET", false)}, nil, []time.Duration{7 * time.Second}, 1},
		{"secondary limit with Retry-After", []fakegithub.Refusal{fakegithub.SecondaryLimit("30")}, nil, []time.Duration{30 * time.Second}, 2},
		{"secondary limit that names no time", []fakegithub.Refusal{fakegithub.SecondaryLimit("")}, nil, []time.Duration{time.Minute}, 2},
		{"primary limit with its reset", []fakegithub.Refusal{primary}, nil, []time.Duration{5*time.Minute + time.Second}, 1},
		{"500 before doing it", []fakegithub.Refusal{on(unavailable, "POST", false)}, nil, []time.Duration{time.Second}, 2},
		{"500 after doing it", []fakegithub.Refusal{on(unavailable, "POST", true)}, nil, []time.Duration{time.Second}, 1},
		{"the reply is lost", nil, &fault.Rule{Operation: "POST " + path, Do: fault.Drop}, []time.Duration{time.Second}, 1},
		{"the connection is cut", nil, &fault.Rule{Operation: "POST " + path, Do: fault.Cut}, []time.Duration{time.Second}, 2},
		{"500 while listing, twice", []fakegithub.Refusal{{Status: 500, Method: "GET", Times: 2}}, nil, []time.Duration{time.Second, 2 * time.Second}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, client, clock := start(t)
			s.Refuse(c.refuse...)
			if c.fault != nil {
				s.Fault.Add(*c.fault)
			}
			_, _, err := client.Upsert(t.Context(), 7, own, mark+"text")
			require.NoError(t, err)
			comments := s.Comments(7)
			require.Len(t, comments, 1)
			assert.Equal(t, mark+"text", comments[0].Body)
			assert.Equal(t, c.waits, clock.slept)
			assert.Len(t, s.Fault.Calls("POST "+path), c.creates)
		})
	}
}

func TestFaultsWhilePatching(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*fakegithub.Server, int64)
	}{
		{"500 after doing it", func(s *fakegithub.Server, _ int64) {
			s.Refuse(fakegithub.Refusal{Method: "PATCH", After: true, Status: 500})
		}},
		{"the reply is lost", func(s *fakegithub.Server, id int64) {
			s.Fault.Add(fault.Rule{Operation: fmt.Sprintf("PATCH /repos/acme/pipeline/issues/comments/%d", id), Do: fault.Drop})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, client, _ := start(t)
			id := s.AddComment(7, fakegithub.Bot, mark+"old")
			c.set(s, id)
			_, outcome, err := client.Upsert(t.Context(), 7, own, mark+"new")
			require.NoError(t, err)
			assert.Equal(t, github.Updated, outcome)
			require.Len(t, s.Comments(7), 1)
			assert.Equal(t, mark+"new", s.Comments(7)[0].Body)
		})
	}
}

func TestGivesUp(t *testing.T) {
	s, client, clock := start(t)
	s.Refuse(fakegithub.Refusal{Method: "POST", Status: 500, Times: 99, Message: "Server Error"})
	_, _, err := client.Upsert(t.Context(), 7, own, mark)
	require.ErrorContains(t, err, "commenting on pull request 7")
	require.ErrorContains(t, err, "500")
	assert.Equal(t, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}, clock.slept)
	assert.Empty(t, s.Comments(7))
}

func TestDoesNotWaitForHours(t *testing.T) {
	s, client, clock := start(t)
	s.Refuse(fakegithub.Refusal{Status: 429, Header: map[string]string{"Retry-After": "3600"}})
	_, _, err := client.Upsert(t.Context(), 7, own, mark)
	require.ErrorContains(t, err, "try again in 1h0m0s")
	assert.Empty(t, clock.slept)
}

func TestCancelled(t *testing.T) {
	s := fakegithub.Start(t)
	ctx, cancel := context.WithCancel(t.Context())
	client, err := github.New(github.Config{API: s.URL(), Repository: s.Repository(), Token: secret.New(s.NewToken("issues")),
		Sleep: func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() }})
	require.NoError(t, err)
	s.Refuse(fakegithub.Refusal{Method: "POST", Status: 500, Times: 9})
	_, _, err = client.Upsert(ctx, 7, own, mark)
	require.ErrorIs(t, err, context.Canceled)
	assert.Len(t, s.Fault.Calls("POST /repos/acme/pipeline/issues/7/comments"), 1)
}

func TestRefusedForGood(t *testing.T) {
	s := fakegithub.Start(t)
	reader, clock := clientOf(t, s, s.NewToken())
	_, _, err := reader.Upsert(t.Context(), 7, own, mark)
	require.ErrorContains(t, err, "Resource not accessible by integration")
	require.ErrorContains(t, err, `look at the job's "permissions"`)
	assert.Empty(t, clock.slept, "trying again would not help")

	stranger, _ := clientOf(t, s, "ghs_canary")
	_, _, err = stranger.Upsert(t.Context(), 7, own, mark)
	require.ErrorContains(t, err, "does not know the token")
	assert.NotContains(t, err.Error(), "ghs_canary")
}

func TestLength(t *testing.T) {
	s, client, _ := start(t)
	body := mark + strings.Repeat("ä", github.MaxBody-len(mark))
	_, _, err := client.Upsert(t.Context(), 7, own, body)
	require.NoError(t, err, "characters count, not bytes")
	_, _, err = client.Upsert(t.Context(), 7, own, body+"ä")
	require.ErrorContains(t, err, "65537 characters")
	assert.Len(t, s.Fault.Calls("POST /repos/acme/pipeline/issues/7/comments"), 1)
	_, _, err = client.Upsert(t.Context(), 7, own, "no marker")
	require.ErrorContains(t, err, "marker")
}

func TestConfig(t *testing.T) {
	for _, c := range []struct{ config, want github.Config }{
		{github.Config{Repository: "acme", Token: secret.New("x")}, github.Config{Repository: "owner/name"}},
		{github.Config{Repository: "a/b/c", Token: secret.New("x")}, github.Config{Repository: "owner/name"}},
		{github.Config{Repository: "a/b"}, github.Config{Repository: "github-token"}},
		{github.Config{Repository: "a/b", Token: secret.New("x"), API: "nowhere"}, github.Config{Repository: "GITHUB_API_URL"}},
	} {
		_, err := github.New(c.config)
		require.ErrorContains(t, err, c.want.Repository)
	}
}
