package airbyte

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
)

const snapshotKey = "airbyte/snapshot.json"

// state is what is live, and what an apply left in the bucket. It holds no
// secret: masked values are never part of what is compared.
type state struct {
	Format int `json:"format"`
	// Objects are those of our workspace, by kind:name, with the fields that
	// our documents set.
	Objects map[string]object `json:"objects"`
	// Sent are the versions of SSM parameters that objects were given last.
	Sent map[string]map[string]string `json:"sent,omitempty"`
	// Synced are the streams of each connection that a job was begun for.
	Synced map[string][]string `json:"synced,omitempty"`
	// SyncedAs are the ids that those connections had: one that was made anew
	// has read nothing.
	SyncedAs map[string]string `json:"syncedAs,omitempty"`
	// Into is where connections have loaded, by their ids, while their destination
	// leads elsewhere; see place.go.
	Into map[string]string `json:"into,omitempty"`
	// Data is where Airbyte's own database was when this was made: managed, instance.
	Data string `json:"data,omitempty"`
	// Versions are those of connectors that Airbyte runs, by definition.
	Versions map[string]string `json:"versions,omitempty"`
}

type object struct {
	ID   string         `json:"id"`
	Body map[string]any `json:"body,omitempty"`
	// Refs are the objects, kind:name, that a connection connects, by field. One
	// that is not ours has its id only.
	Refs map[string]string `json:"refs,omitempty"`
}

// digest leaves out ids, and versions of secrets and connectors.
func (s *state) digest() string {
	bodies := map[string]map[string]any{}
	for name, o := range s.Objects {
		bodies[name] = flat(o.Body)
		for field, ref := range o.Refs {
			bodies[name][field] = ref
		}
	}
	text, err := json.Marshal(bodies)
	if err != nil {
		panic("airbyte: " + err.Error()) // it was read from JSON
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// look reads the workspace's objects, as far as kept has them: a plan from what
// was published and one that looks must see the same, whatever the file says now.
func (c *client) look(ctx context.Context, w *wanted, kept *state) (*state, error) {
	s := &state{Format: 1, Objects: map[string]object{}, Sent: map[string]map[string]string{}, Synced: map[string][]string{}, SyncedAs: map[string]string{}, Into: map[string]string{}, Data: kept.Data, Versions: kept.Versions}
	maps.Copy(s.Sent, kept.Sent)
	maps.Copy(s.Synced, kept.Synced)
	maps.Copy(s.SyncedAs, kept.SyncedAs)
	maps.Copy(s.Into, kept.Into)
	workspace := ""
	for _, kind := range kinds {
		if kind != "workspace" && workspace == "" {
			break
		}
		all, err := c.list(ctx, kind, workspace)
		if err != nil {
			return nil, fmt.Errorf("listing Airbyte's %ss: %w", kind, err)
		}
		for _, body := range all {
			if err := s.take(kind, body, w, kept); err != nil {
				return nil, err
			}
		}
		if kind == "workspace" {
			workspace = s.Objects["workspace:"+w.workspace()].ID
		}
	}
	return s, nil
}

// take keeps an object that is ours. Two of one name are an error: nobody can
// say which one is meant.
func (s *state) take(kind string, body map[string]any, w *wanted, kept *state) error {
	name, _ := body["name"].(string)
	id, _ := body[kind+"Id"].(string)
	if kind == "workspace" && name != w.workspace() || kind != "workspace" && !strings.HasPrefix(name, w.workspace()+" ") {
		return nil
	}
	key := kind + ":" + name
	if other, twice := s.Objects[key]; twice {
		return fmt.Errorf("Airbyte has two %ss named %q, %s and %s: delete or rename the one that is not meant", kind, name, other.ID, id)
	}
	o := s.reference(kind, body)
	d := w.titled(key)
	if was, published := kept.Objects[key]; published {
		o.Body, _ = prune(was.Body, body).(map[string]any)
	} else if d != nil {
		o.Body = d.set(body)
	}
	if d != nil {
		d.veil(o.Body)
	}
	s.Objects[key] = o
	return nil
}

// entry is an object as it is kept after a step made it as its document says.
func (s *state) entry(d *document, body map[string]any) object {
	o := s.reference(d.kind, body)
	o.Body = d.set(body)
	return o
}

// set gives the fields of a live body that the document sets, without secrets.
func (d *document) set(live map[string]any) map[string]any {
	out, _ := prune(d.Body, live).(map[string]any)
	for _, b := range d.Bind {
		if !b.output() {
			drop(out, b.Pointer)
		} else if v := at(live, b.Pointer); v != nil {
			set(out, b.Pointer, v)
		}
	}
	return out
}

// veiled stands for what is to become a secret and can be read so far.
const veiled = "(can be read)"

// veil takes the values away of what the document has a secret for.
func (d *document) veil(body map[string]any) {
	for _, b := range d.Bind {
		if !b.output() && at(body, b.Pointer) != nil {
			set(body, b.Pointer, veiled)
		}
	}
}

// reference is an object without its body: its id, and what it connects.
func (s *state) reference(kind string, body map[string]any) object {
	id, _ := body[kind+"Id"].(string)
	o := object{ID: id}
	for _, field := range connects(kind) {
		if o.Refs == nil {
			o.Refs = map[string]string{}
		}
		ref, _ := body[field].(string)
		o.Refs[field] = s.named(ref)
	}
	return o
}

// connects are the fields of a kind that hold the ids of other objects and that
// no call can change.
func connects(kind string) []string {
	if kind == "connection" {
		return []string{"sourceId", "destinationId"}
	}
	return nil
}

// named is kind:name of the object that has an id, or the id.
func (s *state) named(id string) string {
	for key, o := range s.Objects {
		if o.ID == id {
			return key
		}
	}
	return id
}

// prune keeps what a document, or an earlier one, sets. Lists are taken whole, since they hold
// streams and keys and no secrets.
func prune(want, live any) any {
	a, ok := want.(map[string]any)
	b, also := live.(map[string]any)
	if !ok || !also {
		return live
	}
	out := map[string]any{}
	for name := range a {
		if name == "schedule" || name == "configurations" {
			if b[name] != nil {
				out[name] = b[name]
			}
		} else if v, there := b[name]; there && v != nil && v != mask {
			out[name] = prune(a[name], v)
		}
	}
	return out
}

const mask = "**********"

func at(body map[string]any, pointer string) any {
	names := names(pointer)
	for _, name := range names[:len(names)-1] {
		body, _ = body[name].(map[string]any)
	}
	return body[names[len(names)-1]]
}

type job struct {
	JobID      int64  `json:"jobId"`
	Status     string `json:"status"`
	StartTime  string `json:"startTime"`
	RowsSynced int64  `json:"rowsSynced"`
}

func (j *job) over() bool {
	return j.Status == "succeeded" || j.Status == "failed" || j.Status == "cancelled"
}

// last is the newest sync of a connection, or nil.
func (c *client) last(ctx context.Context, connection string) (*job, error) {
	var page struct{ Data []job }
	path := api + "/jobs?limit=1&jobType=sync&orderBy=createdAt%7CDESC&connectionId=" + connection
	if err := c.call(ctx, http.MethodGet, path, nil, &page); err != nil || len(page.Data) == 0 {
		return nil, err
	}
	return &page.Data[0], nil
}
