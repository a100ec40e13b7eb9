package awstarget

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Keep stores a plan beside the ledger when its apply begins, so that another
// machine can go on with what is left of it.
func (t *Target) Keep(ctx context.Context, plan *deploy.Plan) error {
	data, err := json.Marshal(plan)
	if err != nil {
		return err
	}
	return t.bucket.Put(ctx, keptKey(plan.Digest), data)
}

// Kept gives the plan of a digest, or nil where it was not kept.
func (t *Target) Kept(ctx context.Context, digest string) (*deploy.Plan, error) {
	data, ok, err := t.bucket.Get(ctx, keptKey(digest))
	if err != nil || !ok {
		return nil, err
	}
	var plan deploy.Plan
	if err := json.Unmarshal(data, &plan); err != nil {
		return nil, fmt.Errorf("%s in the bucket is not a plan: %w", keptKey(digest), err)
	}
	return &plan, nil
}

func keptKey(digest string) string {
	return "plans/" + strings.TrimPrefix(digest, "sha256:") + ".json"
}
