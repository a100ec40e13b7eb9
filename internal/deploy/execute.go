package deploy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Execution is everything that Execute needs besides the plan.
type Execution struct {
	Providers []Provider
	Input     Input
	Ledger    Ledger
	Owner     string
	// Approved is the digest that the run is kept under, where the plan is what
	// an interrupted apply of another left; empty for the plan's own.
	Approved string
	// Parallel is how many steps run side by side; 4 where it is 0.
	Parallel int
	// Allow are ids of destructive changes that may be made.
	Allow []string
	// Events gets what happens, one call at a time.
	Events func(Event)
	Now    func() time.Time
}

// Event is one thing that happened during an apply.
type Event struct {
	At      time.Time `json:"at"`
	Change  string    `json:"change"`
	State   StepState `json:"state,omitempty"` // empty for a message while it runs
	Message string    `json:"message,omitempty"`
	// Took is how long a finished step ran.
	Took time.Duration `json:"took,omitempty"`
}

// Result is what came of an apply.
type Result struct {
	Run    string   `json:"run"`
	Plan   string   `json:"plan"`
	Status string   `json:"status"` // done, failed, stopped
	Done   []string `json:"done"`
	Failed []Fault  `json:"failed,omitempty"`
	// Left are changes that were not begun, in order. Deferred are those that
	// are not known yet, and those that need one of them.
	Left     []string `json:"left,omitempty"`
	Deferred []string `json:"deferred,omitempty"`
	Outputs  Outputs  `json:"outputs,omitempty"`
}

// Fault is a change that failed.
type Fault struct {
	Change string `json:"change"`
	Error  string `json:"error"`
}

// Execute makes the changes of a plan, in order, independent ones side by side.
// Where a change fails, those that need it are left; the others go on. When ctx
// ends, changes that are being made are finished and no other is begun.
func Execute(ctx context.Context, plan *Plan, x Execution) (*Result, error) {
	if err := mayApply(plan, x.Allow); err != nil {
		return nil, err
	}
	kept := *plan
	if x.Approved != "" {
		kept.Digest = x.Approved
	}
	run, err := x.Ledger.Begin(&kept, x.Owner, x.Now())
	if err != nil {
		return nil, fmt.Errorf("writing the ledger: %w", err)
	}
	open := *plan // what is deferred is replaced in it
	open.Changes = slices.Clone(plan.Changes)
	e := &executor{Execution: x, run: run, state: map[string]StepState{}, become: map[string][]string{}, plan: &open,
		result: &Result{Run: run, Plan: plan.Digest, Outputs: maps.Clone(x.Input.Outputs)}}
	if e.result.Outputs == nil {
		e.result.Outputs = Outputs{}
	}
	e.all(ctx)
	return e.result, x.Ledger.End(run, e.result.Status, x.Now())
}

// mayApply refuses a plan with a blocked change, or with a destructive one that
// was not allowed by its id.
func mayApply(plan *Plan, allow []string) error {
	var refused Refused
	for _, c := range plan.Blocked() {
		refused.Differences = append(refused.Differences, c.ID+": "+c.Reason+". "+c.Next)
	}
	if refused.Differences != nil {
		refused.Why = "a guard stops this apply; nothing was changed"
		return &refused
	}
	for _, c := range plan.Destructive() {
		if !slices.Contains(allow, c.ID) {
			refused.Differences = append(refused.Differences, c.ID+": "+c.Reason)
			refused.Next += " --allow " + c.ID
		}
	}
	if refused.Differences != nil {
		refused.Why = "this plan can lose data; nothing was changed"
		refused.Next = "If that is meant, say so for each:" + refused.Next
		return &refused
	}
	for _, id := range allow {
		if plan.Change(id) == nil {
			return &Refused{Why: fmt.Sprintf("--allow %s names no change of this plan", id)}
		}
	}
	return nil
}

type executor struct {
	Execution
	plan    *Plan
	run     string
	mu      sync.Mutex
	telling sync.Mutex           // one event at a time
	state   map[string]StepState // of changes that were begun
	become  map[string][]string  // what deferred changes stand for, once it is known
	result  *Result
}

// ended is what came of one change.
type ended struct {
	change  Change
	step    RunStep
	outputs Outputs
	err     error
	took    time.Duration
}

// all runs rounds until nothing more can be begun. The line that says that one
// change is done and those that say what is begun next are written together:
// half as many writes to a ledger that is far away.
func (e *executor) all(ctx context.Context) {
	limit := e.Parallel
	if limit <= 0 {
		limit = 4
	}
	finished := make(chan ended)
	running := 0
	var due []ended
	for {
		e.over(due)
		batch := e.batch(ctx, limit-running)
		begun := e.write(due, batch)
		due = nil
		for _, c := range begun {
			running++
			// A change that was begun is finished, also when ctx ends.
			go func() { finished <- e.one(context.WithoutCancel(ctx), c) }()
		}
		if running == 0 && len(batch) == 0 {
			if ctx.Err() == nil && e.later(context.WithoutCancel(ctx)) {
				continue
			}
			break
		}
		if running > 0 {
			due = append(due, <-finished)
			running--
		}
	}
	e.conclude()
}

