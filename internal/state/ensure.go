package state

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const (
	// pipelineTag and environmentTag say whose the bucket is.
	pipelineTag    = "tapestry:pipeline"
	environmentTag = "tapestry:environment"
	// oldVersionsDays is how long a version that was written over is kept.
	oldVersionsDays = 30
)

// Ensure makes the bucket where there is none, and finishes one that was left
// half made.
func (b *Bucket) Ensure(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ensured {
		return nil
	}
	there, err := b.Exists(ctx)
	if err != nil {
		return err
	}
	if there {
		if b.ensured, err = b.finished(ctx); err != nil || b.ensured {
			return err
		}
	} else if err := b.create(ctx); err != nil {
		return err
	}
	if err := b.furnish(ctx); err != nil {
		return err
	}
	b.ensured = true
	return nil
}

// finished reports whether the bucket has the tags that are written last, and
// refuses the bucket of another pipeline.
func (b *Bucket) finished(ctx context.Context) (bool, error) {
	out, err := b.client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &b.name, ExpectedBucketOwner: b.owner()})
	if isCode(err, "NoSuchTagSet", "NoSuchTagSetError") {
		return false, nil
	}
	if err != nil {
		return false, b.fail("reading its tags", err)
	}
	has := map[string]string{}
	for _, t := range out.TagSet {
		has[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	s := b.c.Settings
	if p, e := has[pipelineTag], has[environmentTag]; p != "" && (p != s.Pipeline || e != s.Environment) {
		return false, fmt.Errorf("bucket %s is that of pipeline %s in %s: choose another name for this pipeline", b.name, p, e)
	}
	for _, t := range s.Tags {
		if has[t.Key] != t.Value {
			return false, nil
		}
	}
	return len(has) > 0, nil
}

func (b *Bucket) create(ctx context.Context) error {
	in := &s3.CreateBucketInput{Bucket: &b.name, ObjectOwnership: types.ObjectOwnershipBucketOwnerEnforced}
	if region := b.c.Settings.Region; region != "us-east-1" { // which is what no place means, and may not be said
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region)}
	}
	_, err := b.client.CreateBucket(ctx, in)
	if isCode(err, "BucketAlreadyOwnedByYou") { // an answer was lost
		return nil
	}
	if isCode(err, "BucketAlreadyExists") {
		return fmt.Errorf("the bucket name %s is taken by another AWS account: rename the pipeline; nothing was written to that bucket", b.name)
	}
	return b.fail("making it", err)
}

// furnish makes the bucket what it should be. The tags come last: they say that
// all of it is done.
func (b *Bucket) furnish(ctx context.Context) error {
	for _, step := range []struct {
		doing string
		do    func(context.Context) error
	}{
		{"closing it to the public", b.closeToPublic},
		{"encrypting it", b.encrypt},
		{"versioning it", b.version},
		{"asking for TLS", b.demandTLS},
		{"ending old versions", b.endOldVersions},
		{"tagging it", b.tag},
	} {
		if err := step.do(ctx); err != nil {
			return b.fail(step.doing, err)
		}
	}
	return nil
}

func (b *Bucket) closeToPublic(ctx context.Context) error {
	yes := aws.Bool(true)
	_, err := b.client.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{Bucket: &b.name, ExpectedBucketOwner: b.owner(),
		PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{BlockPublicAcls: yes, BlockPublicPolicy: yes, IgnorePublicAcls: yes, RestrictPublicBuckets: yes}})
	return err
}

// encrypt uses the key of S3: the pipeline's own key is made by a stack, after
// the bucket.
func (b *Bucket) encrypt(ctx context.Context) error {
	rule := types.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256}}
	_, err := b.client.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{Bucket: &b.name, ExpectedBucketOwner: b.owner(),
		ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{rule}}})
	return err
}

func (b *Bucket) version(ctx context.Context) error {
	_, err := b.client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: &b.name, ExpectedBucketOwner: b.owner(),
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	return err
}

func (b *Bucket) demandTLS(ctx context.Context) error {
	policy, err := json.Marshal(tlsOnly(b.c.Settings.Region, b.name))
	if err != nil {
		return err
	}
	_, err = b.client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &b.name, ExpectedBucketOwner: b.owner(), Policy: aws.String(string(policy))})
	return err
}

func tlsOnly(region, name string) map[string]any {
	partition := "aws"
	switch {
	case strings.HasPrefix(region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		partition = "aws-us-gov"
	}
	arn := "arn:" + partition + ":s3:::" + name
	return map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Sid": "TLSOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": []string{arn, arn + "/*"},
		"Condition": map[string]any{"Bool": map[string]string{"aws:SecureTransport": "false"}},
	}}}
}

// endOldVersions: the ledger is written again with every step.
func (b *Bucket) endOldVersions(ctx context.Context) error {
	rule := types.LifecycleRule{ID: aws.String("old-versions"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("")},
		NoncurrentVersionExpiration:    &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(oldVersionsDays)},
		AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(oldVersionsDays)}}
	_, err := b.client.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: &b.name, ExpectedBucketOwner: b.owner(),
		LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{rule}}})
	return err
}

func (b *Bucket) tag(ctx context.Context) error {
	var tags []types.Tag
	for _, t := range b.c.Settings.Tags {
		tags = append(tags, types.Tag{Key: aws.String(t.Key), Value: aws.String(t.Value)})
	}
	_, err := b.client.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: &b.name, ExpectedBucketOwner: b.owner(), Tagging: &types.Tagging{TagSet: tags}})
	return err
}
