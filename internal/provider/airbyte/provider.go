package airbyte

import (
	"bytes"
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
	Reach func(ctx context.Context, outputs deploy.Outputs) (Way, error)
	// Lasting says that an error does not pass by itself, such as a permission
	// that is missing; nil where none is known to be.
	Lasting func(error) bool
	Params  Params
	Store   Store
	HTTP    *http.Client
	Now     func() time.Time
	// Poll is the pause between two looks, 5 s; Patience how long a server may
	// take to come up, 40 min; Discovery how long a call that reads a source's
	// schema may take, 20 min; Outage how long a server that was there may not
	// answer while something is waited for, 10 min; Glance how long a plan, and
	// what only switches off, try to reach it, 2 min.
	Poll, Patience, Discovery, Outage, Glance time.Duration
	// Wait follows first syncs to their end.
	Wait bool
	// Publishes is for an apply: what its plan saw is published where it is not what
	// was. Else an apply that is refused for it would be refused for ever: a plan
	// from what was published would always be the same.
	Publishes bool
}

// Provider plans and applies what Airbyte holds.
type Provider struct {
	c Config

	mu     sync.Mutex // client, done and lost
	client *client
	done   func()
	lost   error // why a way down goes on without Airbyte
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
	if c.Outage == 0 {
		c.Outage = 10 * time.Minute
	}
	if c.Glance == 0 {
		c.Glance = 2 * time.Minute
	}
	if c.Lasting == nil {
		c.Lasting = func(error) bool { return false }
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
	live, known, why, err := p.seen(ctx, w, in)
	switch {
	case err != nil:
		return deploy.Outcome{}, err
	case in.Destroy:
		return deploy.Outcome{Changes: switchedOff(w, live), State: live.digest(), Notes: silent(why, "it is taken to be as the last apply left it")}, nil
	case another(w, live):
		return deploy.Outcome{Changes: anew(w, live), State: live.digest()}, nil
	case !known:
		return deploy.Outcome{Changes: unknown(w, len(live.Objects) > 0), State: live.digest(), Notes: silent(why, "what it holds is looked at once it answers")}, nil
	}
	return deploy.Outcome{Changes: changes(w, live, in.Outputs), State: live.digest(), Outputs: ids(w, live), Notes: otherVersions(w, live)}, nil
}

// seen gives what is live; known is false where nobody can say yet, and why says
// what stands in the way of a look.
func (p *Provider) seen(ctx context.Context, w *wanted, in deploy.Input) (live *state, known bool, why, err error) {
	kept, there, err := p.kept(ctx, w)
	stack := false
	for name := range in.Outputs {
		stack = stack || strings.HasPrefix(name, "output.ingestion.")
	}
	if err == nil && !stack { // what was published went with the machine
		return &state{Format: 1}, false, nil, nil
	}
	if err != nil || !in.Live || !in.Destroy && another(w, kept) {
		return kept, there, nil, err
	}
	live, err = p.looked(ctx, w, in, kept)
	var not *notReady
	if err != nil && (in.Destroy || errors.As(err, &not)) {
		return kept, false, err, nil
	}
	return live, err == nil, nil, err
}

// looked asks the server.
func (p *Provider) looked(ctx context.Context, w *wanted, in deploy.Input, kept *state) (*state, error) {
	c, err := p.glance(ctx, w, in.Outputs)
	if err != nil {
		return nil, err
	}
	live, err := c.look(ctx, w, kept)
	if err != nil {
		return nil, err
	}
	if err := c.versions(ctx, w, live); err != nil {
		return nil, err
	}
	if err := c.ran(ctx, w, live); err != nil {
		return nil, err
	}
	p.remember(live)
	if p.c.Publishes && !in.Destroy && !bytes.Equal(live.text(), kept.text()) {
		return live, p.write(ctx, live)
	}
	return live, nil
}

// kept is what was published last.
func (p *Provider) kept(ctx context.Context, w *wanted) (*state, bool, error) {
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
	for _, d := range w.documents {
		d.veil(s.Objects[d.title()].Body)
	}
	return s, there, nil
}

const ready = "airbyte:server:ready"

// answeredBefore is why one waits for a server that an apply has spoken to.
const answeredBefore = "Airbyte does not answer; wait until it does"

// unknown is the plan where there is no server yet, or where it does not answer.
func unknown(w *wanted, answered bool) []deploy.Change {
	out := []deploy.Change{{ID: ready, Provider: "airbyte", Kind: "server", Name: "ready", Action: deploy.Create, Risk: deploy.Safe,
		Reason: "wait until Airbyte is installed and answers", Needs: []string{"stack:ingestion"}, Provides: []string{"airbyte:server"}}}
	if answered {
		out[0].Reason = answeredBefore
	}
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
