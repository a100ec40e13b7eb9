package airbyte

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// goneConnection is provided by changes that take a connection away: a source
// that left the file goes after those that read it.
const goneConnection = "gone:airbyte:connection"

// changes compares each object.
func changes(w *wanted, live *state, outputs deploy.Outputs) []deploy.Change {
	var out []deploy.Change
	for _, d := range w.documents {
		c, differs := compared(w, d, live, outputs)
		if differs {
			out = append(out, c)
		}
		if d.kind != "connection" {
			continue
		}
		reason := unsynced(d, live)
		if c.Action == deploy.Replace {
			reason = "the connection is made anew"
		}
		if reason != "" {
			out = append(out, d.sync(deploy.Create, reason))
		}
	}
	for _, l := range leftOver(w, live) {
		out = append(out, l.change(w))
	}
	return append(out, leftPlaces(w, live, outputs)...)
}

func compared(w *wanted, d *document, live *state, outputs deploy.Outputs) (deploy.Change, bool) {
	o, there := live.Objects[d.kind+":"+d.Name]
	if !there {
		return d.change(deploy.Create, "it is not there"), true
	}
	fields, reread := diff(d.comparable(outputs), o.Body)
	fields = append(fields, departed(w, d, o, live.Sent[d.id()])...)
	if other := exchanged(w, d, o); len(other) > 0 {
		c := d.change(deploy.Replace, "it connects something else, which Airbyte cannot change; it is made anew and reads everything again")
		c.Risk, c.Fields = deploy.Disruptive, append(other, fields...)
		c.Provides = append(c.Provides, goneConnection)
		return c, true
	}
	if from, to := moved(w, d, live, outputs); from != "" {
		c := d.change(deploy.Replace, "it is to load into another place; it is made anew and reads everything again, even if that place has data of before")
		c.Risk, c.Fields = deploy.Disruptive, append([]deploy.FieldChange{{Path: "loads into", Before: from, After: to}}, fields...)
		c.Provides = append(c.Provides, goneConnection)
		return c, true
	}
	if to := place(d.comparable(outputs)); len(fields) > 0 && d.kind == "destination" && to != "" && place(o.Body) != to {
		return relocates(updated(d, fields, reread)), true
	}
	if len(fields) > 0 {
		return updated(d, fields, reread), true
	}
	if fields := rotated(w, d, live, outputs); len(fields) > 0 {
		c := d.change(deploy.Update, "a secret changed since it was sent")
		c.Fields, c.Aside = fields, true
		return c, true
	}
	return deploy.Change{}, false
}

func updated(d *document, fields []deploy.FieldChange, reread bool) deploy.Change {
	c := d.change(deploy.Update, "Airbyte holds something else")
	c.Fields = fields
	if reread {
		c.Risk, c.Reason = deploy.Disruptive, "Airbyte holds something else; it reads these streams again from their beginning"
	}
	if slices.ContainsFunc(fields, func(f deploy.FieldChange) bool { return f.Path == "definitionId" }) {
		c.Action, c.Reason = deploy.Blocked, "Airbyte cannot change the connector of a "+d.kind
		c.Next = "give it another name in the file, or delete it in Airbyte"
	}
	return c
}

// departed lists what the last apply set and the file no longer does, and what is
// to become a secret. What somebody else has set is not ours.
func departed(w *wanted, d *document, o object, sent map[string]string) []deploy.FieldChange {
	ours, paths := flat(d.Body), map[string]bool{}
	var out []deploy.FieldChange
	for _, b := range d.Bind {
		ours[b.path()], paths[w.parameter(b.From)] = true, true
		if !b.output() && at(o.Body, b.Pointer) != nil {
			out = append(out, deploy.FieldChange{Path: b.path(), Before: veiled, After: "(a secret)"})
		}
	}
	live := flat(o.Body)
	for _, path := range slices.Sorted(maps.Keys(live)) {
		if strings.HasPrefix(path, "configuration.") && ours[path] == nil {
			out = append(out, deploy.FieldChange{Path: path, Before: show(live[path]), After: takenOut})
		}
	}
	for _, path := range slices.Sorted(maps.Keys(sent)) {
		if !paths[path] {
			out = append(out, deploy.FieldChange{Path: "the secret in " + path, Before: "(sent)", After: takenOut})
		}
	}
	return out
}

const takenOut = "(taken out)"

