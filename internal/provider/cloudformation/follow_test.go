package cloudformation

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// script answers each look at a stack with what comes next in it, and with the
// last again when there is no more.
type script struct {
	statuses []string // of the stack, one a look
	events   []int    // how many of happens are told, one a look
	happens  []string // LogicalId STATUS, the oldest first
	looked   int
	told     int

	operations string // what DescribeEvents answers
}

const scripted = "arn:aws:cloudformation:eu-central-1:123456789012:stack/s/1"

func (s *script) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	action, answer := form.Get("Action"), ""
	switch action {
	case "DescribeStacks":
		status := s.statuses[min(s.looked, len(s.statuses)-1)]
		s.looked++
		answer = fmt.Sprintf("<Stacks><member><StackName>s</StackName><StackId>%s</StackId><StackStatus>%s</StackStatus></member></Stacks>", scripted, status)
	case "DescribeStackEvents":
		n := s.events[min(s.told, len(s.events)-1)]
		s.told++
		answer = "<StackEvents>"
		for i := n - 1; i >= 0; i-- {
			id, status, _ := strings.Cut(s.happens[i], " ")
			typ := "AWS::S3::Bucket"
			if id == "s" {
				typ = "AWS::CloudFormation::Stack"
			}
			answer += fmt.Sprintf("<member><EventId>%d</EventId><StackName>s</StackName><StackId>%s</StackId><LogicalResourceId>%s</LogicalResourceId><ResourceType>%s</ResourceType><ResourceStatus>%s</ResourceStatus></member>", i, scripted, id, typ, status)
		}
		answer += "</StackEvents>"
	case "DescribeEvents":
		if answer = s.operations; answer == "" {
			return &http.Response{StatusCode: http.StatusForbidden, Body: io.NopCloser(strings.NewReader("<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>")), Request: r}, nil
		}
	default:
		return nil, fmt.Errorf("the script has no %s", action)
	}
	text := fmt.Sprintf("<%sResponse><%[1]sResult>%s</%[1]sResult></%[1]sResponse>", action, answer)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/xml"}}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

// following is the work of one stack against a script, with a clock that moves by
// a minute a pause.
func following(s *script) *work {
	now := time.Unix(0, 0)
	p := New(Config{AWS: aws.Config{HTTPClient: s, Credentials: aws.AnonymousCredentials{}}, Now: func() time.Time { return now }, Poll: time.Nanosecond,
		Wait: func(context.Context, time.Duration) error { now = now.Add(time.Minute); return nil }})
	return &work{p: p, clients: p.clients("eu-central-1"), stack: &stack{Stack: settings.Stack{Stack: "s"}}, say: deploy.Progress(func(string) {})}
}

// What a stack is and what it says of itself come with two answers, each of which
// may be from a moment ago.
func TestFollowToTheEnd(t *testing.T) {
	happens := []string{"s UPDATE_COMPLETE", "s UPDATE_IN_PROGRESS", "Bucket UPDATE_FAILED", "s UPDATE_ROLLBACK_IN_PROGRESS", "s UPDATE_ROLLBACK_COMPLETE"}
	before := mark{id: "0", own: types.ResourceStatusUpdateComplete}
	for name, c := range map[string]struct {
		statuses []string
		events   []int
		at       mark
		began    bool
		want     string
		looks    int
	}{
		"it says nothing yet":                         {[]string{"UPDATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}, []int{1, 1, 5}, before, true, "UPDATE_ROLLBACK_COMPLETE", 3},
		"the status is from before, the events not":   {[]string{"UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"}, []int{2, 3, 5}, before, true, "UPDATE_ROLLBACK_COMPLETE", 3},
		"the events end, the status is from before":   {[]string{"UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}, []int{5}, before, true, "UPDATE_ROLLBACK_COMPLETE", 2},
		"the status is the end, the events lag":       {[]string{"UPDATE_ROLLBACK_COMPLETE"}, []int{1, 2, 3, 5}, before, true, "UPDATE_ROLLBACK_COMPLETE", 4},
		"events of a resource alone are no beginning": {[]string{"UPDATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}, []int{3, 3, 5}, mark{id: "1"}, true, "UPDATE_ROLLBACK_COMPLETE", 3},
		"somebody else's, which ends":                 {[]string{"UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"}, []int{2, 5}, mark{id: "1", own: types.ResourceStatusUpdateInProgress}, false, "UPDATE_ROLLBACK_COMPLETE", 2},
		"somebody else's, read from before":           {[]string{"UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}, []int{2, 5}, mark{id: "1", own: types.ResourceStatusUpdateInProgress}, false, "UPDATE_ROLLBACK_COMPLETE", 2},
		"they never agree":                            {[]string{"UPDATE_ROLLBACK_COMPLETE"}, []int{4}, before, true, "UPDATE_ROLLBACK_COMPLETE", 4},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{statuses: c.statuses, events: c.events, happens: happens}
			live, err := following(s).follow(t.Context(), scripted, c.at, c.began)
			require.NoError(t, err)
			require.Equal(t, c.want, string(live.StackStatus))
			require.Equal(t, c.looks, s.looked)
		})
	}
}

// That a change set waits for its review is no beginning of what it does.
func TestReviewIsNoBeginning(t *testing.T) {
	s := &script{statuses: []string{"REVIEW_IN_PROGRESS", "REVIEW_IN_PROGRESS", "CREATE_COMPLETE"}, events: []int{1, 1, 3},
		happens: []string{"s REVIEW_IN_PROGRESS", "s CREATE_IN_PROGRESS", "s CREATE_COMPLETE"}}
	live, err := following(s).follow(t.Context(), scripted, mark{}, true)
	require.NoError(t, err)
	require.Equal(t, types.StackStatusCreateComplete, live.StackStatus)
}
