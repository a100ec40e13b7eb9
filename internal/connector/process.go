package connector

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Limits of what is taken from a connector.
const (
	// maxLine is the longest message: more than any record should have.
	maxLine = 64 << 20
	// maxTail is how much of what it prints beside the protocol is kept.
	maxTail = 4 << 10
	// grace is how long it has to end by itself.
	grace = 3 * time.Second
	// usualQuiet is how long it may say nothing.
	usualQuiet = 10 * time.Minute
)

// run starts the connector once. files are written as JSON into a folder of
// their own: config, catalog, state.
func (c *Connector) run(ctx context.Context, verb string, files map[string]any, each func(message) error) error {
	dir, err := os.MkdirTemp("", "tapestry-connector-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	args := []string{verb}
	for _, name := range []string{"config", "catalog", "state"} {
		content, ok := files[name]
		if !ok {
			continue
		}
		data, err := json.Marshal(content)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+".json"), data, 0o600); err != nil {
			return err
		}
		args = append(args, "--"+name, c.program.inside(dir, name+".json"))
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	cmd, err := c.program.command(ctx, dir, args)
	if err != nil {
		return err
	}
	return c.supervise(ctx, stop, cmd, verb, each)
}

// supervise starts the process, hands its messages on and sees that it and all
// that it started are gone afterwards.
func (c *Connector) supervise(ctx context.Context, stop context.CancelCauseFunc, cmd *exec.Cmd, verb string, each func(message) error) error {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	tail := &tail{}
	cmd.Stderr, cmd.SysProcAttr, cmd.WaitDelay = tail, attributes(), grace
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("the connector of %s cannot be started: %w", c.source.name, err)
	}
	quiet := c.c.Quiet
	if quiet == 0 {
		quiet = usualQuiet
	}
	watch := time.AfterFunc(quiet, func() { stop(fmt.Errorf("it said nothing for %s", quiet)) })
	said := &heard{}
	failed := c.listen(out, said, func() { watch.Reset(quiet) }, each)
	if failed != nil {
		stop(failed)
	}
	_, _ = io.Copy(io.Discard, out) // so that it can end
	ended := cmd.Wait()
	watch.Stop()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what it left behind; mostly nothing
	c.program.clean()
	switch cause := context.Cause(ctx); {
	case failed != nil:
		return failed
	case errors.Is(cause, context.DeadlineExceeded):
		return &Failure{Source: c.source.name, About: c.program.about, Doing: verb, Message: "it was not done in time and was stopped", Detail: said.last()}
	case cause != nil && ctx.Err() != nil && !errors.Is(cause, context.Canceled):
		return &Failure{Source: c.source.name, About: c.program.about, Doing: verb, Message: cause.Error() + " and was stopped", Detail: said.last()}
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return c.verdict(verb, said, ended, tail)
}

// verdict turns what was said, and how it ended, into an error or none.
func (c *Connector) verdict(verb string, said *heard, ended error, tail *tail) error {
	if said.failure != nil {
		f := *said.failure
		f.Source, f.About, f.Doing = c.source.name, c.program.about, verb
		return &f
	}
	if ended == nil {
		return nil
	}
	f := &Failure{Source: c.source.name, About: c.program.about, Doing: verb, Message: "it ended with " + ended.Error(), Detail: said.last()}
	if text := c.hide(tail.String()); text != "" {
		f.Detail = text
	}
	return f
}

// heard is what a connector said that is no data.
type heard struct {
	failure *Failure
	lines   []string // the last ones that it logged
}

func (h *heard) last() string { return strings.Join(h.lines, "\n") }

// listen reads messages until the connector closes its output.
func (c *Connector) listen(out io.Reader, said *heard, alive func(), each func(message) error) error {
	lines := bufio.NewReaderSize(out, 64<<10)
	for {
		line, err := readLine(lines)
		if len(bytes.TrimSpace(line)) > 0 {
			alive()
			if err := c.take(parse(line), said, each); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, os.ErrClosed) {
			return nil
		}
		if err != nil {
			return &Failure{Source: c.source.name, About: c.program.about, Doing: "run", Message: err.Error()}
		}
	}
}

// take keeps what is said about the run, and hands the rest on.
func (c *Connector) take(m message, said *heard, each func(message) error) error {
	switch m.Type {
	case "LOG":
		text := c.hide(m.Log.Message)
		if said.lines = append(said.lines, text); len(said.lines) > 3 {
			said.lines = said.lines[1:]
		}
		if c.c.Log != nil {
			c.c.Log(m.Log.Level, text)
		}
	case "TRACE":
		// The first error is the cause; what follows says that there was one.
		if m.Trace.Type == "ERROR" && said.failure == nil {
			e := m.Trace.Error
			said.failure = &Failure{Message: c.hide(e.Message), Detail: c.hide(e.Internal), Kind: e.FailureType}
		}
	default:
		return each(m)
	}
	return nil
}

// readLine reads one line of at most maxLine.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return nil, fmt.Errorf("it gave a message of more than %d MB", maxLine>>20)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if len(t.text) > maxTail {
		t.text = t.text[len(t.text)-maxTail:]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
