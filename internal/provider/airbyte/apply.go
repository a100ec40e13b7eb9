package airbyte

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Apply makes one change so, and publishes what is live afterwards.
func (p *Provider) Apply(ctx context.Context, c deploy.Change, in deploy.Input, say deploy.Progress) (deploy.Outputs, error) {
	w, err := read(in.Artifacts)
	if err != nil {
		return nil, err
	}
	if c.ID == ready {
		return nil, p.await(ctx, w, in.Outputs, say)
	}
	cl, err := p.connect(ctx, w, in.Outputs)
	if err != nil {
		return nil, err
	}
	live, err := cl.look(ctx, w, &state{})
	if err != nil {
		return nil, err
	}
	a := &applier{p, cl, w, live, in.Outputs, say}
	d := w.find(strings.TrimPrefix(c.ID, "airbyte:"))
	switch {
	case c.Kind == "sync":
		d = w.find("connection:" + c.Name)
		return nil, a.sync(ctx, d)
	case c.Action == deploy.Delete:
		return nil, a.remove(ctx, c.Kind, c.Name)
	case d == nil:
		return nil, fmt.Errorf("there is no %s in the artefacts", c.ID)
	case in.Destroy:
		path := api + "/connections/" + live.Objects["connection:"+d.Name].ID
		if err := cl.call(ctx, http.MethodPatch, path, map[string]any{"status": "inactive"}, nil); err != nil {
			return nil, fmt.Errorf("switching off %s: %w", d.id(), err)
		}
		return nil, p.publish(ctx, cl, w, func(*state) {})
	}
	id, sent, err := a.settle(ctx, d)
	if err != nil {
		return nil, err
	}
	err = p.publish(ctx, cl, w, func(s *state) { s.Sent[d.id()] = sent })
	return deploy.Outputs{"airbyte." + d.kind + "." + d.key: id}, err
}

