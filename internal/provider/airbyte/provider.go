package airbyte

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// Params gives SSM parameters, decrypted.
type Params interface {
	Get(ctx context.Context, name string) (value secret.Value, version int, err error)
}

// Store keeps objects in the deploy bucket.
type Store interface {
	Get(ctx context.Context, key string) ([]byte, bool, error)
	Put(ctx context.Context, key string, content []byte) error
}

// Config is what the provider needs from outside.
type Config struct {
	// Reach gives the server's address, without the API's path, and what to call
	// when it is no longer needed.
	Reach  func(ctx context.Context, outputs deploy.Outputs) (url string, done func(), err error)
	Params Params
	Store  Store
	HTTP   *http.Client
	Now    func() time.Time
	// Poll is the pause between two looks, 5 s; Patience how long a server may
	// take to come up, 40 min; Discovery how long a call that reads a source's
	// schema may take, 20 min.
	Poll, Patience, Discovery time.Duration
	// Wait follows first syncs to their end.
	Wait bool
}

// Provider plans and applies what Airbyte holds.
type Provider struct {
	c Config

	mu     sync.Mutex // client and done
	client *client
	done   func()
	known  memory
}

// New makes a provider. Close it.
func New(c Config) *Provider {
	if c.HTTP == nil {
		c.HTTP = &http.Client{}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Poll == 0 {
		c.Poll = 5 * time.Second
	}
	if c.Patience == 0 {
		c.Patience = 40 * time.Minute
	}
	if c.Discovery == 0 {
		c.Discovery = 20 * time.Minute
	}
	return &Provider{c: c}
}

// Close ends the way to the server.
func (p *Provider) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done != nil {
		p.done()
	}
	p.client, p.done = nil, nil
}

// Name is "airbyte".
func (p *Provider) Name() string { return "airbyte" }

// Follows names the providers that know versions of secrets and keys, and outputs.
func (p *Provider) Follows() []string { return []string{"secrets", "snowflake", "cloudformation"} }

// Plan compares the artefacts with what is live, or with what the last apply
// published.
func (p *Provider) Plan(ctx context.Context, in deploy.Input) (deploy.Outcome, error) {
	w, err := read(in.Artifacts)
	if err != nil || len(w.documents) == 0 {
		return deploy.Outcome{}, err
	}
	live, known, err := p.seen(ctx, w, in)
	switch {
	case err != nil:
		return deploy.Outcome{}, err
	case in.Destroy:
		return deploy.Outcome{Changes: switchedOff(w, live), State: live.digest()}, nil
	case !known:
		return deploy.Outcome{Changes: unknown(w), State: live.digest()}, nil
	}
	changes, err := p.changes(ctx, w, live, in)
	return deploy.Outcome{Changes: changes, State: live.digest(), Outputs: ids(w, live), Notes: otherVersions(w, live)}, err
}

// seen gives what is live; known is false where nobody can say yet.
func (p *Provider) seen(ctx context.Context, w *wanted, in deploy.Input) (live *state, known bool, err error) {
	kept, there, err := p.kept(ctx)
	stack := false
	for name := range in.Outputs {
		stack = stack || strings.HasPrefix(name, "output.ingestion.")
	}
	if err == nil && !stack { // what was published went with the machine
		return &state{Format: 1}, false, nil
	}
	if err != nil || !in.Live {
		return kept, there, err
	}
	c, err := p.connect(ctx, w, in.Outputs)
	if err != nil {
		var not *notReady
		if errors.As(err, &not) {
			return kept, false, nil
		}
		return kept, false, err
	}
	live, err = c.look(ctx, w, kept)
	if err != nil {
		return kept, false, err
	}
	if err := c.versions(ctx, w, live); err != nil {
		return kept, false, err
	}
	p.remember(live)
	return live, true, nil
}

func (p *Provider) kept(ctx context.Context) (*state, bool, error) {
	s := &state{Format: 1}
	text, there, err := p.c.Store.Get(ctx, snapshotKey)
	if err != nil {
		return s, false, fmt.Errorf("reading what the last apply saw of Airbyte: %w", err)
	}
	if there {
		if err := json.Unmarshal(text, s); err != nil {
			return s, false, fmt.Errorf("%s in the bucket is not readable, delete it: %w", snapshotKey, err)
		}
	}
	return s, there, nil
}

// notReady says that the server does not answer, or has no credentials yet.
type notReady struct{ why error }

