package cloudformation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// leftover is a bucket that an earlier stack left behind, under the name that
// the new stack's bucket will have.
type leftover struct {
	id, name string
	base     string // the part of the name that target.json has
	taken    bool   // it belongs to another account
}

// leftovers looks for buckets of an earlier stack. CloudFormation would take them
// up by itself only if their names stood in the template as they are, and those
// have the account and the region in them.
func (all *pipeline) leftovers(ctx context.Context, s *stack) ([]leftover, error) {
	if len(s.Buckets) == 0 {
		return nil, nil
	}
	who, err := all.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, fmt.Errorf("asking whose account this is: %w", err)
	}
	var found []leftover
	for _, b := range s.Buckets {
		name := b.Name + "-" + aws.ToString(who.Account) + "-" + all.Region
		_, err := all.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &name, ExpectedBucketOwner: who.Account})
		switch {
		case isStatus(err, http.StatusNotFound):
		case isStatus(err, http.StatusForbidden):
			found = append(found, leftover{b.ID, name, b.Name, true})
		case err != nil:
			return nil, fmt.Errorf("looking for bucket %s: %w", name, err)
		default:
			found = append(found, leftover{b.ID, name, b.Name, false})
		}
	}
	return found, nil
}

func isStatus(err error, status int) bool {
	var answer *smithyhttp.ResponseError
	return errors.As(err, &answer) && answer.HTTPStatusCode() == status
}

// adopting says in a plan which buckets are taken up.
func adopting(c *deploy.Change, found []leftover) {
	for _, l := range found {
		if l.taken {
			c.Action, c.Reason = deploy.Blocked, fmt.Sprintf("bucket %s is there and this role may not look at it: it belongs to another account, or its policy shuts the role out", l.name)
			c.Next = "Give the pipeline another name, or give the role s3:ListBucket on the bucket"
			continue
		}
		c.Fields = append(c.Fields, deploy.FieldChange{Path: l.id + " (AWS::S3::Bucket)", Before: l.name + " is there from an earlier stack", After: "taken up with all that it holds"})
	}
}

// importing is the request that begins a stack with the buckets that are there.
// Nothing but what is taken up may be in the template of an import: the rest
// comes with the change set after it.
func (w *work) importing(ctx context.Context, found []leftover) (request, error) {
	resources := map[string]any{}
	r := request{kind: types.ChangeSetTypeImport}
	// A name is written as the template has it: another way of saying the same
	// would look like another bucket.
	add := func(id, typ, key, name string, properties map[string]any) {
		resources[id] = map[string]any{"Type": typ, "DeletionPolicy": "Retain", "Properties": properties}
		r.imports = append(r.imports, types.ResourceToImport{LogicalResourceId: &id, ResourceType: &typ, ResourceIdentifier: map[string]string{key: name}})
	}
	for _, l := range found {
		if l.taken {
			return r, fmt.Errorf("bucket %s belongs to another account: give the pipeline another name", l.name)
		}
		add(l.id, "AWS::S3::Bucket", "BucketName", l.name, map[string]any{"BucketName": map[string]string{"Fn::Sub": l.base + "-${AWS::AccountId}-${AWS::Region}"}})
		policy, err := w.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &l.name})
		if isCode(err, "NoSuchBucketPolicy") {
			continue
		}
		if err != nil {
			return r, fmt.Errorf("reading the policy of bucket %s: %w", l.name, err)
		}
		add(l.id+"Policy", "AWS::S3::BucketPolicy", "Bucket", l.name, map[string]any{"Bucket": map[string]string{"Ref": l.id}, "PolicyDocument": json.RawMessage(aws.ToString(policy.Policy))})
	}
	body, err := json.Marshal(map[string]any{"Resources": resources})
	r.body = string(body)
	return r, err
}
