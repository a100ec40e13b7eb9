package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// progress tells what an apply does. Elsewhere than on a terminal it is a line
// with its time for each thing that happens. On a terminal there is a line for
// each step that ended, and below them one that is written over and over: what
// runs at the moment.
type progress struct {
	w       io.Writer
	began   time.Time
	live    bool
	running []string
}

// line is as long as a terminal surely is: a longer one would wrap, and could
// not be written over.
const line = 79

func (p *progress) event(e deploy.Event) {
	at := fmt.Sprintf("%6s", e.At.Sub(p.began).Round(100*time.Millisecond))
	message := diag.Inert(strings.ReplaceAll(strings.TrimSpace(e.Message), "\n", "; ")) // the result has its lines
	if p.live {
		p.terminal(e, at, message)
		return
	}
	switch e.State {
	case deploy.Started:
		fmt.Fprintf(p.w, "%s  begin   %s\n", at, e.Change)
	case deploy.Done:
		fmt.Fprintf(p.w, "%s  done    %s (%s)\n", at, e.Change, e.Took.Round(time.Millisecond))
	case deploy.Failed:
		fmt.Fprintf(p.w, "%s  failed  %s: %s\n", at, e.Change, message)
	default:
		fmt.Fprintf(p.w, "%s  …       %s: %s\n", at, e.Change, message)
	}
}

func (p *progress) terminal(e deploy.Event, at, message string) {
	now := ""
	switch e.State {
	case deploy.Started:
		p.running = append(p.running, e.Change)
	case deploy.Done, deploy.Failed:
		p.running = slices.DeleteFunc(p.running, func(id string) bool { return id == e.Change })
		if e.State == deploy.Failed {
			fmt.Fprintf(p.w, "\r\x1b[K%s  failed  %s: %s\n", at, e.Change, message)
		} else {
			fmt.Fprintf(p.w, "\r\x1b[K%s  done    %s (%s)\n", at, e.Change, e.Took.Round(time.Millisecond))
		}
	default:
		now = e.Change + ": " + message
	}
	if now == "" {
		now = strings.Join(p.running, ", ")
	}
	if text := []rune(at + "  …       " + now); len(p.running) > 0 {
		fmt.Fprintf(p.w, "\r\x1b[K%s", string(text[:min(len(text), line)]))
	}
}
