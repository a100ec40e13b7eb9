package state

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
)

// Config is where the bucket is and who asks.
type Config struct {
	AWS      aws.Config
	Settings settings.Settings
	// Account is the account that owns the bucket.
	Account string
	// Now gives the time that the age of a lock is measured by; the clock where
	// it is nil.
	Now func() time.Time
	// Rand gives the word that a holder knows its lock by; crypto/rand where it
	// is nil.
	Rand io.Reader
}

// Bucket is the bucket of one pipeline in one environment. It may be used by
// several goroutines.
type Bucket struct {
	client  *s3.Client
	c       Config
	name    string
	host    string
	pid     int
	ctx     context.Context // of ledger and lock, whose calls take none; never ends
	mu      sync.Mutex
	ensured bool
}

// Open gives the bucket without asking for it.
func Open(ctx context.Context, c Config) (*Bucket, error) {
	if c.Settings.DeployBucket == "" || c.Settings.Region == "" || c.Account == "" {
		return nil, errors.New("the name of the bucket for the ledger needs " + settings.Path + " and the number of the AWS account")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("the name of this machine: %w", err)
	}
	c.AWS.Region = c.Settings.Region
	client := s3.NewFromConfig(c.AWS, func(o *s3.Options) { o.UsePathStyle = o.BaseEndpoint != nil })
	name := c.Settings.DeployBucket + "-" + c.Account + "-" + c.Settings.Region
	return &Bucket{client: client, c: c, name: name, host: host, pid: os.Getpid(), ctx: context.WithoutCancel(ctx)}, nil
}

// Bucket is its name.
func (b *Bucket) Bucket() string { return b.name }

func (b *Bucket) owner() *string { return &b.c.Account }

// URL is where an object is, in the form that CloudFormation takes.
func (b *Bucket) URL(key string) string {
	if endpoint := b.client.Options().BaseEndpoint; endpoint != nil {
		return strings.TrimSuffix(*endpoint, "/") + "/" + b.name + "/" + key
	}
	suffix := "amazonaws.com"
	if strings.HasPrefix(b.c.Settings.Region, "cn-") {
		suffix += ".cn"
	}
	return "https://s3." + b.c.Settings.Region + "." + suffix + "/" + b.name + "/" + key
}

// Get reads an object. Where there is none, or no bucket, it says so.
func (b *Bucket) Get(ctx context.Context, key string) ([]byte, bool, error) {
	data, _, err := b.read(ctx, key)
	return data, err == nil && data != nil, err
}

// read gives an object and its tag; nil where there is none.
func (b *Bucket) read(ctx context.Context, key string) ([]byte, string, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key, ExpectedBucketOwner: b.owner()})
	if isCode(err, "NoSuchKey", "NoSuchBucket", "NotFound") {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", b.fail("reading "+key, err)
	}
	defer out.Body.Close()
	data, err := io.ReadAll(out.Body)
	if err != nil {
		return nil, "", b.fail("reading "+key, err)
	}
	if data == nil {
		data = []byte{}
	}
	return data, aws.ToString(out.ETag), nil
}

// Put writes an object, and makes the bucket where there is none.
func (b *Bucket) Put(ctx context.Context, key string, data []byte) error {
	if err := b.Ensure(ctx); err != nil {
		return err
	}
	_, err := b.client.PutObject(ctx, b.put(key, data))
	return b.fail("writing "+key, err)
}

func (b *Bucket) put(key string, data []byte) *s3.PutObjectInput {
	kind := "application/octet-stream"
	if strings.HasSuffix(key, ".json") {
		kind = "application/json"
	}
	return &s3.PutObjectInput{Bucket: &b.name, Key: &key, Body: bytes.NewReader(data), ContentType: &kind, ExpectedBucketOwner: b.owner()}
}

// PutTemplate writes a template and says where it is.
func (b *Bucket) PutTemplate(ctx context.Context, key string, data []byte) (string, error) {
	return b.URL(key), b.Put(ctx, key, data)
}

// Delete takes an object away, whether it is there or not. Earlier versions of
// it stay for a month.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key, ExpectedBucketOwner: b.owner()})
	if isCode(err, "NoSuchBucket", "NoSuchKey") {
		return nil
	}
	return b.fail("deleting "+key, err)
}

// Exists reports whether the bucket is there.
func (b *Bucket) Exists(ctx context.Context) (bool, error) {
	_, err := b.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.name, ExpectedBucketOwner: b.owner()})
	if isStatus(err, http.StatusNotFound) {
		return false, nil
	}
	return err == nil, b.fail("looking for it", err)
}

// fail says which bucket it is about and, where it can be told, why.
func (b *Bucket) fail(doing string, err error) error {
	if err == nil {
		return nil
	}
	hint := ""
	if isStatus(err, http.StatusForbidden) {
		hint = fmt.Sprintf("; the bucket is not of account %s, or this role may not do that with it", b.c.Account)
	}
	return fmt.Errorf("bucket %s, %s: %w%s", b.name, doing, err, hint)
}

// isCode reports whether AWS answered with one of the codes.
func isCode(err error, codes ...string) bool {
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return false
	}
	for _, code := range codes {
		if answer.ErrorCode() == code {
			return true
		}
	}
	return false
}

func isStatus(err error, status int) bool {
	var answer *smithyhttp.ResponseError
	return errors.As(err, &answer) && answer.HTTPStatusCode() == status
}