// over takes changes for done, or failed, so that it can be told what is next.
func (e *executor) over(due []ended) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, d := range due {
		e.state[d.change.ID] = d.step.State
		maps.Copy(e.result.Outputs, d.outputs)
	}
}

// batch are changes that can be begun now.
func (e *executor) batch(ctx context.Context, most int) []Change {
	var out []Change
	for ctx.Err() == nil && len(out) < most {
		c := e.next()
		if c == nil {
			break
		}
		out = append(out, *c)
	}
	return out
}

// write keeps what ended and what begins, and gives what may begin. Where it
// cannot be kept, nothing begins, and what ended counts as failed.
func (e *executor) write(due []ended, batch []Change) []Change {
	var lines []RunStep
	for _, d := range due {
		lines = append(lines, d.step)
	}
	now := e.Now()
	for _, c := range batch {
		lines = append(lines, RunStep{Change: c.ID, State: Started, At: now})
	}
	if len(lines) == 0 {
		return nil
	}
	// The ledger is written after the change was made: one whose line is lost is
	// made again, and a provider's Apply is the same when it is.
	kept := e.Ledger.Step(e.run, lines...)
	for _, d := range due {
		e.closed(d, kept)
	}
	for _, c := range batch {
		if kept != nil {
			e.closed(ended{change: c, step: RunStep{Change: c.ID, At: now}}, kept)
		} else {
			e.event(Event{At: now, Change: c.ID, State: Started})
		}
	}
	if kept != nil {
		return nil
	}
	return batch
}

// closed tells what came of a change.
func (e *executor) closed(d ended, kept error) {
	err := errors.Join(d.err, kept)
	state, message := d.step.State, d.step.Message
	if err != nil {
		state = Failed
		e.mu.Lock()
		e.state[d.change.ID] = Failed
		e.result.Failed = append(e.result.Failed, Fault{d.change.ID, err.Error()})
		e.mu.Unlock()
		message = err.Error()
	}
	e.event(Event{At: d.step.At, Change: d.change.ID, State: state, Message: message, Took: d.took})
}

// next is the first change that was not begun and whose needs are all done. It
// marks it as begun.
func (e *executor) next() *Change {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range e.plan.Changes {
		c := &e.plan.Changes[i]
		if e.state[c.ID] == "" && !c.Empty() && c.Action != Deferred && e.ready(c) {
			e.state[c.ID] = Started
			return c
		}
	}
	return nil
}

func (e *executor) ready(c *Change) bool {
	for _, need := range c.DependsOn {
		if n := e.plan.Change(need); n != nil && !n.Empty() && e.state[need] != Done {
			return false
		}
		if slices.ContainsFunc(e.become[need], func(id string) bool { return e.state[id] != Done }) {
			return false
		}
	}
	return true
}

func (e *executor) one(ctx context.Context, c Change) ended {
	began := e.Now()
	d := ended{change: c}
	d.outputs, d.err = e.apply(ctx, c)
	at := e.Now()
	d.took, d.step = at.Sub(began), RunStep{Change: c.ID, State: Done, At: at}
	if d.err != nil {
		d.step.State, d.step.Message = Failed, d.err.Error()
	}
	return d
}

func (e *executor) apply(ctx context.Context, c Change) (out Outputs, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the provider failed by itself: %v", p)
		}
	}()
	i := slices.IndexFunc(e.Providers, func(p Provider) bool { return p.Name() == c.Provider })
	if i < 0 {
		return nil, fmt.Errorf("there is no provider %q", c.Provider)
	}
	e.mu.Lock()
	in := e.Input
	in.Outputs = maps.Clone(e.result.Outputs)
	e.mu.Unlock()
	return e.Providers[i].Apply(ctx, c, in, func(m string) { e.event(Event{At: e.Now(), Change: c.ID, Message: m}) })
}

func (e *executor) event(v Event) {
	if e.Events == nil {
		return
	}
	e.telling.Lock()
	defer e.telling.Unlock()
	e.Events(v)
}

// conclude sorts what was done and what was left.
func (e *executor) conclude() {
	for i := range e.plan.Changes {
		c := &e.plan.Changes[i]
		switch {
		case c.Empty():
		case e.state[c.ID] == Done:
			e.result.Done = append(e.result.Done, c.ID)
		case e.state[c.ID] != "":
		case c.Action == Deferred, e.waits(c):
			e.result.Deferred = append(e.result.Deferred, c.ID)
		default:
			e.result.Left = append(e.result.Left, c.ID)
		}
	}
	slices.SortFunc(e.result.Failed, func(a, b Fault) int { return strings.Compare(a.Change, b.Change) })
	switch {
	case len(e.result.Failed) > 0:
		e.result.Status = "failed"
	case len(e.result.Left) > 0:
		e.result.Status = "stopped"
	default:
		e.result.Status = "done"
	}
}
