package airbyte

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Status is how the connections are doing.
type Status struct {
	// Seen is "live", "published" where it is what the last apply left in the
	// bucket, or "unknown".
	Seen        string       `json:"seen"`
	Connections []Connection `json:"connections,omitempty"`
	// Page is the workspace's page below Airbyte's own address.
	Page string `json:"page,omitempty"`
}

// Connection is one connection and its last sync. Jobs are known of a live look
// alone.
type Connection struct {
	Name   string `json:"name"`
	Status string `json:"status"` // active, inactive, missing
	Job    string `json:"job,omitempty"`
	// Began is when the last sync began, Rows how many rows it moved.
	Began time.Time `json:"began,omitzero"`
	Rows  int64     `json:"rows,omitempty"`
	Page  string    `json:"page,omitempty"`
}

// Status asks for the connections and, with in.Live, for the last sync of each.
func (p *Provider) Status(ctx context.Context, in deploy.Input) (Status, error) {
	w, err := read(in.Artifacts)
	if err != nil || len(w.documents) == 0 {
		return Status{Seen: "unknown"}, err
	}
	live, known, why, err := p.seen(ctx, w, in)
	if err != nil || !known {
		return Status{Seen: "unknown"}, cmp.Or(err, why)
	}
	s := Status{Seen: "published", Page: "/workspaces/" + live.Objects["workspace:"+w.workspace()].ID}
	if in.Live {
		s.Seen = "live"
	}
	for _, d := range w.documents {
		if d.kind == "connection" {
			c, err := p.connection(ctx, d, live, in.Live, s.Page)
			if err != nil {
				return s, err
			}
			s.Connections = append(s.Connections, c)
		}
	}
	return s, nil
}

func (p *Provider) connection(ctx context.Context, d *document, live *state, ask bool, workspace string) (Connection, error) {
	o, there := live.Objects["connection:"+d.Name]
	if !there {
		return Connection{Name: d.key, Status: "missing"}, nil
	}
	c := Connection{Name: d.key, Status: show(o.Body["status"]), Page: workspace + "/connections/" + o.ID}
	if !ask {
		return c, nil
	}
	p.mu.Lock()
	cl := p.client
	p.mu.Unlock()
	last, err := cl.last(ctx, o.ID)
	if err != nil || last == nil {
		return c, err
	}
	c.Job, c.Rows = last.Status, last.RowsSynced
	c.Began, _ = time.Parse(time.RFC3339, last.StartTime)
	return c, nil
}

// Lines says the same in words.
func (s Status) Lines() []string {
	if s.Seen == "unknown" {
		return []string{"not known: Airbyte is not there, or nobody has looked yet"}
	}
	var out []string
	for _, c := range s.Connections {
		line := c.Name + ": " + c.Status
		if c.Job != "" {
			line += fmt.Sprintf(", last sync %s at %s, %d rows", c.Job, c.Began.UTC().Format(time.RFC3339), c.Rows)
		} else if s.Seen == "live" {
			line += ", never synced"
		}
		out = append(out, line+"  "+c.Page)
	}
	if s.Seen == "published" {
		out = append(out, "as the last apply left it; --live asks Airbyte")
	}
	return append(out, "pages are below Airbyte's own address: "+strings.TrimSuffix(s.Page, "/"))
}
