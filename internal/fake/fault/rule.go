package fault

import (
	"net/http"
	"time"
)

// Action is what a rule does to a call.
type Action int

// The actions.
const (
	Pass   Action = iota // only delay and functions
	Refuse               // answer with an error; nothing is done
	Drop                 // do it, and close the connection instead of answering
	Cut                  // close the connection; nothing is done
)

// Rule breaks calls.
type Rule struct {
	// Which calls: every field that is set has to fit.
	Service   string
	Operation string
	Match     func(Call) bool
	// Nth is the first of the fitting calls that is broken, from 1; 0 is the
	// first, too. Times is how many from there on: 0 is one, below 0 is all.
	Nth, Times int

	Do Action
	// Delay holds the call before anything else.
	Delay time.Duration
	// Before runs before the call is handed on or refused, After once it is done
	// and before the client hears of it.
	Before, After func(Call)
	// Code, Message and Status are what Refuse answers, where it is to be
	// another error than too many requests.
	Code, Message string
	Status        int

	seen int
}

// hits counts a call that fits, and says whether it is one to break.
func (r *Rule) hits(c Call) bool {
	if r.Service != "" && r.Service != c.Service || r.Operation != "" && r.Operation != c.Operation {
		return false
	}
	if r.Match != nil && !r.Match(c) {
		return false
	}
	r.seen++
	first := max(r.Nth, 1)
	if r.Times < 0 {
		return r.seen >= first
	}
	return r.seen >= first && r.seen < first+max(r.Times, 1)
}

func (r *Rule) after(c Call) {
	if r.After != nil {
		r.After(c)
	}
}

func (r *Rule) refuse(w http.ResponseWriter, c Call) {
	c.Form.Write(w, r.failure(c))
}

func (r *Rule) status(c Call) int { return r.failure(c).Status }

func (r *Rule) failure(c Call) Failure {
	f := tooMany(c.Form)
	if r.Code != "" {
		f = Failure{Status: http.StatusBadRequest, Code: r.Code, Message: r.Code}
	}
	if r.Message != "" {
		f.Message = r.Message
	}
	if r.Status != 0 {
		f.Status = r.Status
	}
	return f
}
