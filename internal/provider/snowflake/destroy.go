package snowflake

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// leavers takes back what the ledger knows and the manifest no longer has.
func (p *planner) leavers() {
	for _, r := range p.gone() {
		if p.inUse(r) {
			continue
		}
		c := p.takeBack(r, deploy.Change{Reason: "it left the file"})
		switch {
		case c.ID == "":
		case c.Kind == "view" && c.Action == deploy.Delete:
			p.tail = append(p.tail, p.drops(c))
		default:
			p.add(c)
		}
	}
}

// inUse says that a table which the manifest no longer makes is loaded or read all
// the same: where Airbyte writes into the warehouse, it makes the raw tables itself.
func (p *planner) inUse(r row) bool {
	name, isTable := strings.CutPrefix(r.id, string(migration.Create)+"/table/")
	name, err := url.PathUnescape(name)
	parts := parse(name)
	return isTable && err == nil && parts[0] == p.set.Database.Name && p.used["table:"+strings.Join(parts[1:], ".")]
}

// add puts a change into the chain, unless it is a thing that stays.
func (p *planner) add(c deploy.Change) {
	if c.Action == deploy.Keep {
		p.beside = append(p.beside, c)
		return
	}
	p.link(c)
}

// gone are lines of the ledger without a statement, the last that was run first.
func (p *planner) gone() []row {
	var out []row
	for id, r := range p.live.ledger {
		if _, ok := p.statement(id); !ok && r.status != undone && !strings.HasPrefix(id, userPrefix) && !strings.HasPrefix(id, syncPrefix) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b row) int {
		if c := b.started.Compare(a.started); c != 0 {
			return c
		}
		return strings.Compare(b.id, a.id)
	})
	return out
}

// takeBack is the change that undoes a line of the ledger. What cannot be taken
// back stays: it holds data, or it is a property of what is taken away as well.
// What only sets something on an object takes that back and leaves the object.
func (p *planner) takeBack(r row, c deploy.Change) deploy.Change {
	verb, object, _ := strings.Cut(r.id, "/")
	kind, name, _ := strings.Cut(object, "/")
	c.ID, c.Provider, c.Kind, c.Name, c.Risk = changeID(r.id), Name, strings.ReplaceAll(kind, "-", " "), name, deploy.Safe
	c.Content, c.Origins = sum(r.undo), p.origins[r.id]
	switch {
	case r.undo != "":
		c.Action, c.Statement = deploy.Delete, r.undo
		switch verb {
		case string(migration.Create):
			c.Risk = deploy.Disruptive
		case string(migration.Allow):
			c.Kind, c.Name = "grant", object
		case "own":
			c.Name, c.Reason = "OWNERSHIP on "+c.Kind+" "+name, c.Reason+"; it is kept, and only its owner is another"
			c.Kind = "grant"
		default:
			c.Name, c.Reason, c.Kind = verb+" of "+c.Kind+" "+name, c.Reason+"; only this is taken back", "setting"
		}
	case verb == string(migration.Create) && r.status == done:
		c.Action, c.Reason = deploy.Keep, c.Reason+", and stays since it holds data"
		c.Next = "To take it away with all that is in it: DROP " + strings.ToUpper(c.Kind) + " IF EXISTS " + name
		if strings.ContainsRune(name, '%') { // it is written otherwise than SQL would
			c.Next = ""
		}
	default:
		return deploy.Change{}
	}
	return c
}

// destroy takes back everything but data, in the reverse order in which it was
// made. The ledger stays, and so does what an administrator made.
func (p *planner) destroy() []deploy.Change {
	for _, r := range p.gone() {
		p.leave(r)
	}
	for _, st := range slices.Backward(p.set.Statements) {
		if st.Bootstrap {
			if st.Kind == migration.Create {
				p.beside = append(p.beside, deploy.Change{ID: changeID(st.ID), Provider: Name, Kind: st.Object.Type, Name: st.Object.Name, Action: deploy.Keep, Risk: deploy.Safe,
					Reason: "an account administrator made it and can take it away: " + st.Undo, Content: st.Digest, Origins: p.origins[st.ID]})
			}
			continue
		}
		if r, ok := p.lineOf(st); ok {
			p.leave(r)
		}
	}
	for i := range p.chain {
		p.chain[i].Needs, p.chain[i].Provides = []string{"gone:stack:sync", "gone:airbyte"}, []string{"gone:snowflake"}
	}
	return slices.Concat(p.chain, p.beside, p.stay())
}

func (p *planner) leave(r row) {
	if c := p.takeBack(r, deploy.Change{Reason: "the pipeline is taken away"}); c.ID != "" {
		p.add(c)
	}
}

// lineOf is what the ledger has of a statement, or would have if its line had
// not been lost: what is there is ours.
func (p *planner) lineOf(st migration.Statement) (row, bool) {
	r, ok := p.live.ledger[st.ID]
	if ok && r.status == undone {
		return row{}, false
	}
	if !ok {
		if _, there := p.live.thing(st.Object); !there || st.Kind != migration.Create {
			return row{}, false
		}
		r = row{id: st.ID, status: done, as: st.As}
	}
	r.undo = st.Undo
	return r, true
}
