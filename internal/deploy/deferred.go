package deploy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// standsFor reports whether a deferred change may become a change of that id:
// the same one, or one below it.
func standsFor(deferred, id string) bool {
	return id == deferred || strings.HasPrefix(id, deferred+":") || strings.HasPrefix(id, deferred+".")
}

// later plans again what could not be known when the plan was made, as far as
// what it waits for is done, and takes what may be done into the plan. It
// reports whether there is anything new to begin.
//
// Nobody has seen such changes before, so they may only create. Anything else
// is left for the next plan, with the reason.
func (e *executor) later(ctx context.Context) bool {
	waiting := e.waiting()
	added := false
	for _, p := range e.Providers {
		var mine []Change
		for _, c := range waiting {
			if c.Provider == p.Name() {
				mine = append(mine, c)
			}
		}
		if len(mine) == 0 {
			continue
		}
		in := e.Input
		in.Outputs = maps.Clone(e.result.Outputs)
		found, err := p.Plan(ctx, in)
		for _, c := range mine {
			if err != nil {
				e.settle(c.ID, Failed, fmt.Sprintf("planning it, now that what it waited for is done: %v", err))
			} else if e.take(c, found.Changes) {
				added = true
			}
		}
	}
	return added
}

// waiting are the deferred changes that can be planned now. Those that wait for
// nothing in this apply, such as for a sample that is not there, stay deferred.
func (e *executor) waiting() []Change {
	var out []Change
	for i := range e.plan.Changes {
		c := &e.plan.Changes[i]
		made := func(id string) bool { return e.state[id] == Done || len(e.become[id]) > 0 }
		if c.Action == Deferred && e.state[c.ID] == "" && e.ready(c) && slices.ContainsFunc(c.DependsOn, made) {
			out = append(out, *c)
		}
	}
	return out
}

// take puts what a deferred change has become into the plan.
func (e *executor) take(was Change, found []Change) bool {
	var become []Change
	for _, c := range found {
		if !standsFor(was.ID, c.ID) || c.Empty() || c.ID != was.ID && e.plan.Change(c.ID) != nil {
			continue
		}
		switch {
		case c.Action == Deferred:
			return false // it waits for something else as well
		case c.Action == Blocked:
			e.settle(was.ID, Failed, c.Reason+". "+c.Next)
			return false
		case c.Action != Create || c.Risk == Destructive:
			e.settle(was.ID, Failed, fmt.Sprintf("when the plan was made it was not known what happens to %s, so it may only be created; "+
				"now it would be: %s (%s). Make a new plan, look at it, and apply that", c.ID, c.Action, c.Reason))
			return false
		}
		become = append(become, c)
	}
	if len(become) == 0 { // it is there as it should be
		e.settle(was.ID, Done, "")
		return true
	}
	connect(become, append(slices.Clone(become), e.plan.Changes...))
	for _, c := range become {
		e.become[was.ID] = append(e.become[was.ID], c.ID)
	}
	at := slices.IndexFunc(e.plan.Changes, func(c Change) bool { return c.ID == was.ID })
	e.plan.Changes = slices.Replace(e.plan.Changes, at, at+1, become...)
	return true
}

// settle ends a deferred change that is not begun.
func (e *executor) settle(id string, state StepState, message string) {
	now := e.Now()
	if err := e.Ledger.Step(e.run, RunStep{Change: id, State: state, At: now, Message: message}); err != nil {
		state, message = Failed, strings.TrimPrefix(message+"\n"+err.Error(), "\n")
	}
	e.state[id] = state
	if state == Failed {
		e.result.Failed = append(e.result.Failed, Fault{id, message})
	}
	e.event(Event{At: now, Change: id, State: state, Message: message})
}

// waits reports whether a change was not begun because it needs, directly or
// not, one that is still deferred.
func (e *executor) waits(c *Change) bool {
	return slices.ContainsFunc(c.DependsOn, func(id string) bool {
		n := e.plan.Change(id)
		return n != nil && e.state[id] == "" && (n.Action == Deferred || e.waits(n))
	})
}
