package state

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

const (
	lockKey = "lock.json"
	// staleAfter is how old a lock is that nobody can still hold: a job of GitHub
	// ends after six hours.
	staleAfter = 8 * time.Hour
)

// Lock is the lock of the bucket.
func (b *Bucket) Lock() deploy.Lock { return lock{b} }

type lock struct{ b *Bucket }

// held is what is in the object. Word is the holder's own, so that two of one
// name at one time are told apart.
type held struct {
	deploy.Holder
	Word string `json:"word"`
}

// Acquire takes the lock, or returns a *deploy.Held.
func (l lock) Acquire(owner string, now time.Time) (func() error, error) {
	if err := l.b.Ensure(l.b.ctx); err != nil {
		return nil, err
	}
	word := make([]byte, 12)
	if _, err := io.ReadFull(l.b.c.Rand, word); err != nil {
		return nil, fmt.Errorf("taking the lock: %w", err)
	}
	mine := held{deploy.Holder{Owner: owner, Host: l.b.host, PID: l.b.pid, Since: now}, hex.EncodeToString(word)}
	data, err := json.Marshal(mine)
	if err != nil {
		return nil, err
	}
	// Where the lock goes away between the write and the look at its holder, it
	// is tried for again.
	for range attempts {
		_, ok, err := l.b.write(l.b.ctx, lockKey, data, condition{})
		if err != nil {
			return nil, err
		}
		if ok {
			return func() error { return l.release(mine.Word) }, nil
		}
		holder, err := l.Holder()
		if err != nil {
			return nil, err
		}
		if holder != nil {
			return nil, &deploy.Held{Holder: *holder, Age: now.Sub(holder.Since)}
		}
	}
	return nil, errors.New("taking the lock: others take it and give it back all the time; try again")
}

// release takes the lock away, unless someone broke it and took it.
func (l lock) release(word string) error {
	h, etag, err := l.read()
	if err != nil || h == nil || h.Word != word {
		return err
	}
	return l.remove(etag)
}

// remove deletes the lock with that tag. One that is gone, or another's by now,
// is not its business.
func (l lock) remove(etag string) error {
	in := &s3.DeleteObjectInput{Bucket: &l.b.name, Key: aws.String(lockKey), IfMatch: &etag, ExpectedBucketOwner: l.b.owner()}
	_, err := l.b.client.DeleteObject(l.b.ctx, in)
	if isCode(err, "PreconditionFailed", "NoSuchKey", "NoSuchBucket") {
		return nil
	}
	return l.b.fail("giving the lock back", err)
}

// Holder reads who holds the lock.
func (l lock) Holder() (*deploy.Holder, error) {
	h, _, err := l.read()
	if err != nil || h == nil {
		return nil, err
	}
	sameHost := h.Host == l.b.host
	h.Stale = sameHost && gone(h.PID) || l.b.c.Now().Sub(h.Since) > staleAfter
	return &h.Holder, nil
}

func (l lock) read() (*held, string, error) {
	data, etag, err := l.b.read(l.b.ctx, lockKey)
	if err != nil || data == nil {
		return nil, "", err
	}
	var h held
	if err := json.Unmarshal(data, &h); err != nil {
		return nil, "", fmt.Errorf("%s in bucket %s is not a lock: %w", lockKey, l.b.name, err)
	}
	return &h, etag, nil
}

// gone reports whether no process of this machine has that number.
func gone(pid int) bool {
	return pid > 0 && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// Break removes the lock, whoever holds it.
func (l lock) Break() error { return l.b.Delete(l.b.ctx, lockKey) }
