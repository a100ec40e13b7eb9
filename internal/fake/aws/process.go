package fakeaws

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

//go:embed launcher/*.py
var launcher embed.FS

// process is the emulator, a Python program that lives as long as its standard
// input is open: it ends with us, even where we are killed.
type process struct {
	url  string
	dir  string
	cmd  *exec.Cmd
	hold io.Closer // standard input
	log  *tail
	done chan struct{}
}

const (
	account      = "123456789012"
	startTimeout = 30 * time.Second
)

// launch starts the emulator on a socket that is open already, so that nobody
// else can take its port.
func launch(ctx context.Context, python string, log io.Writer) (*process, error) {
	dir, err := unpack()
	if err != nil {
		return nil, err
	}
	p := &process{dir: dir, log: &tail{to: log}, done: make(chan struct{})}
	if err := p.start(ctx, python); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := p.answering(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the AWS emulator: %w\n%s", err, p.log.text()), p.close())
	}
	return p, nil
}

func (p *process) start(ctx context.Context, python string) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		return err
	}
	defer socket.Close()
	addr := listener.Addr().(*net.TCPAddr)
	p.url = "http://" + addr.String()
	// Not CommandContext: the process outlives the call that starts it.
	p.cmd = exec.Command(python, "-B", filepath.Join(p.dir, "launcher", "launch.py"))
	p.cmd.Dir = p.dir
	p.cmd.Env = environment(p.dir, addr.Port)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.ExtraFiles = []*os.File{socket}
	if p.hold, err = p.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", python, err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in its log
		close(p.done)
	}()
	return nil
}

// environment is all that the emulator sees: nothing of ours reaches it.
func environment(dir string, port int) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "PYTHONUNBUFFERED=1",
		"BIND_HOST=127.0.0.1", fmt.Sprintf("GATEWAY_PORT=%d", port), "MINISTACK_ACCOUNT_ID=" + account,
		"MINISTACK_REGION=us-east-1", "DOCKER_HOST=unix:///nonexistent", "LOG_LEVEL=WARNING",
	}
}

// answering waits until the emulator is healthy.
func (p *process) answering(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if healthy(ctx, p.url) {
			return nil
		}
		select {
		case <-p.done:
			return errors.New("it ended at once")
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func healthy(ctx context.Context, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/_ministack/health", nil)
	if err != nil {
		return false
	}
	resp, err := backend.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// close ends the emulator and takes its folder away.
func (p *process) close() error {
	_ = p.hold.Close() // it ends by itself when its input ends
	select {
	case <-p.done:
	case <-time.After(5 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
	return os.RemoveAll(p.dir)
}

// unpack writes the launcher where Python can read it.
func unpack() (string, error) {
	dir, err := os.MkdirTemp("", "tapestry-aws-*")
	if err != nil {
		return "", err
	}
	if err := os.CopyFS(dir, fs.FS(launcher)); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

// tail passes the log on and keeps its end for error messages.
type tail struct {
	mu  sync.Mutex
	to  io.Writer
	end []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = append(t.end, b...)
	t.end = t.end[max(0, len(t.end)-4096):]
	if t.to != nil {
		return t.to.Write(b)
	}
	return len(b), nil
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.end)
}
