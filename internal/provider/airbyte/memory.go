package airbyte

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// memory is what is known of the server between two listings. A plan that looks
// fills it, or the first step of an apply; steps write into it what Airbyte
// answers to them. The engine never plans while a step runs.
type memory struct {
	mu   sync.Mutex
	live *state
}

// remember takes what a listing found.
func (p *Provider) remember(live *state) {
	p.known.mu.Lock()
	defer p.known.mu.Unlock()
	p.known.live = live
}

// forget is for answers that leave open what was done: whoever asks next lists
// again.
func (p *Provider) forget() { p.remember(nil) }

// recall gives what is known, from a listing where nothing is. The caller holds
// the lock, so that what other steps make meanwhile is written in afterwards.
func (a *applier) recall(ctx context.Context) (*state, error) {
	m := &a.p.known
	if m.live == nil {
		kept, _, err := a.p.kept(ctx, a.w)
		if err != nil {
			return nil, err
		}
		if m.live, err = a.c.look(ctx, a.w, kept); err != nil {
			m.live = nil
			return nil, err
		}
	}
	return m.live, nil
}

// object is what is known of the object kind:name.
func (a *applier) object(ctx context.Context, key string) (object, bool, error) {
	a.p.known.mu.Lock()
	defer a.p.known.mu.Unlock()
	live, err := a.recall(ctx)
	if err != nil {
		return object{}, false, err
	}
	o, there := live.Objects[key]
	return o, there, nil
}

// titled finds the object that a change which deletes is about.
func (a *applier) titled(ctx context.Context, kind, word string) (key string, err error) {
	a.p.known.mu.Lock()
	defer a.p.known.mu.Unlock()
	live, err := a.recall(ctx)
	if err != nil {
		return "", err
	}
	for _, l := range leftOver(a.w, live) {
		if l.kind == kind && a.w.word(kind, l.title) == word {
			key = kind + ":" + l.title
		}
	}
	return key, nil
}

// took writes what Airbyte answered about a document's object into the memory.
func (a *applier) took(d *document, body map[string]any) object {
	m := &a.p.known
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.live == nil { // another step's answer was unclear: the next listing has it
		return (&state{}).entry(d, body)
	}
	o := m.live.entry(d, body)
	m.live.Objects[d.kind+":"+d.Name] = o
	return o
}

// gone takes an object out of the memory.
func (a *applier) gone(key string) {
	a.p.known.mu.Lock()
	defer a.p.known.mu.Unlock()
	if live := a.p.known.live; live != nil {
		delete(live.Into, live.Objects[key].ID)
		delete(live.Objects, key)
	}
}

// publish changes what is known and writes it to the bucket, for plans that may
// not ask the server.
func (a *applier) publish(ctx context.Context, change func(*state)) error {
	a.p.known.mu.Lock()
	defer a.p.known.mu.Unlock()
	s, err := a.recall(ctx)
	if err != nil {
		return err
	}
	change(s)
	return a.p.write(ctx, s)
}

// text is a state as it is published.
func (s *state) text() []byte {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic("airbyte: " + err.Error()) // it was read from JSON
	}
	return append(text, '\n')
}

func (p *Provider) write(ctx context.Context, s *state) error {
	if err := p.c.Store.Put(ctx, snapshotKey, s.text()); err != nil {
		return fmt.Errorf("publishing what Airbyte holds: %w", err)
	}
	return nil
}

// Publish lists what is live and writes the snapshot, as the nightly check does
// and an apply at its end.
func (p *Provider) Publish(ctx context.Context, in deploy.Input) error {
	w, err := read(in.Artifacts)
	if err != nil {
		return err
	}
	c, err := p.connect(ctx, w, in.Outputs)
	if err != nil {
		return err
	}
	kept, _, err := p.kept(ctx, w)
	if err != nil {
		return err
	}
	live, err := c.look(ctx, w, kept)
	if err == nil {
		err = c.versions(ctx, w, live)
	}
	if err != nil {
		return err
	}
	p.remember(live)
	return (&applier{p: p, c: c, w: w}).publish(ctx, func(*state) {})
}
