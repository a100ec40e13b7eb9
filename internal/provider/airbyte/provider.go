package airbyte

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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
	file   sync.Mutex // the snapshot
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

// Follows names the providers that know versions of secrets and outputs.
func (p *Provider) Follows() []string { return []string{"secrets", "cloudformation"} }

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
	return deploy.Outcome{Changes: changes, State: live.digest(), Outputs: ids(w, live)}, err
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

// changes compares each object.
func (p *Provider) changes(ctx context.Context, w *wanted, live *state, in deploy.Input) ([]deploy.Change, error) {
	var out []deploy.Change
	for _, d := range w.documents {
		if c, differs := compared(w, d, live, in.Outputs); differs {
			out = append(out, c)
		}
		if d.kind != "connection" {
			continue
		}
		if reason, err := p.unsynced(ctx, d, live, in.Live); err != nil {
			return nil, err
		} else if reason != "" {
			out = append(out, d.sync(deploy.Create, reason))
		}
	}
	return append(out, left(w, live)...), nil
}

func compared(w *wanted, d *document, live *state, outputs deploy.Outputs) (deploy.Change, bool) {
	o, there := live.Objects[d.kind+":"+d.Name]
	if !there {
		return d.change(deploy.Create, "it is not there"), true
	}
	fields, reread := diff(d.comparable(outputs), o.Body)
	if len(fields) > 0 {
		c := d.change(deploy.Update, "Airbyte holds something else")
		c.Fields = fields
		if reread {
			c.Risk, c.Reason = deploy.Disruptive, "Airbyte holds something else; it reads these streams again from their beginning"
		}
		if slices.ContainsFunc(fields, func(f deploy.FieldChange) bool { return f.Path == "definitionId" }) {
			c.Action, c.Reason = deploy.Blocked, "Airbyte cannot change the connector of a "+d.kind
			c.Next = "give it another name in the file, or delete it in Airbyte"
		}
		return c, true
	}
	if fields := rotated(w, d, live, outputs); len(fields) > 0 {
		c := d.change(deploy.Update, "a secret changed since it was sent")
		c.Fields, c.Aside = fields, true
		return c, true
	}
	return deploy.Change{}, false
}

// rotated lists the fields whose parameter has another version than was sent.
func rotated(w *wanted, d *document, live *state, outputs deploy.Outputs) []deploy.FieldChange {
	var out []deploy.FieldChange
	for _, b := range d.Bind {
		path := w.parameter(b.From)
		if now := outputs["parameter."+path]; path != "" && now != "" && live.Sent[d.id()][path] != now {
			out = append(out, deploy.FieldChange{Path: strings.Join(names(b.Pointer), "."), After: "(changed)"})
		}
	}
	return out
}

// left are objects of ours that left the file.
func left(w *wanted, live *state) []deploy.Change {
	var out []deploy.Change
	for _, name := range slices.Sorted(maps.Keys(live.Objects)) {
		kind, title, _ := strings.Cut(name, ":")
		if kind == "workspace" || slices.ContainsFunc(w.documents, func(d *document) bool { return d.kind == kind && d.Name == title }) {
			continue
		}
		c := deploy.Change{ID: "airbyte:" + name, Provider: "airbyte", Kind: kind, Name: title, Action: deploy.Delete, Risk: deploy.Disruptive,
			Reason: "it left the file; what it loaded stays where it is", Content: name}
		if kind == "connection" {
			c.Provides = []string{"gone:airbyte:connection"}
		} else {
			c.Needs = []string{"gone:airbyte:connection"}
		}
		out = append(out, c)
	}
	return out
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

// unsynced says why a connection has to be run, or nothing.
func (p *Provider) unsynced(ctx context.Context, d *document, live *state, ask bool) (string, error) {
	o, there := live.Objects["connection:"+d.Name]
	covered, known := live.Synced[d.id()]
	if known {
		for _, st := range streams(d) {
			if !slices.Contains(covered, st) {
				return "stream " + st + " was never read", nil
			}
		}
		return "", nil
	}
	if there && ask {
		p.mu.Lock()
		c := p.client
		p.mu.Unlock()
		last, err := c.last(ctx, o.ID)
		if err != nil || last != nil && last.Status == "succeeded" {
			return "", err
		}
	}
	return "it never ran", nil
}

func streams(d *document) []string {
	c, _ := d.Body["configurations"].(map[string]any)
	list, _ := c["streams"].([]any)
	var out []string
	for _, v := range list {
		st, _ := v.(map[string]any)
		out = append(out, streamName(st))
	}
	return out
}
