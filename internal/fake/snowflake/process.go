package fakesnowflake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// process is the fakesnow server behind the stand-in.
type process struct {
	input io.Closer
	url   string
	ended chan error
}

// launcher serves fakesnow on a socket that is open already, so that nobody else
// can take its port, and ends with its standard input, so that nothing is left
// behind even where this process is killed.
const launcher = `
import os, socket, sys, threading
import uvicorn
from fakesnow.server import app
def watch():
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=watch, daemon=True).start()
uvicorn.Server(uvicorn.Config(app, log_level="info")).run(sockets=[socket.socket(fileno=3)])
`

// startEngine starts the fakesnow that the program belongs to. Its output goes to
// log. Without a program there are no rows.
func startEngine(program string, log io.Writer) (*process, error) {
	if program == "" {
		return noProcess(), nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer func() { _ = listener.Close() }()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		return nil, err
	}
	defer func() { _ = socket.Close() }()
	cmd := exec.Command(filepath.Join(filepath.Dir(program), "python3"), "-c", launcher)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{socket}
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("fakesnow did not start: %w", err)
	}
	p := &process{input: input, url: "http://" + listener.Addr().String(), ended: make(chan error, 1)}
	go func() { p.ended <- cmd.Wait() }()
	return p, nil
}

// startLimit is how long fakesnow may take to answer on a busy machine.
const startLimit = 90 * time.Second

// ready waits until try succeeds, or the process ends.
func (p *process) ready(ctx context.Context, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	answered := make(chan error, 1)
	go func() { answered <- try(ctx) }()
	select {
	case err := <-answered:
		return err
	case end := <-p.ended:
		p.ended <- end
		return fmt.Errorf("fakesnow ended before it answered: %w", errors.Join(errors.New("see its log"), end))
	}
}

// stop ends fakesnow and waits until it is gone.
func (p *process) stop() {
	_ = p.input.Close()
	<-p.ended
}
