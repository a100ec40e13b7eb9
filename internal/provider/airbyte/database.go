package airbyte

import (
	"context"
	"errors"
	"regexp"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// toldData is the line of the ingestion stack's template that tells the machine where
// Airbyte's own database is: managed, or on the instance.
var toldData = regexp.MustCompile(`(?m)^\s*"data": "([a-z]+)",?$`)

// dataOf is what the machine is told, or "".
func (w *wanted) dataOf(artifacts []emit.Artifact) string {
	stack, _ := w.settings.StackOf("ingestion")
	for _, a := range artifacts {
		if m := toldData.FindSubmatch(a.Content); a.Path == stack.Template && m != nil {
			return string(m[1])
		}
	}
	return ""
}

// another says that Airbyte is to take another database than the one that holds
// what was published. It is empty. Snapshots of earlier versions do not know theirs.
func another(w *wanted, published *state) bool {
	return published.Data != "" && w.data != "" && published.Data != w.data
}

const databaseID = "airbyte:server:database"

// anew is the plan for a database that is empty. What the former one holds is
// of no account: nothing of it is taken along.
func anew(w *wanted, published *state) []deploy.Change {
	out := []deploy.Change{{ID: databaseID, Provider: "airbyte", Kind: "server", Name: "database", Action: deploy.Replace, Risk: deploy.Disruptive,
		Reason: "Airbyte goes on with another database, which is empty: its connections, their history and how far they have read are made again, and all streams are read anew",
		Fields: []deploy.FieldChange{{Path: "data", Before: published.Data, After: w.data}}, Needs: []string{"stack:ingestion"}, Provides: []string{"airbyte:server"}, Content: "data:" + w.data}}
	for _, d := range w.documents {
		c := d.change(deploy.Create, "Airbyte's other database is empty")
		if d.kind != "connection" {
			out = append(out, c)
			continue
		}
		c.Risk, c.Reason = deploy.Disruptive, "Airbyte's other database is empty; the connection is made without its history and reads everything again"
		out = append(out, c, d.sync(deploy.Create, "the connection is made anew"))
	}
	return out
}

// takeOver waits until Airbyte has its other database, and forgets what the former
// one held.
func (p *Provider) takeOver(ctx context.Context, w *wanted, outputs deploy.Outputs, say deploy.Progress) error {
	published, _, err := p.kept(ctx, w)
	if err != nil || !another(w, published) { // it was done
		return err
	}
	former := published.Objects["workspace:"+w.workspace()].ID
	if err := p.await(ctx, func() error { return p.left(ctx, w, outputs, former) }, true, say); err != nil {
		return err
	}
	p.forget()
	return p.write(ctx, &state{Format: 1, Data: w.data})
}

// left says that Airbyte answers, and no longer from the database with that
// workspace. It is a *notReady until then.
func (p *Provider) left(ctx context.Context, w *wanted, outputs deploy.Outputs, former string) error {
	c, err := p.connect(ctx, w, outputs)
	if err != nil {
		return err
	}
	all, err := c.list(ctx, "workspace", "")
	if err != nil { // it is installed again; its machine or its credentials may be others
		p.Close()
		return p.passes(noAnswer, err)
	}
	if slices.ContainsFunc(all, func(body map[string]any) bool { return body["workspaceId"] == former }) {
		return &notReady{formerData, errors.New("its machine looks every five minutes for what the stack tells it, and installs Airbyte anew then")}
	}
	return nil
}
