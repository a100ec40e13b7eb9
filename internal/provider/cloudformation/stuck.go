package cloudformation

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// keepers are types of resources that data is in. A bucket's contents can be
// looked at, those of the others not.
var keepers = []string{"AWS::RDS::DBInstance", "AWS::EC2::Volume", "AWS::ElastiCache::ReplicationGroup"}

// holding lists what data may be in of a stack that can only be deleted.
func (cl clients) holding(ctx context.Context, stack string) ([]string, error) {
	resources, err := cl.resources(ctx, stack)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, r := range resources {
		name := aws.ToString(r.PhysicalResourceId)
		if name == "" || r.ResourceStatus == types.ResourceStatusDeleteComplete || r.ResourceStatus == types.ResourceStatusCreateFailed {
			continue
		}
		full := slices.Contains(keepers, aws.ToString(r.ResourceType))
		if aws.ToString(r.ResourceType) == "AWS::S3::Bucket" {
			if full, err = cl.full(ctx, name); err != nil {
				return nil, err
			}
		}
		if full {
			all = append(all, fmt.Sprintf("%s (%s %s)", aws.ToString(r.LogicalResourceId), aws.ToString(r.ResourceType), name))
		}
	}
	slices.Sort(all)
	return all, nil
}

// resources lists what a stack has, and had.
func (cl clients) resources(ctx context.Context, stack string) ([]types.StackResourceSummary, error) {
	var all []types.StackResourceSummary
	pages := cloudformation.NewListStackResourcesPaginator(cl.cfn, &cloudformation.ListStackResourcesInput{StackName: &stack})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing the resources of stack %s: %w", stack, err)
		}
		all = append(all, page.StackResourceSummaries...)
	}
	return all, nil
}

// full reports whether a bucket has any object.
func (cl clients) full(ctx context.Context, bucket string) (bool, error) {
	out, err := cl.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket, MaxKeys: aws.Int32(1)})
	if isCode(err, "NoSuchBucket") {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking into bucket %s: %w", bucket, err)
	}
	return len(out.Contents) > 0, nil
}

// replacing says that a stack which can only be deleted is made anew, unless it
// holds data.
func (all *pipeline) replacing(ctx context.Context, s *stack, c *deploy.Change) error {
	data, err := all.holding(ctx, s.Stack.Stack)
	if err != nil {
		return err
	}
	c.Action, c.Risk = deploy.Replace, deploy.Disruptive
	c.Reason = fmt.Sprintf("it is %s and can only be deleted and made anew%s", s.live.StackStatus, because(s.live))
	if len(data) > 0 {
		c.Action, c.Reason = deploy.Blocked, c.Reason+"; it may hold data: "+strings.Join(data, ", ")
		c.Next = fmt.Sprintf("Save what is in there, and then delete the stack yourself: aws cloudformation delete-stack --stack-name %s --region %s. Buckets stay, and are taken up by the stack that is made then", s.Stack.Stack, all.Region)
	}
	return nil
}

func because(live *types.Stack) string {
	if reason := clean(live.StackStatusReason); reason != "" {
		return " (" + strings.TrimSuffix(reason, ".") + ")"
	}
	return ""
}

// rollbackChange goes on with a rollback that got stuck. Such a stack is never
// deleted: it works, and holds data.
func (all *pipeline) rollbackChange(s *stack) deploy.Change {
	c := all.change(s, kindRollback, digest("rollback", s.Stack.Stack))
	c.Action, c.Risk = deploy.Update, deploy.Disruptive
	c.Reason = fmt.Sprintf("it is %s%s; nothing can be changed before the rollback is through", s.live.StackStatus, because(s.live))
	c.Provides = slices.Clone(s.artifact.Provides)
	return c
}

// rollback goes on with a rollback that got stuck.
func (w *work) rollback(ctx context.Context) error {
	for {
		if err := w.refresh(ctx); err != nil {
			return err
		}
		c := stateOf(w.stack.live)
		if c == settled || c == absent {
			return nil
		}
		if c.busy() {
			if err := w.wait(ctx); err != nil {
				return err
			}
			continue
		}
		if c != rollbackFailed {
			return w.failed(ctx, w.stack.live, "Make a new plan: it says what can be done")
		}
		stack := aws.ToString(w.stack.live.StackId)
		last, err := w.newest(ctx, stack)
		if err != nil {
			return err
		}
		if _, err := w.cfn.ContinueUpdateRollback(ctx, &cloudformation.ContinueUpdateRollbackInput{StackName: &stack, RoleARN: w.p.role()}); err != nil {
			return fmt.Errorf("going on with the rollback of stack %s: %w", w.stack.Stack.Stack, err)
		}
		live, err := w.follow(ctx, stack, last, true)
		if err != nil {
			return err
		}
		if stateOf(live) == rollbackFailed {
			return w.failed(ctx, live, "Put right what it says, so that the resource can go back to what it was, and apply again")
		}
	}
}

// whoIsAtIt says since when and by whose request a stack is being changed.
func (all *pipeline) whoIsAtIt(ctx context.Context, s *stack) (string, error) {
	out, err := all.cfn.DescribeStackEvents(ctx, &cloudformation.DescribeStackEventsInput{StackName: s.live.StackId})
	if err != nil {
		return "", fmt.Errorf("reading the events of stack %s: %w", s.Stack.Stack, err)
	}
	text := fmt.Sprintf("stack %s is %s", s.Stack.Stack, s.live.StackStatus)
	for _, e := range out.StackEvents {
		if aws.ToString(e.LogicalResourceId) == s.Stack.Stack && slices.Contains(beginnings, e.ResourceStatus) {
			text += " since " + aws.ToTime(e.Timestamp).UTC().Format("2006-01-02 15:04:05 UTC")
			if token := aws.ToString(e.ClientRequestToken); strings.HasPrefix(token, changeSetPrefix) {
				text += ", begun by an apply of this program"
			} else if token != "" {
				text += ", by request " + token
			}
			break
		}
	}
	return text + ": an apply waits until that is done", nil
}