// exchanged lists the ends of a connection that are not those of the file.
// Snapshots of earlier versions do not know them.
func exchanged(w *wanted, d *document, live object) []deploy.FieldChange {
	var out []deploy.FieldChange
	for _, b := range d.Bind {
		field := strings.TrimPrefix(b.Pointer, "/")
		if now, known := live.Refs[field]; known && now != w.named(b.From) {
			out = append(out, deploy.FieldChange{Path: field, Before: now, After: w.named(b.From)})
		}
	}
	return out
}

// rotated lists the fields whose parameter has another version than was sent.
func rotated(w *wanted, d *document, live *state, outputs deploy.Outputs) []deploy.FieldChange {
	var out []deploy.FieldChange
	for _, b := range d.Bind {
		path := w.parameter(b.From)
		if now := outputs["parameter."+path]; path != "" && now != "" && live.Sent[d.id()][path] != now {
			out = append(out, deploy.FieldChange{Path: b.path(), After: "(changed)"})
		}
	}
	return out
}

// leftOver are objects of ours that left the file.
func leftOver(w *wanted, live *state) []left {
	var out []left
	for _, name := range slices.Sorted(maps.Keys(live.Objects)) {
		kind, title, _ := strings.Cut(name, ":")
		if kind != "workspace" && !slices.ContainsFunc(w.documents, func(d *document) bool { return d.kind == kind && d.Name == title }) {
			out = append(out, left{kind, title})
		}
	}
	return out
}

type left struct{ kind, title string }

func (l left) change(w *wanted) deploy.Change {
	word := w.word(l.kind, l.title)
	c := deploy.Change{ID: "airbyte:" + l.kind + ":" + word, Provider: "airbyte", Kind: l.kind, Name: word, Action: deploy.Delete, Risk: deploy.Disruptive,
		Reason: fmt.Sprintf("%q left the file; what it loaded stays where it is", l.title), Content: l.kind + ":" + l.title}
	if l.kind == "connection" {
		c.Provides = []string{goneConnection}
	} else {
		c.Needs = []string{goneConnection}
	}
	return c
}

// word is what ids call an object that left the file: the key that it had, which
// is its name without the workspace's. What a file cannot have for a key becomes
// dashes, with a few digits of a digest that keep two such names apart; so does
// the key of another document.
func (w *wanted) word(kind, title string) string {
	rest := strings.TrimPrefix(title, w.workspace()+" ")
	word := strings.Trim(notKey.ReplaceAllString(rest, "-"), "-")
	if word == rest && w.find(kind+":"+word) == nil {
		return word
	}
	sum := sha256.Sum256([]byte(title))
	return strings.TrimPrefix(word+"-"+hex.EncodeToString(sum[:3]), "-")
}

var notKey = regexp.MustCompile(`[^A-Za-z0-9_.]+`)

// unsynced says why a connection has to be run, or nothing.
func unsynced(d *document, live *state) string {
	covered, known := live.synced(d)
	if !known {
		return "it never ran"
	}
	for _, st := range streams(d.Body) {
		if !slices.Contains(covered, st) {
			return "stream " + st + " was never read"
		}
	}
	return ""
}

// synced are the streams that a job was begun for, where that is known.
func (s *state) synced(d *document) (covered []string, known bool) {
	o, there := s.Objects[d.title()]
	covered, known = s.Synced[d.id()]
	if as := s.SyncedAs[d.id()]; !there || as != "" && as != o.ID {
		known = false // a connection that is made anew has read nothing
	}
	return covered, known
}

// ran asks for the connections of which nobody has published that they ever ran.
func (c *client) ran(ctx context.Context, w *wanted, s *state) error {
	for _, d := range w.documents {
		o, there := s.Objects[d.title()]
		if _, known := s.synced(d); d.kind != "connection" || known || !there {
			continue
		}
		last, err := c.last(ctx, o.ID)
		if err != nil {
			return err
		}
		if last != nil && last.Status == "succeeded" {
			s.Synced[d.id()], s.SyncedAs[d.id()] = streams(o.Body), o.ID
		}
	}
	return nil
}

func streams(body map[string]any) []string {
	c, _ := body["configurations"].(map[string]any)
	list, _ := c["streams"].([]any)
	var out []string
	for _, v := range list {
		st, _ := v.(map[string]any)
		out = append(out, streamName(st))
	}
	return out
}
