package airbyte

import (
	"context"
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
		return nil, p.await(ctx, func() error {
			_, err := p.connect(ctx, w, in.Outputs)
			return err
		}, c.Reason == answeredBefore, say)
	}
	if c.ID == databaseID {
		return nil, p.takeOver(ctx, w, in.Outputs, say)
	}
	d := w.find(strings.TrimPrefix(c.ID, "airbyte:"))
	if in.Destroy && d != nil {
		return nil, p.farewell(ctx, say, func(ctx context.Context) error {
			cl, err := p.connect(ctx, w, in.Outputs)
			if err != nil {
				return err
			}
			return (&applier{p: p, c: cl, w: w, outputs: in.Outputs, say: say}).switchOff(ctx, d)
		})
	}
	cl, err := p.connect(ctx, w, in.Outputs)
	if err != nil {
		return nil, err
	}
	a := &applier{p: p, c: cl, w: w, outputs: in.Outputs, say: say, replace: c.Action == deploy.Replace}
	switch {
	case c.Kind == "sync":
		return nil, a.sync(ctx, w.find("connection:"+c.Name))
	case c.Action == deploy.Delete:
		return nil, a.remove(ctx, c.Kind, c.Name)
	case d == nil:
		return nil, fmt.Errorf("there is no %s in the artefacts", c.ID)
	}
	id, sent, err := a.settle(ctx, d)
	if err != nil {
		return nil, err
	}
	err = a.publish(ctx, func(s *state) { s.Sent[d.id()], s.Data = sent, a.w.data })
	return deploy.Outputs{"airbyte." + d.kind + "." + d.key: id}, err
}

type applier struct {
	p       *Provider
	c       *client
	w       *wanted
	outputs deploy.Outputs
	say     deploy.Progress
	replace bool // the plan says that the object is made anew
}

// settle makes an object as its document says, whether it is there or not.
func (a *applier) settle(ctx context.Context, d *document) (id string, sent map[string]string, err error) {
	body := clone(d.Body)
	if sent, err = a.fill(ctx, d.Bind, body); err != nil {
		return "", nil, fmt.Errorf("%s: %w", d.id(), err)
	}
	if err := a.pin(ctx, d, body); err != nil {
		return "", nil, fmt.Errorf("%s: %w", d.id(), err)
	}
	o, err := a.made(ctx, d, body)
	if err != nil {
		return "", nil, explained(d, err)
	}
	return o.ID, sent, a.follow(ctx, d, o.ID)
}

// follow makes the calls that have to come after the first one, and reads what
// they have changed.
func (a *applier) follow(ctx context.Context, d *document, id string) error {
	if len(d.Then) == 0 {
		return nil
	}
	for _, then := range d.Then {
		body := clone(then.Body)
		if _, err := a.fill(ctx, then.Bind, body); err != nil {
			return err
		}
		// It sets fields to values, so that doing it twice does no harm.
		if err := a.c.call(ctx, then.Request.Method, then.Request.Path, body, nil); err != nil {
			return fmt.Errorf("%s is there, but one more call is needed since %s: %w", d.id(), then.Why, err)
		}
	}
	var now map[string]any
	if err := a.c.call(ctx, http.MethodGet, api+d.Request.Path+"/"+id, nil, &now); err != nil {
		return fmt.Errorf("%s: %w", d.id(), err)
	}
	a.took(d, now)
	return nil
}

// made updates the object or creates it. Where somebody deleted it since it was
// listed, it looks again, once.
func (a *applier) made(ctx context.Context, d *document, body map[string]any) (object, error) {
	for again := false; ; again = true {
		o, there, err := a.object(ctx, d.kind+":"+d.Name)
		if err != nil {
			return object{}, err
		}
		other, err := a.elsewhere(ctx, d)
		if err != nil {
			return object{}, err
		}
		if there && (other || len(exchanged(a.w, d, o)) > 0) { // no call changes what a connection connects
			if !a.replace {
				return object{}, errors.New("it connects something else since the plan was made; make a new plan, look at it, and apply that")
			}
			if err := a.discard(ctx, d.kind+":"+d.Name, o.ID); err != nil {
				return object{}, err
			}
			there = false
		}
		if !there {
			return a.create(ctx, d, body)
		}
		o, err = a.update(ctx, d, o.ID, body)
		if err == nil {
			return o, nil
		}
		if a.p.forget(); again || !isGone(err) {
			return object{}, err
		}
	}
}

func isGone(err error) bool {
	var f *failure
	return errors.As(err, &f) && f.status == http.StatusNotFound
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
		} else if key := a.w.named(b.From); key != "" {
			o, _, err := a.object(ctx, key)
			if err != nil {
				return nil, err
			}
			value = o.ID
		}
		if value == "" {
			return nil, fmt.Errorf("%s is not there yet", b.From)
		}
		set(body, b.Pointer, value)
	}
	return sent, nil
}

func (a *applier) update(ctx context.Context, d *document, id string, body map[string]any) (object, error) {
	method, path := http.MethodPatch, api+d.Request.Path+"/"+id
	switch body = clone(body); d.kind {
	case "source", "destination":
		method, body = http.MethodPut, map[string]any{"name": body["name"], "configuration": body["configuration"]}
	case "connection":
		delete(body, "sourceId")
		delete(body, "destinationId")
	}
	var now map[string]any
	if err := a.c.call(ctx, method, path, body, &now); err != nil {
		return object{}, err
	}
	return a.took(d, now), nil
}

