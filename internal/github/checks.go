package github

import (
	"context"
	"strings"
	"time"

	api "github.com/google/go-github/v60/github"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
)

// maxAnnotations is how many annotations one call may bring; maxSummary and
// maxMessage how many bytes a check run's summary and an annotation may have.
const (
	maxAnnotations = 50
	maxSummary     = 65535
	maxMessage     = 64 << 10
)

// Conclusion is how a check run ends.
type Conclusion string

// The conclusions that are used.
const (
	Success Conclusion = "success"
	Failure Conclusion = "failure"
	Neutral Conclusion = "neutral"
)

// Check is a check run of one commit. Key tells it from those of other runs, such
// as <run id>-<attempt>/<project>.
type Check struct {
	Name, SHA, Key, URL string
}

// CheckResult is what a check run says at its end.
type CheckResult struct {
	Conclusion     Conclusion
	Title, Summary string
	Diagnostics    diag.List
}

// StartCheck opens a check run and gives its id.
func (c *Client) StartCheck(ctx context.Context, k Check) (int64, error) {
	find := func() (int64, bool, error) { return c.findCheck(ctx, k) }
	id, err := once(ctx, c, find, func() (int64, error) {
		made, _, err := c.api.Checks.CreateCheckRun(ctx, c.owner, c.repo, api.CreateCheckRunOptions{
			Name: k.Name, HeadSHA: k.SHA, ExternalID: &k.Key, DetailsURL: text(k.URL), Status: text("in_progress")})
		return made.GetID(), err
	})
	return id, explained("opening the check run "+k.Name, err)
}

func (c *Client) findCheck(ctx context.Context, k Check) (int64, bool, error) {
	list, err := all(func(page int) ([]*api.CheckRun, *api.Response, error) {
		found, response, err := c.api.Checks.ListCheckRunsForRef(ctx, c.owner, c.repo, k.SHA,
			&api.ListCheckRunsOptions{CheckName: &k.Name, Filter: text("all"), ListOptions: api.ListOptions{Page: page, PerPage: 100}})
		if err != nil {
			return nil, nil, err
		}
		return found.CheckRuns, response, nil
	})
	for _, run := range list {
		if run.GetExternalID() == k.Key {
			return run.GetID(), true, nil
		}
	}
	return 0, false, err
}

// CompleteCheck ends a check run. Annotations go in calls of 50; the last one
// brings the conclusion, so that nobody sees an end with half of them.
func (c *Client) CompleteCheck(ctx context.Context, k Check, id int64, r CheckResult) error {
	list, now := annotationsOf(r.Diagnostics), api.Timestamp{Time: c.now().UTC().Truncate(time.Second)}
	r.Title = orElse(r.Title, k.Name)
	for {
		part := list[:min(len(list), maxAnnotations)]
		list = list[len(part):]
		options := api.UpdateCheckRunOptions{Name: k.Name, Output: &api.CheckRunOutput{
			Title: &r.Title, Summary: text(cut(orElse(r.Summary, r.Title), maxSummary)), Annotations: part}}
		if len(list) == 0 {
			options.Status, options.Conclusion, options.CompletedAt = text("completed"), text(string(r.Conclusion)), &now
		}
		if _, _, err := c.api.Checks.UpdateCheckRun(ctx, c.owner, c.repo, id, options); err != nil {
			return explained("writing the check run "+k.Name, err)
		}
		if len(list) == 0 {
			return nil
		}
	}
}

// annotationsOf shows diagnostics that have a place.
func annotationsOf(list diag.List) []*api.CheckRunAnnotation {
	out := []*api.CheckRunAnnotation{}
	for _, d := range list {
		if d.Span.File == "" || !d.Span.IsValid() {
			continue
		}
		one := &api.CheckRunAnnotation{Path: text(diag.Inert(d.Span.File)), StartLine: &d.Span.Start.Line, EndLine: &d.Span.End.Line,
			AnnotationLevel: text(level(d.Severity)), Title: text(string(d.Code)), Message: text(cut(message(d), maxMessage))}
		if d.Span.Start.Line == d.Span.End.Line { // GitHub refuses columns across lines
			one.StartColumn, one.EndColumn = &d.Span.Start.Col, &d.Span.End.Col
		}
		out = append(out, one)
	}
	return out
}

func level(s diag.Severity) string {
	if s == diag.Error {
		return "failure"
	}
	return "warning"
}

func message(d diag.Diagnostic) string {
	lines := []string{diag.Headline(d)}
	for line := range strings.SplitSeq(strings.TrimRight(d.Detail, "\n"), "\n") {
		if line != "" {
			lines = append(lines, diag.Inert(line))
		}
	}
	return strings.Join(lines, "\n")
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
