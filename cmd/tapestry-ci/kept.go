package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/report"
)

// keep stores a plan with the ledger when its apply begins, so that another
// machine can go on with what is left of it.
func (d *deployment) keep(ctx context.Context, plan *deploy.Plan) error {
	if d.aws != nil {
		return d.aws.Keep(ctx, plan)
	}
	file := d.keptFile(plan.Digest)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return writeBeside(file, func(w io.Writer) error { return report.WriteJSON(w, plan) })
}

// kept gives the plan of a digest, or nil where it was not kept.
func (d *deployment) kept(ctx context.Context, digest string) (*deploy.Plan, error) {
	if d.aws != nil {
		return d.aws.Kept(ctx, digest)
	}
	data, err := os.ReadFile(d.keptFile(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var plan deploy.Plan
	if err := json.Unmarshal(data, &plan); err != nil {
		return nil, fmt.Errorf("%s is not a plan: %w", d.keptFile(digest), err)
	}
	return &plan, nil
}

func (d *deployment) keptFile(digest string) string {
	return filepath.Join(d.state, "plans", strings.TrimPrefix(digest, "sha256:")+".json")
}
