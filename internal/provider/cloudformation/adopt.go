package cloudformation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/cloudformation/stackdiff"
)

// leftover is a bucket that an earlier stack left behind, under the name that
// the new stack's bucket will have.
type leftover struct {
	id, name string
	base     string // the part of the name that target.json has
	taken    bool   // it belongs to another account
}

// leftovers looks for buckets that come with a change of the stack and are there
// already: of an earlier stack, or of this one before they left it. CloudFormation
// would take them up by itself only if their names stood in the template as they
// are, and those have the account and the region in them.
func (all *pipeline) leftovers(ctx context.Context, s *stack, diff stackdiff.Result) ([]leftover, error) {
	coming := slices.DeleteFunc(slices.Clone(s.Buckets), func(b settings.Bucket) bool { return !comes(diff, b.ID) })
	if len(coming) == 0 {
		return nil, nil
	}
	who, err := all.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, fmt.Errorf("asking whose account this is: %w", err)
	}
	var found []leftover
	for _, b := range coming {
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

func comes(diff stackdiff.Result, id string) bool {
	return slices.ContainsFunc(diff.Resources, func(r stackdiff.Resource) bool { return r.LogicalID == id && r.Action == deploy.Create })
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

// importing is the request that takes up the buckets that are there. It may change
// nothing besides: the template of a new stack has them alone, that of one that is
// there has them added. What else is wanted comes with the change set after it.
func (w *work) importing(ctx context.Context, found []leftover) (request, error) {
	r := request{kind: types.ChangeSetTypeImport}
	var added []string
	add := func(id, typ, key, name string, properties map[string]any) error {
		body, err := json.Marshal(map[string]any{"Type": typ, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Properties": properties})
		added = append(added, fmt.Sprintf("  %s: %s\n", id, body))
		r.imports = append(r.imports, types.ResourceToImport{LogicalResourceId: &id, ResourceType: &typ, ResourceIdentifier: map[string]string{key: name}})
		return err
	}
	for _, l := range found {
		if l.taken {
			return r, fmt.Errorf("bucket %s belongs to another account: give the pipeline another name", l.name)
		}
		// A name is written as the template has it: another way of saying the same
		// would look like another bucket.
		if err := add(l.id, "AWS::S3::Bucket", "BucketName", l.name, map[string]any{"BucketName": map[string]string{"Fn::Sub": l.base + "-${AWS::AccountId}-${AWS::Region}"}}); err != nil {
			return r, err
		}
		policy, err := w.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &l.name})
		if isCode(err, "NoSuchBucketPolicy") {
			continue
		}
		if err != nil {
			return r, fmt.Errorf("reading the policy of bucket %s: %w", l.name, err)
		}
		if err := add(l.id+"Policy", "AWS::S3::BucketPolicy", "Bucket", l.name, map[string]any{"Bucket": map[string]string{"Ref": l.id}, "PolicyDocument": json.RawMessage(aws.ToString(policy.Policy))}); err != nil {
			return r, err
		}
	}
	if stateOf(w.stack.live) == absent {
		return r, w.send(ctx, &r, "Resources:\n"+strings.Join(added, ""))
	}
	for name := range w.stack.given() {
		r.previous = append(r.previous, name)
	}
	slices.Sort(r.previous)
	template, ok := withResources(string(w.stack.before), strings.Join(added, ""))
	if !ok {
		return r, fmt.Errorf("bucket %s is there from an earlier stack and cannot be taken up, since stack %s was made by something else than this program: import it in the console, then make a new plan", found[0].name, w.stack.Stack.Stack)
	}
	return r, w.send(ctx, &r, template)
}

// heading is where resources begin in a template of ours.
const heading = "\nResources:\n"

// withResources adds resources to a template and leaves every other letter of it as
// it is, so that nothing else can look changed.
func withResources(template, added string) (string, bool) {
	before, after, ok := strings.Cut("\n"+template, heading)
	if !ok || !strings.HasPrefix(after, "  ") || strings.HasPrefix(after, "   ") {
		return "", false
	}
	return strings.TrimPrefix(before+heading+added+after, "\n"), true
}
