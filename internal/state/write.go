package state

import (
	"bytes"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// condition is what an object must be for it to be written: not there where
// etag is empty, else the version that has that tag.
type condition struct{ etag string }

// attempts is how often a write is tried that S3 could not decide on, since
// another was on its way.
const attempts = 5

// write writes an object where the condition holds, and gives its new tag; ok
// is false where it does not hold. data must be unlike what anybody else would
// write: an answer that was lost, so that the call is made again and refused, is
// told from somebody else's object by its content.
func (b *Bucket) write(ctx context.Context, key string, data []byte, c condition) (etag string, ok bool, err error) {
	in := b.put(key, nil)
	if c.etag == "" {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = aws.String(c.etag)
	}
	for range attempts {
		in.Body = bytes.NewReader(data)
		out, putErr := b.client.PutObject(ctx, in)
		if putErr == nil {
			return aws.ToString(out.ETag), true, nil
		}
		if isCode(putErr, "ConditionalRequestConflict") {
			err = putErr
			continue
		}
		if !isCode(putErr, "PreconditionFailed", "NoSuchKey") {
			return "", false, b.fail("writing "+key, putErr)
		}
		there, tag, err := b.read(ctx, key)
		return tag, err == nil && there != nil && bytes.Equal(there, data), err
	}
	return "", false, b.fail("writing "+key, err)
}