// await waits until the server answers and its credentials are there.
func (p *Provider) await(ctx context.Context, w *wanted, outputs deploy.Outputs, say deploy.Progress) error {
	for began := p.c.Now(); ; {
		_, err := p.connect(ctx, w, outputs)
		var not *notReady
		if !errors.As(err, &not) {
			return err
		}
		passed := p.c.Now().Sub(began)
		if passed > p.c.Patience {
			return fmt.Errorf("after %s: %w. Look at the machine's log; applying again goes on waiting", passed.Round(time.Second), err)
		}
		say(fmt.Sprintf("Airbyte is being installed, %s so far", passed.Round(time.Second)))
		if err := pause(ctx, p.c.Poll); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

type applier struct {
	p       *Provider
	c       *client
	w       *wanted
	live    *state
	outputs deploy.Outputs
	say     deploy.Progress
}

// settle makes an object as its document says, whether it is there or not.
func (a *applier) settle(ctx context.Context, d *document) (id string, sent map[string]string, err error) {
	body := clone(d.Body)
	if sent, err = a.fill(ctx, d.Bind, body); err != nil {
		return "", nil, fmt.Errorf("%s: %w", d.id(), err)
	}
	o, there := a.live.Objects[d.kind+":"+d.Name]
	if id = o.ID; there {
		err = a.update(ctx, d, id, body)
	} else {
		id, err = a.create(ctx, d, body)
	}
	if err != nil {
		return "", nil, explained(d, err)
	}
	a.live.Objects[d.kind+":"+d.Name] = object{ID: id}
	for _, then := range d.Then {
		body := clone(then.Body)
		if _, err := a.fill(ctx, then.Bind, body); err != nil {
			return "", nil, err
		}
		// It sets fields to values, so that doing it twice does no harm.
		if err := a.c.call(ctx, then.Request.Method, then.Request.Path, body, nil); err != nil {
			return "", nil, fmt.Errorf("%s is there, but one more call is needed since %s: %w", d.id(), then.Why, err)
		}
	}
	return id, sent, nil
}

// fill puts ids, outputs and secrets where the bindings say.
func (a *applier) fill(ctx context.Context, bind []binding, body map[string]any) (map[string]string, error) {
	sent := map[string]string{}
	for _, b := range bind {
		var value string
		if path := a.w.parameter(b.From); path != "" {
			v, version, err := a.p.c.Params.Get(ctx, path)
			if err != nil {
				return nil, fmt.Errorf("reading the parameter %s: %w", path, err)
			}
			value, sent[path] = v.Reveal(), strconv.Itoa(version)
		} else if name, ok := strings.CutPrefix(b.From, "output:"); ok {
			value = a.outputs["output."+name]
		} else if d := a.w.find(strings.TrimPrefix(b.From, "airbyte:")); d != nil {
			value = a.live.Objects[d.kind+":"+d.Name].ID
		} else if b.From == "airbyte:workspace" {
			value = a.live.Objects["workspace:"+a.w.workspace()].ID
		}
		if value == "" {
			return nil, fmt.Errorf("%s is not there yet", b.From)
		}
		set(body, b.Pointer, value)
	}
	return sent, nil
}

func (a *applier) update(ctx context.Context, d *document, id string, body map[string]any) error {
	path := d.Request.Path + "/" + id
	switch d.kind {
	case "source", "destination":
		return a.c.call(ctx, http.MethodPut, api+path, map[string]any{"name": body["name"], "configuration": body["configuration"]}, nil)
	case "connection":
		delete(body, "sourceId")
		delete(body, "destinationId")
	}
	return a.c.call(ctx, http.MethodPatch, api+path, body, nil)
}

// create never makes a second object of a name: where it is not sure what
// became of a call, it looks by name first.
func (a *applier) create(ctx context.Context, d *document, body map[string]any) (string, error) {
	var err error
	for range 3 {
		var made map[string]any
		if err = a.c.call(ctx, http.MethodPost, api+d.Request.Path, body, &made); err == nil {
			id, _ := made[d.kind+"Id"].(string)
			return id, nil
		}
		if !unsure(err) || ctx.Err() != nil {
			return "", err
		}
		live, lookErr := a.c.look(ctx, a.w, &state{})
		if lookErr != nil {
			return "", errors.Join(err, lookErr)
		}
		if o, there := live.Objects[d.kind+":"+d.Name]; there {
			return o.ID, nil
		}
		if err := pause(ctx, a.c.poll); err != nil {
			return "", err
		}
	}
	return "", err
}

// explained says what a person can do about a discovery that took too long.
func explained(d *document, err error) error {
	var f *failure
	if slow := errors.Is(err, context.DeadlineExceeded) || errors.As(err, &f) && f.status == http.StatusGatewayTimeout; slow && d.kind == "connection" {
		return fmt.Errorf("%s: Airbyte took too long to discover the schema of source %s (streams %s). Its streams stay those of the file, with their known columns; "+
			"apply again, or let the source's account see fewer objects: %w", d.id(), d.key, strings.Join(streams(d), ", "), err)
	}
	return fmt.Errorf("%s: %w", d.id(), err)
}

func (a *applier) remove(ctx context.Context, kind, name string) error {
	o, there := a.live.Objects[kind+":"+name]
	if there {
		var f *failure
		if err := a.c.call(ctx, http.MethodDelete, api+"/"+kind+"s/"+o.ID, nil, nil); err != nil && (!errors.As(err, &f) || f.status != http.StatusNotFound) {
			return err
		}
	}
	return a.p.publish(ctx, a.c, a.w, func(*state) {})
}

// sync begins a job, or goes on with the one that runs.
func (a *applier) sync(ctx context.Context, d *document) error {
	if d == nil {
		return errors.New("the connection is not in the artefacts")
	}
	id := a.live.Objects["connection:"+d.Name].ID
	j, err := a.c.last(ctx, id)
	if err != nil {
		return err
	}
	if j == nil || j.over() {
		j = &job{}
		err := a.c.call(ctx, http.MethodPost, api+"/jobs", map[string]any{"connectionId": id, "jobType": "sync"}, j)
		var f *failure
		if unsure(err) || errors.As(err, &f) && f.status == http.StatusConflict {
			now, lookErr := a.c.last(ctx, id)
			if lookErr != nil || now == nil {
				return errors.Join(err, lookErr)
			}
			j, err = now, nil
		}
		if err != nil {
			return fmt.Errorf("beginning the first sync of %s: %w", d.key, err)
		}
	}
	for a.p.c.Wait && !j.over() {
		a.say(fmt.Sprintf("job %d is %s", j.JobID, j.Status))
		if err := pause(ctx, a.p.c.Poll); err != nil {
			return err
		}
		if err := a.c.call(ctx, http.MethodGet, fmt.Sprintf("%s/jobs/%d", api, j.JobID), nil, j); err != nil {
			return err
		}
	}
	if j.Status == "failed" || j.Status == "cancelled" {
		return fmt.Errorf("the first sync of %s, job %d, is %s: its log in Airbyte says why", d.key, j.JobID, j.Status)
	}
	return a.p.publish(ctx, a.c, a.w, func(s *state) { s.Synced[d.id()] = streams(d) })
}

// publish writes what is live now, for plans that may not ask the server.
func (p *Provider) publish(ctx context.Context, c *client, w *wanted, change func(*state)) error {
	p.file.Lock()
	defer p.file.Unlock()
	kept, _, err := p.kept(ctx)
	if err != nil {
		return err
	}
	s, err := c.look(ctx, w, kept)
	if err != nil {
		return err
	}
	if s.Sent == nil {
		s.Sent = map[string]map[string]string{}
	}
	if s.Synced == nil {
		s.Synced = map[string][]string{}
	}
	change(s)
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := p.c.Store.Put(ctx, snapshotKey, append(text, '\n')); err != nil {
		return fmt.Errorf("publishing what Airbyte holds: %w", err)
	}
	return nil
}

// Publish writes the snapshot of what is live, as the nightly check does.
func (p *Provider) Publish(ctx context.Context, in deploy.Input) error {
	w, err := read(in.Artifacts)
	if err != nil {
		return err
	}
	c, err := p.connect(ctx, w, in.Outputs)
	if err != nil {
		return err
	}
	return p.publish(ctx, c, w, func(*state) {})
}
