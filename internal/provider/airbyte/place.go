package airbyte

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// place is where a destination loads into: what makes it another place, in which
// what was read so far is not, or no longer all of it.
func place(body map[string]any) string {
	c, _ := body["configuration"].(map[string]any)
	var parts []string
	for _, name := range []string{"host", "database", "s3_bucket_name"} {
		if v, _ := c[name].(string); v != "" {
			parts = append(parts, v)
		}
	}
	return strings.Join(parts, " ")
}

// into is where a connection has loaded so far. While the destination leads to
// another place already and the connection was not made anew, its entry says so.
func (s *state) into(o object) string {
	if v := s.Into[o.ID]; v != "" {
		return v
	}
	return place(s.Objects[o.Refs["destinationId"]].Body)
}

// moved says that a connection loaded into another place than the one that its
// destination is to lead to. Airbyte goes on from where it stopped reading, so
// the new place would only get what is new: the connection is made anew.
func moved(w *wanted, d *document, live *state, outputs deploy.Outputs) (from, to string) {
	o, there := live.Objects[d.kind+":"+d.Name]
	if d.kind != "connection" || !there {
		return "", ""
	}
	for _, b := range d.Bind {
		if id, ours := strings.CutPrefix(b.From, "airbyte:"); ours && b.Pointer == "/destinationId" {
			if target := w.find(id); target != nil {
				from, to = live.into(o), place(target.comparable(outputs))
			}
		}
	}
	if from == "" || to == "" || from == to {
		return "", ""
	}
	return from, to
}

// leftPlaces lists the places that connections have loaded into and no longer do. What
// is there stays.
func leftPlaces(w *wanted, live *state, outputs deploy.Outputs) []deploy.Change {
	places := map[string]bool{}
	for _, d := range w.documents {
		if from, _ := moved(w, d, live, outputs); from != "" {
			places[from] = true
		}
	}
	var out []deploy.Change
	for _, from := range slices.Sorted(maps.Keys(places)) {
		out = append(out, leftPlace(from))
	}
	return out
}

// leftPlace is a database with its account's host before it, or else a bucket.
func leftPlace(from string) deploy.Change {
	c := deploy.Change{ID: "airbyte:place:" + notKey.ReplaceAllString(from, "-"), Provider: "airbyte", Kind: "place", Name: from, Action: deploy.Keep, Risk: deploy.Safe, Content: "place:" + from}
	const next = "When what is new is complete and nothing reads the old any more, take the old away by hand: "
	if _, database, ok := strings.Cut(from, " "); ok {
		c.Reason = "what was loaded there stays, with its schemas, users and roles; nothing loads into it or looks after it any more"
		c.Next = next + "DROP DATABASE " + `"` + strings.ReplaceAll(database, `"`, `""`) + `"`
	} else {
		c.Reason = "the bucket stays with the files that were loaded into it; nothing writes there any more"
		c.Next = next + "empty the bucket " + from + " and delete it"
	}
	return c
}

// relocates says what another place means for everything that loads into it.
func relocates(c deploy.Change) deploy.Change {
	if c.Action == deploy.Blocked {
		return c
	}
	c.Risk = deploy.Disruptive
	c.Reason = "it leads to another place; its connections are made anew and read everything again, and what was loaded stays where it is"
	return c
}

// pin writes down where connections have loaded before their destination leads
// elsewhere: whoever comes after a kill must know which of them are to be made
// anew. Those that are made later have no entry.
func (a *applier) pin(ctx context.Context, d *document, body map[string]any) error {
	o, there, err := a.object(ctx, d.kind+":"+d.Name)
	if err != nil || !there || d.kind != "destination" || place(o.Body) == place(body) {
		return err
	}
	err = a.publish(ctx, func(s *state) {
		for key, o := range s.Objects {
			if strings.HasPrefix(key, "connection:") && o.Refs["destinationId"] == d.kind+":"+d.Name {
				s.Into[o.ID] = s.into(o)
			}
		}
	})
	if err != nil {
		return fmt.Errorf("before it leads elsewhere: %w", err)
	}
	return nil
}

// elsewhere says that a connection is to be made anew, with what is known now.
func (a *applier) elsewhere(ctx context.Context, d *document) (bool, error) {
	a.p.known.mu.Lock()
	defer a.p.known.mu.Unlock()
	live, err := a.recall(ctx)
	if err != nil {
		return false, err
	}
	from, _ := moved(a.w, d, live, a.outputs)
	return from != "", nil
}
