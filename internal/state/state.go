package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
)

// Config says whose state it is.
type Config struct {
	AWS      aws.Config
	Settings settings.Settings
	Account  string
}

// State is the bucket. It is safe for use by several goroutines.
type State struct {
	s3     *s3.Client
	bucket string
	region string
	tags   []settings.Tag
	owner  string
	base   *string // of another end point than AWS's own
}

// Open gives the bucket's handle. Nothing is asked of S3 yet.
func Open(c Config) *State {
	client := s3.NewFromConfig(c.AWS, func(o *s3.Options) { o.UsePathStyle = o.BaseEndpoint != nil })
	return &State{s3: client, bucket: c.Settings.DeployBucket + "-" + c.Account + "-" + c.Settings.Region, region: c.Settings.Region,
		tags: c.Settings.Tags, owner: c.Account, base: client.Options().BaseEndpoint}
}

// Bucket is the bucket's name.
func (s *State) Bucket() string { return s.bucket }

// Exists reports whether the bucket is there and ours.
func (s *State) Exists(ctx context.Context) (bool, error) {
	_, err := s.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &s.bucket, ExpectedBucketOwner: &s.owner})
	switch code := status(err); {
	case err == nil:
		return true, nil
	case code == http.StatusNotFound:
		return false, nil
	case code == http.StatusForbidden:
		return false, fmt.Errorf("bucket %s belongs to another account, or this role may not see it: %w", s.bucket, err)
	}
	return false, fmt.Errorf("looking for bucket %s: %w", s.bucket, err)
}

// Ensure makes the bucket where it is not there, and sets what it has to be:
// private, encrypted, with old versions kept. Doing it again changes nothing.
func (s *State) Ensure(ctx context.Context) error {
	create := &s3.CreateBucketInput{Bucket: &s.bucket}
	if s.region != "us-east-1" { // there, S3 refuses to be told so
		create.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(s.region)}
	}
	_, err := s.s3.CreateBucket(ctx, create)
	if owned := (*types.BucketAlreadyOwnedByYou)(nil); err != nil && !errors.As(err, &owned) {
		return fmt.Errorf("making bucket %s: %w", s.bucket, err)
	}
	for _, step := range []func(context.Context) error{s.private, s.encrypted, s.versioned, s.tagged} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("setting up bucket %s: %w", s.bucket, err)
		}
	}
	return nil
}

func (s *State) private(ctx context.Context) error {
	yes := aws.Bool(true)
	_, err := s.s3.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{Bucket: &s.bucket, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: yes, BlockPublicPolicy: yes, IgnorePublicAcls: yes, RestrictPublicBuckets: yes}})
	return err
}

func (s *State) encrypted(ctx context.Context) error {
	_, err := s.s3.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{Bucket: &s.bucket, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
		Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256}}}}})
	return err
}

func (s *State) versioned(ctx context.Context) error {
	_, err := s.s3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: &s.bucket, VersioningConfiguration: &types.VersioningConfiguration{
		Status: types.BucketVersioningStatusEnabled}})
	return err
}

func (s *State) tagged(ctx context.Context) error {
	set := []types.Tag{}
	for _, t := range s.tags {
		set = append(set, types.Tag{Key: aws.String(t.Key), Value: aws.String(t.Value)})
	}
	if len(set) == 0 {
		return nil
	}
	_, err := s.s3.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: &s.bucket, Tagging: &types.Tagging{TagSet: set}})
	return err
}

// Get reads an object. No object, or no bucket, is no error.
func (s *State) Get(ctx context.Context, key string) ([]byte, bool, error) {
	data, _, err := s.read(ctx, key)
	return data, data != nil, err
}

// read also gives the object's ETag.
func (s *State) read(ctx context.Context, key string) ([]byte, string, error) {
	answer, err := s.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: &key, ExpectedBucketOwner: &s.owner})
	if status(err) == http.StatusNotFound {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("reading %s in bucket %s: %w", key, s.bucket, err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, "", fmt.Errorf("reading %s in bucket %s: %w", key, s.bucket, err)
	}
	if data == nil {
		data = []byte{}
	}
	return data, aws.ToString(answer.ETag), nil
}

// Put writes an object, whatever was there.
func (s *State) Put(ctx context.Context, key string, data []byte) error {
	_, err := s.write(ctx, &s3.PutObjectInput{Key: &key}, data)
	return err
}

// errChanged says that an object is not as it was when it was read.
var errChanged = errors.New("someone else wrote it in the meantime")

// create writes an object where there is none. It gives the ETag.
func (s *State) create(ctx context.Context, key string, data []byte) (string, error) {
	return s.write(ctx, &s3.PutObjectInput{Key: &key, IfNoneMatch: aws.String("*")}, data)
}

// replace writes an object that still has the ETag was.
func (s *State) replace(ctx context.Context, key, was string, data []byte) (string, error) {
	return s.write(ctx, &s3.PutObjectInput{Key: &key, IfMatch: &was}, data)
}

func (s *State) write(ctx context.Context, in *s3.PutObjectInput, data []byte) (string, error) {
	in.Bucket, in.ExpectedBucketOwner, in.Body = &s.bucket, &s.owner, bytes.NewReader(data)
	answer, err := s.s3.PutObject(ctx, in)
	if err == nil {
		return aws.ToString(answer.ETag), nil
	}
	key := aws.ToString(in.Key)
	code := status(err)
	if code != http.StatusPreconditionFailed && code != http.StatusConflict {
		return "", fmt.Errorf("writing %s in bucket %s: %w", key, s.bucket, err)
	}
	// Where the reply of a first try was lost, the second is refused although it
	// was ours that went through.
	there, tag, err := s.read(ctx, key)
	if err == nil && bytes.Equal(there, data) {
		return tag, nil
	}
	return "", errors.Join(fmt.Errorf("writing %s in bucket %s: %w", key, s.bucket, errChanged), err)
}

// Delete takes an object away. No object is no error.
func (s *State) Delete(ctx context.Context, key string) error {
	_, err := s.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: &key, ExpectedBucketOwner: &s.owner})
	if err != nil && status(err) != http.StatusNotFound {
		return fmt.Errorf("deleting %s in bucket %s: %w", key, s.bucket, err)
	}
	return nil
}

// PutTemplate writes a template and gives the address by which CloudFormation
// reads it.
func (s *State) PutTemplate(ctx context.Context, key string, data []byte) (string, error) {
	return s.address(key), s.Put(ctx, key, data)
}

func (s *State) address(key string) string {
	path := "/" + s.bucket + "/" + (&url.URL{Path: key}).EscapedPath()
	if s.base != nil {
		return strings.TrimSuffix(*s.base, "/") + path
	}
	return "https://s3." + s.region + ".amazonaws.com" + path
}

// keys lists the keys below a prefix, in their order.
func (s *State) keys(ctx context.Context, prefix string) ([]string, error) {
	var keys []string
	pages := s3.NewListObjectsV2Paginator(s.s3, &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: &prefix, ExpectedBucketOwner: &s.owner})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if status(err) == http.StatusNotFound {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("listing %s in bucket %s: %w", prefix, s.bucket, err)
		}
		for _, object := range page.Contents {
			keys = append(keys, aws.ToString(object.Key))
		}
	}
	return keys, nil
}

// status is the HTTP status of an answer that is an error, or 0.
func status(err error) int {
	if answer := (*awshttp.ResponseError)(nil); errors.As(err, &answer) {
		return answer.HTTPStatusCode()
	}
	return 0
}
