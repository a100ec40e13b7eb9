package github

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// retrying tries calls again that were not done (429, a limit), and those that
// may be done twice (GET, PATCH, DELETE) when the reply was lost or the server
// broke down. A POST whose end is not known is the caller's: see once.
type retrying struct {
	next   http.RoundTripper
	config Config
}

// waitError says that GitHub asks for more patience than we have.
type waitError struct{ wait, most time.Duration }

func (e *waitError) Error() string {
	return fmt.Sprintf("GitHub says to try again in %s, which is longer than the %s that are waited here: run the job again later", e.wait.Round(time.Second), e.most)
}

// RoundTrip sends a request, several times where that is right.
func (t *retrying) RoundTrip(r *http.Request) (*http.Response, error) {
	for try := 1; ; try++ {
		again, err := copied(r)
		if err != nil {
			return nil, err
		}
		answer, err := t.next.RoundTrip(again)
		wait, retry, failed := t.judge(r, answer, err, try)
		if failed != nil {
			drop(answer)
			return nil, failed
		}
		if !retry || try >= t.config.Tries || r.Context().Err() != nil {
			return answer, err
		}
		drop(answer)
		if err := t.config.Sleep(r.Context(), wait); err != nil {
			return nil, err
		}
	}
}

// copied is the request with its body from the start.
func copied(r *http.Request) (*http.Request, error) {
	if r.GetBody == nil {
		return r, nil
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	again := r.Clone(r.Context())
	again.Body = body
	return again, nil
}

func drop(answer *http.Response) {
	if answer != nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20)) // so that the connection can be used again
		_ = answer.Body.Close()
	}
}

// judge says whether a call is to be tried again, and when.
func (t *retrying) judge(r *http.Request, answer *http.Response, err error, try int) (wait time.Duration, retry bool, failed error) {
	if err != nil {
		return backoff(try), r.Method != http.MethodPost, nil
	}
	if limited(answer) {
		wait = t.patience(answer)
		if wait > t.config.MaxWait {
			return 0, false, &waitError{wait, t.config.MaxWait}
		}
		return wait, true, nil
	}
	return backoff(try), answer.StatusCode >= 500 && r.Method != http.MethodPost, nil
}

// limited reports whether an answer says that too much was asked for: nothing
// was done then.
func limited(answer *http.Response) bool {
	switch answer.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		return answer.Header.Get("X-Ratelimit-Remaining") == "0" || answer.Header.Get("Retry-After") != "" || secondary(answer)
	}
	return false
}

// secondary reports whether the body of a 403 speaks of a secondary limit. It
// leaves the body to be read again.
func secondary(answer *http.Response) bool {
	body, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<20)) // what cannot be read says nothing
	_ = answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(body))
	text := string(body)
	return strings.Contains(text, "secondary-rate-limits") || strings.Contains(text, "#abuse-rate-limits") || strings.Contains(text, "secondary rate limit")
}

// patience is how long an answer asks to wait: Retry-After, else until
// X-RateLimit-Reset, else a minute.
func (t *retrying) patience(answer *http.Response) time.Duration {
	if s, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && s >= 0 {
		return time.Duration(s) * time.Second
	}
	if at, err := strconv.ParseInt(answer.Header.Get("X-Ratelimit-Reset"), 10, 64); err == nil && answer.Header.Get("X-Ratelimit-Remaining") == "0" {
		return max(time.Unix(at, 0).Sub(t.config.Now()), 0) + time.Second
	}
	return time.Minute
}

// backoff is the pause after the n-th failure that names none: 1, 2, 4, 8 s.
func backoff(n int) time.Duration { return time.Second << min(n-1, 5) }
