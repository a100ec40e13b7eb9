package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(process()) }

// process runs the program with what the process has. The first interrupt lets
// the verb stop after a whole file; a second one ends the process at once.
func process() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return run(ctx, os.Args[1:], stdio{out: os.Stdout, err: os.Stderr, lookupEnv: os.LookupEnv, environ: os.Environ})
}
