package airbyte

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// Way is a way to the server.
type Way struct {
	URL   string       // without the API's path
	Close func()       // when it is no longer needed; may be nil
	Err   func() error // why nothing came through it, where it knows; may be nil
}

// notReady says that the server does not answer, or has no credentials yet, or
// that there is no way to it so far. It may pass by itself.
type notReady struct {
	what string
	why  error
}

func (n *notReady) Error() string { return n.what + ": " + n.why.Error() }
func (n *notReady) Unwrap() error { return n.why }

// The things that may be missing.
const (
	noCredentials = "its machine has not written its credentials yet"
	noWay         = "there is no way to its machine"
	noAnswer      = "it does not answer"
	formerData    = "it still has its former database"
)

// connect finds the server and its credentials, once. Its error is a *notReady
// where it may pass by itself.
func (p *Provider) connect(ctx context.Context, w *wanted, outputs deploy.Outputs) (*client, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client != nil {
		return p.client, nil
	}
	value, _, err := p.c.Params.Get(ctx, w.settings.Airbyte.Credentials)
	if err != nil {
		return nil, p.passes(noCredentials, fmt.Errorf("reading the parameter %s: %w", w.settings.Airbyte.Credentials, err))
	}
	var credentials struct{ ClientID, ClientSecret string }
	if json.Unmarshal([]byte(value.Reveal()), &credentials) != nil {
		return nil, fmt.Errorf("the parameter %s is not what the machine writes", w.settings.Airbyte.Credentials)
	}
	way, err := p.c.Reach(ctx, outputs)
	if err != nil {
		return nil, p.passes(noWay, err)
	}
	c := &client{http: p.c.HTTP, base: strings.TrimSuffix(way.URL, "/"), id: secret.New(credentials.ClientID), secret: secret.New(credentials.ClientSecret),
		now: p.c.Now, poll: p.c.Poll, long: p.c.Discovery}
	if err := c.healthy(ctx, way); err != nil {
		if way.Close != nil {
			way.Close()
		}
		return nil, p.passes(noAnswer, err)
	}
	c.why = way.Err
	p.client, p.done = c, way.Close
	return c, nil
}

// passes tells an error that waiting mends from one that it does not.
func (p *Provider) passes(what string, err error) error {
	if p.c.Lasting(err) {
		return fmt.Errorf("Airbyte cannot be reached: %w", err)
	}
	return &notReady{what, err}
}

// healthy asks whether the server is up. A client only sees its connection cut:
// the way may know better why.
func (c *client) healthy(ctx context.Context, way Way) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	status, _, err := c.send(ctx, http.MethodGet, api+"/health", "", nil, nil)
	if err == nil && status == http.StatusOK {
		return nil
	}
	if err == nil {
		return fmt.Errorf("its health is %d %s", status, http.StatusText(status))
	}
	if way.Err != nil {
		err = cmp.Or(way.Err(), err)
	}
	return err
}

// glance connects, and gives up soon: a plan does not wait for a server that is
// being installed.
func (p *Provider) glance(ctx context.Context, w *wanted, outputs deploy.Outputs) (*client, error) {
	short, cancel := context.WithTimeout(ctx, p.c.Glance)
	defer cancel()
	c, err := p.connect(short, w, outputs)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return c, err
}

// silent is the note of a plan that could not look.
func silent(why error, then string) []string {
	if why == nil {
		return nil
	}
	return []string{fmt.Sprintf("Airbyte: %s; %s", told(why), then)}
}

// told is an error in one line.
func told(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// await tries until there is no *notReady. It tells
// what is missing when that changes, and once a minute.
func (p *Provider) await(ctx context.Context, try func() error, answered bool, say deploy.Progress) error {
	began, said, at := p.c.Now(), "", time.Time{}
	for {
		err := try()
		var not *notReady
		if !errors.As(err, &not) {
			return err
		}
		now := p.c.Now()
		passed := now.Sub(began).Round(time.Second)
		if passed > p.c.Patience {
			return fmt.Errorf("after %s Airbyte is still not ready: %w. Look at the machine's log; applying again goes on waiting", passed, err)
		}
		if text := told(not); text != said || now.Sub(at) >= time.Minute {
			said, at = text, now
			say(fmt.Sprintf("%s, %s so far: %s", phase(answered, not), passed, text))
		}
		if err := pause(ctx, p.c.Poll); err != nil {
			return fmt.Errorf("%w; Airbyte was not ready: %w", err, not)
		}
	}
}

// phase is what is likely going on: a machine that never answered installs
// Airbyte, one that did has a reason not to.
func phase(answered bool, not *notReady) string {
	switch {
	case not.what == noWay:
		return "waiting for a way to Airbyte"
	case not.what == formerData:
		return "waiting for Airbyte's other database"
	case answered:
		return "Airbyte was there and does not answer"
	}
	return "Airbyte is being installed"
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// farewell tries for a while to do what is only good manners on the way down.
// Where Airbyte does not answer, or not as it should, the way down goes on: its
// connections end with its machine, which is deleted next.
func (p *Provider) farewell(ctx context.Context, say deploy.Progress, f func(context.Context) error) error {
	p.mu.Lock()
	lost := p.lost
	p.mu.Unlock()
	short, cancel := context.WithTimeout(ctx, p.c.Glance)
	defer cancel()
	for lost == nil {
		err := f(short)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var not *notReady
		if passing := errors.As(err, &not) || unsure(err) && !p.c.Lasting(err); !passing || pause(short, p.c.Poll) != nil {
			lost = err
		}
	}
	p.mu.Lock()
	p.lost = lost
	p.mu.Unlock()
	say("Airbyte cannot be told to load no more (" + told(lost) + "); its connections end with its machine, which is deleted next")
	return nil
}
