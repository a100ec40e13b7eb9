package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/sandbox"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: run PIPELINE OUT\n\nPIPELINE: folder with a tapestry.yaml; OUT: folder for env.sh")
		os.Exit(2)
	}
	if err := run(ctx, os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, pipeline, out string) error {
	env := map[string]string{}
	if data, err := os.ReadFile(filepath.Join(pipeline, ".env")); err == nil {
		if env, err = dotenv.Parse(data); err != nil {
			return err
		}
	}
	r := compiler.Compile(os.DirFS(pipeline), "tapestry.yaml", compiler.Options{Env: env})
	if r.Diagnostics.HasErrors() {
		return fmt.Errorf("%s has mistakes: tapestry-ci validate %s", pipeline, pipeline)
	}
	out, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o700); err != nil {
		return err
	}
	tools, err := judge.Installed("fakes")
	if err != nil {
		return err
	}
	s, err := sandbox.New(ctx, sandbox.Options{Artifacts: r.Artifacts, Tools: tools, Dir: out})
	if err != nil {
		return err
	}
	file := filepath.Join(out, "env.sh")
	if err := os.WriteFile(file, []byte(s.Exports()), 0o600); err != nil {
		return errors.Join(err, s.Close())
	}
	fmt.Printf("The stand-ins for AWS, Snowflake, Airbyte and the image registry are up, for %s. In another terminal:\n\n  source %s\n  go run ./cmd/tapestry-ci plan %s --target aws\n\nCtrl-C ends them and forgets everything.\n", pipeline, file, pipeline)
	<-ctx.Done()
	fmt.Println("\nended")
	return errors.Join(s.Close(), os.Remove(file))
}
