package awstarget

import "context"

// appliedKey is where the bucket keeps what was applied last, as the local target
// reads it. It holds no rows and no secrets.
const appliedKey = "applied/pipeline.json"

// Applied gives the pipeline that was applied last, for the preview of the next
// plan; nil where none was, or it was taken down.
func (t *Target) Applied(ctx context.Context) ([]byte, error) {
	data, ok, err := t.bucket.Get(ctx, appliedKey)
	if err != nil || !ok || len(data) == 0 {
		return nil, err
	}
	return data, nil
}

// KeepApplied stores what was applied; nothing where it was taken down.
func (t *Target) KeepApplied(ctx context.Context, pipeline []byte) error {
	return t.bucket.Put(ctx, appliedKey, pipeline)
}