// create never makes a second object of a name: where it is not sure what
// became of a call, it looks by name first.
func (a *applier) create(ctx context.Context, d *document, body map[string]any) (object, error) {
	var err error
	for range 3 {
		var made map[string]any
		if err = a.c.call(ctx, http.MethodPost, api+d.Request.Path, body, &made); err == nil {
			return a.took(d, made), nil
		}
		if !unsure(err) || ctx.Err() != nil {
			return object{}, err
		}
		a.p.forget()
		if o, there, lookErr := a.object(ctx, d.kind+":"+d.Name); lookErr != nil || there {
			return o, joined(lookErr, err)
		}
		if err := pause(ctx, a.c.poll); err != nil {
			return object{}, err
		}
	}
	return object{}, err
}

// joined adds what led to an error; there is none without it.
func joined(err, before error) error {
	if err == nil {
		return nil
	}
	return errors.Join(before, err)
}

// explained says what a person can do about a discovery that took too long.
func explained(d *document, err error) error {
	var f *failure
	if slow := errors.Is(err, context.DeadlineExceeded) || errors.As(err, &f) && f.status == http.StatusGatewayTimeout; slow && d.kind == "connection" {
		return fmt.Errorf("%s: Airbyte took too long to discover the schema of source %s (streams %s). Its streams stay those of the file, with their known columns; "+
			"apply again, or let the source's account see fewer objects: %w", d.id(), d.key, strings.Join(streams(d.Body), ", "), err)
	}
	return fmt.Errorf("%s: %w", d.id(), err)
}

// remove deletes an object that left the file, if it is still there.
func (a *applier) remove(ctx context.Context, kind, word string) error {
	key, err := a.titled(ctx, kind, word)
	if err != nil {
		return err
	}
	if o, there, err := a.object(ctx, key); err != nil {
		return err
	} else if there {
		if err := a.discard(ctx, key, o.ID); err != nil {
			return err
		}
	}
	return a.publish(ctx, func(*state) {})
}

// discard deletes an object.
func (a *applier) discard(ctx context.Context, key, id string) error {
	kind, _, _ := strings.Cut(key, ":")
	if err := a.c.call(ctx, http.MethodDelete, api+"/"+kind+"s/"+id, nil, nil); err != nil && !isGone(err) {
		a.p.forget()
		return fmt.Errorf("deleting %s: %w", key, err)
	}
	a.gone(key)
	return nil
}

// switchOff lets a connection load nothing more.
func (a *applier) switchOff(ctx context.Context, d *document) error {
	o, there, err := a.object(ctx, d.kind+":"+d.Name)
	if err != nil {
		return err
	}
	if there {
		var now map[string]any
		if err := a.c.call(ctx, http.MethodPatch, api+"/connections/"+o.ID, map[string]any{"status": "inactive"}, &now); err != nil {
			a.p.forget()
			return fmt.Errorf("switching off %s: %w", d.id(), err)
		}
		a.took(d, now)
	}
	return a.publish(ctx, func(*state) {})
}

// sync begins a job, or goes on with the one that runs.
func (a *applier) sync(ctx context.Context, d *document) error {
	if d == nil {
		return errors.New("the connection is not in the artefacts")
	}
	o, there, err := a.object(ctx, "connection:"+d.Name)
	if err != nil || !there {
		return errors.Join(err, fmt.Errorf("the connection of %s is not there", d.key))
	}
	id := o.ID
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
	if err := a.watch(ctx, j); err != nil {
		return err
	}
	if j.Status == "failed" || j.Status == "cancelled" {
		return fmt.Errorf("the first sync of %s, job %d, is %s: its log in Airbyte says why", d.key, j.JobID, j.Status)
	}
	return a.publish(ctx, func(s *state) { s.Synced[d.id()], s.SyncedAs[d.id()] = streams(d.Body), id })
}

// watch follows a job to its end, where that is wanted. It rides out a server
// that does not answer for a while: the job goes on without us.
func (a *applier) watch(ctx context.Context, j *job) error {
	heard := a.p.c.Now()
	for a.p.c.Wait && !j.over() {
		a.say(fmt.Sprintf("job %d is %s", j.JobID, j.Status))
		if err := pause(ctx, a.p.c.Poll); err != nil {
			return err
		}
		now := *j
		err := a.c.call(ctx, http.MethodGet, fmt.Sprintf("%s/jobs/%d", api, j.JobID), nil, &now)
		silence := a.p.c.Now().Sub(heard)
		switch {
		case err == nil:
			*j, heard = now, a.p.c.Now()
		case !unsure(err) || a.p.c.Lasting(err) || silence > a.p.c.Outage:
			return fmt.Errorf("following job %d: %w", j.JobID, err)
		default:
			a.say(fmt.Sprintf("job %d: no answer for %s (%s); asking again", j.JobID, silence.Round(time.Second), told(err)))
		}
	}
	return nil
}
