package deploy

import (
	"cmp"
	"strings"
	"time"
)

// StepState is how far a change has come.
type StepState string

// The states.
const (
	Started StepState = "started"
	Done    StepState = "done"
	Failed  StepState = "failed"
)

// Run is one apply, as the ledger keeps it.
type Run struct {
	ID      string    `json:"id"`
	Plan    string    `json:"plan"` // digest
	Owner   string    `json:"owner"`
	Destroy bool      `json:"destroy,omitempty"`
	Began   time.Time `json:"began"`
	Ended   time.Time `json:"ended,omitzero"`
	Outcome string    `json:"outcome,omitempty"` // done, failed, stopped; empty while it runs or where it was killed
	Steps   []RunStep `json:"steps"`
}

// RunStep is one line of a run.
type RunStep struct {
	Change  string    `json:"change"`
	State   StepState `json:"state"`
	At      time.Time `json:"at"`
	Message string    `json:"message,omitempty"`
}

// Finished reports whether every step of the run was done.
func (r *Run) Finished() bool { return r.Outcome == "done" }

// State is the last state of a change in the run, or empty.
func (r *Run) State(change string) StepState {
	for i := len(r.Steps) - 1; i >= 0; i-- {
		if r.Steps[i].Change == change {
			return r.Steps[i].State
		}
	}
	return ""
}

// Ledger keeps what was done, so that a run which was killed can go on and a
// person can read what happened. A call that returns nil has been kept for good.
type Ledger interface {
	// Begin opens a run. Where the last run of the same plan was not finished,
	// it goes on with that run.
	Begin(plan *Plan, owner string, now time.Time) (run string, err error)
	// Step adds steps to a run, in order.
	Step(run string, steps ...RunStep) error
	End(run, outcome string, now time.Time) error
	// Runs lists the runs, the oldest first.
	Runs() ([]Run, error)
}

// Lock keeps two applies apart.
type Lock interface {
	// Acquire takes the lock or returns a *Held error.
	Acquire(owner string, now time.Time) (release func() error, err error)
	// Holder tells who holds the lock, or nil.
	Holder() (*Holder, error)
	// Break takes the lock away from whoever holds it.
	Break() error
}

// Holder is who holds a lock.
type Holder struct {
	Owner string    `json:"owner"`
	Host  string    `json:"host"`
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
	// Stale says that the process is known to be gone.
	Stale bool `json:"stale"`
}

// Held is the error of a lock that someone else holds.
type Held struct {
	Holder Holder
	Age    time.Duration
	// Unlock is the command that takes the lock away. From a holder that is not
	// known to be gone it takes it with --force only, which is added.
	Unlock string
}

func (h *Held) Error() string {
	unlock := cmp.Or(h.Unlock, "tapestry-ci unlock")
	text := "another apply is running: " + h.Holder.Owner + " on " + h.Holder.Host + ", for " + h.Age.Round(time.Second).String()
	if h.Holder.Stale {
		return "an earlier apply was interrupted and left its lock: " + h.Holder.Owner + " on " + h.Holder.Host + ", " +
			h.Age.Round(time.Second).String() + " ago; its process is gone\nTake the lock away with: " + unlock
	}
	if !strings.HasSuffix(unlock, " --force") {
		unlock += " --force"
	}
	return text + "\nWait for it to end; if it is gone, take the lock away with: " + unlock
}