func (n *notReady) Error() string { return "Airbyte is not ready: " + n.why.Error() }
func (n *notReady) Unwrap() error { return n.why }

// connect finds the server and its credentials, once.
func (p *Provider) connect(ctx context.Context, w *wanted, outputs deploy.Outputs) (*client, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client != nil {
		return p.client, nil
	}
	value, _, err := p.c.Params.Get(ctx, w.settings.Airbyte.Credentials)
	if err != nil {
		return nil, &notReady{fmt.Errorf("reading the parameter %s: %w", w.settings.Airbyte.Credentials, err)}
	}
	var credentials struct{ ClientID, ClientSecret string }
	if json.Unmarshal([]byte(value.Reveal()), &credentials) != nil {
		return nil, fmt.Errorf("the parameter %s is not what the machine writes", w.settings.Airbyte.Credentials)
	}
	url, done, err := p.c.Reach(ctx, outputs)
	if err != nil {
		return nil, &notReady{err}
	}
	c := &client{http: p.c.HTTP, base: strings.TrimSuffix(url, "/"), id: secret.New(credentials.ClientID), secret: secret.New(credentials.ClientSecret),
		now: p.c.Now, poll: p.c.Poll, long: p.c.Discovery}
	if status, _, err := c.send(ctx, http.MethodGet, api+"/health", "", nil, nil); err != nil || status != http.StatusOK {
		if done != nil {
			done()
		}
		return nil, &notReady{errors.Join(err, fmt.Errorf("its health is %d", status))}
	}
	p.client, p.done = c, done
	return c, nil
}

const ready = "airbyte:server:ready"

// unknown is the plan where there is no server yet.
func unknown(w *wanted) []deploy.Change {
	out := []deploy.Change{{ID: ready, Provider: "airbyte", Kind: "server", Name: "ready", Action: deploy.Create, Risk: deploy.Safe,
		Reason: "wait until Airbyte is installed and answers", Needs: []string{"stack:ingestion"}, Provides: []string{"airbyte:server"}}}
	for _, d := range w.documents {
		c := d.change(deploy.Deferred, "it is not known what Airbyte holds until it runs")
		c.Next = "apply plans it once Airbyte answers"
		out = append(out, c)
		if d.kind == "connection" {
			s := d.sync(deploy.Deferred, "the connection is not known yet")
			s.Next = c.Next
			out = append(out, s)
		}
	}
	return out
}

// change is a change of the document's object.
func (d *document) change(action deploy.Action, reason string) deploy.Change {
	sum := sha256.Sum256(d.content)
	provides := slices.DeleteFunc(slices.Clone(d.provides), isData)
	return deploy.Change{ID: "airbyte:" + d.id(), Provider: "airbyte", Kind: d.kind, Name: d.key, Action: action, Risk: deploy.Safe, Reason: reason,
		Needs: append(slices.Clone(d.Needs), "airbyte:server"), Provides: provides, Content: "sha256:" + hex.EncodeToString(sum[:]), Origins: d.origins}
}

// sync is the change that fills the raw tables for the first time.
func (d *document) sync(action deploy.Action, reason string) deploy.Change {
	c := d.change(action, reason)
	c.ID, c.Kind, c.Needs = "airbyte:sync:"+d.key, "sync", append(c.Needs, "airbyte:connection:"+d.key)
	c.Provides = slices.DeleteFunc(slices.Clone(d.provides), func(word string) bool { return !isData(word) })
	return c
}

func isData(word string) bool {
	return strings.HasPrefix(word, "table:") || strings.HasPrefix(word, "landing:")
}

// switchedOff is the plan that takes down: the objects go with their machine.
func switchedOff(w *wanted, live *state) []deploy.Change {
	var out []deploy.Change
	for _, d := range w.documents {
		if o, there := live.Objects["connection:"+d.Name]; d.kind == "connection" && there && o.Body["status"] != "inactive" {
			c := d.change(deploy.Update, "switched off; what it loaded stays")
			c.Needs, c.Provides = []string{"gone:stack:sync"}, []string{"gone:airbyte"}
			c.Fields = []deploy.FieldChange{{Path: "status", Before: show(o.Body["status"]), After: "inactive"}}
			out = append(out, c)
		}
	}
	return out
}

func ids(w *wanted, live *state) deploy.Outputs {
	out := deploy.Outputs{}
	for _, d := range w.documents {
		if o, there := live.Objects[d.kind+":"+d.Name]; there {
			out["airbyte."+d.kind+"."+d.key] = o.ID
		}
	}
	return out
}
