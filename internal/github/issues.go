package github

import (
	"context"
	"fmt"
	"unicode/utf8"

	api "github.com/google/go-github/v60/github"
)

// Issue is the one issue for something that goes on, such as drift. It is found
// again by its marker, among our own issues with the label.
type Issue struct {
	Title, Body, Label string
	Own                Own
}

// UpsertIssue leaves one open issue with the marker, and its title and text as
// given. One that was closed is opened again.
func (c *Client) UpsertIssue(ctx context.Context, i Issue) (int, Outcome, error) {
	if n := utf8.RuneCountInString(i.Body); n > MaxBody {
		return 0, "", fmt.Errorf("the issue has %d characters; GitHub takes %d", n, MaxBody)
	}
	if !i.Own(i.Body) {
		return 0, "", fmt.Errorf("the issue %q has no marker of its own: it would never be found again", i.Title)
	}
	is, ok, err := c.findIssue(ctx, i)
	if err != nil {
		return 0, "", err
	}
	if !ok {
		return c.createIssue(ctx, i)
	}
	if is.GetState() == "open" && is.GetTitle() == i.Title && is.GetBody() == i.Body {
		return is.GetNumber(), Unchanged, nil
	}
	_, _, err = c.api.Issues.Edit(ctx, c.owner, c.repo, is.GetNumber(), &api.IssueRequest{Title: &i.Title, Body: &i.Body, State: text("open")})
	return is.GetNumber(), Updated, explained(fmt.Sprintf("changing issue %d", is.GetNumber()), err)
}

func (c *Client) createIssue(ctx context.Context, i Issue) (int, Outcome, error) {
	find := func() (*api.Issue, bool, error) { return c.findIssue(ctx, i) }
	made, err := once(ctx, c, find, func() (*api.Issue, error) {
		made, _, err := c.api.Issues.Create(ctx, c.owner, c.repo, &api.IssueRequest{Title: &i.Title, Body: &i.Body, Labels: &[]string{i.Label}})
		return made, err
	})
	return made.GetNumber(), Created, explained("opening an issue", err)
}

// CloseIssue closes the issue with the marker, if it is open, and says so with a
// last text.
func (c *Client) CloseIssue(ctx context.Context, i Issue) (Outcome, error) {
	is, ok, err := c.findIssue(ctx, i)
	if err != nil || !ok || is.GetState() != "open" {
		return Unchanged, err
	}
	_, _, err = c.api.Issues.Edit(ctx, c.owner, c.repo, is.GetNumber(),
		&api.IssueRequest{Title: &i.Title, Body: &i.Body, State: text("closed"), StateReason: text("completed")})
	return Updated, explained(fmt.Sprintf("closing issue %d", is.GetNumber()), err)
}

// findIssue gives the open issue with the marker, else the newest closed one.
func (c *Client) findIssue(ctx context.Context, i Issue) (*api.Issue, bool, error) {
	list, err := all(func(page int) ([]*api.Issue, *api.Response, error) {
		return c.api.Issues.ListByRepo(ctx, c.owner, c.repo, &api.IssueListByRepoOptions{
			State: "all", Labels: []string{i.Label}, ListOptions: api.ListOptions{Page: page, PerPage: 100}})
	})
	if err != nil {
		return nil, false, explained("listing issues", err)
	}
	var found *api.Issue
	for _, one := range list {
		if one.IsPullRequest() || one.GetUser().GetLogin() != c.login || !i.Own(one.GetBody()) {
			continue
		}
		if one.GetState() == "open" {
			return one, true, nil
		}
		if found == nil {
			found = one
		}
	}
	return found, found != nil, nil
}
