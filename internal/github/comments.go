package github

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	api "github.com/google/go-github/v60/github"
)

// MaxBody is how many characters GitHub takes in a comment or an issue.
const MaxBody = 65536

// Outcome is what became of something that is written once.
type Outcome string

// The outcomes.
const (
	Created   Outcome = "created"
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged"
)

// Comment is a comment that we wrote.
type Comment struct {
	ID   int64
	Body string
	URL  string
	// Updated is when it was last written.
	Updated time.Time
}

// Own tells by its marker whether a text is the one that is looked for.
type Own func(body string) bool

// Find gives the comment that is ours and carries the marker. Where there are
// several, which only two jobs at the same moment could make, it is the oldest.
func (c *Client) Find(ctx context.Context, number int, own Own) (Comment, bool, error) {
	list, err := c.find(ctx, number, own)
	if err != nil || len(list) == 0 {
		return Comment{}, false, err
	}
	return list[0], true, nil
}

// Written lists all comments that are ours, oldest first.
func (c *Client) Written(ctx context.Context, number int) ([]Comment, error) {
	return c.find(ctx, number, func(string) bool { return true })
}

// Upsert leaves exactly one comment with the marker, and body as its text. A
// comment that says the same already is left alone. Comments of others are never
// touched, whatever they say.
func (c *Client) Upsert(ctx context.Context, number int, own Own, body string) (Comment, Outcome, error) {
	if n := utf8.RuneCountInString(body); n > MaxBody {
		return Comment{}, "", fmt.Errorf("the comment has %d characters; GitHub takes %d", n, MaxBody)
	}
	if !own(body) {
		return Comment{}, "", fmt.Errorf("the comment for pull request %d has no marker of its own: it would never be found again", number)
	}
	list, err := c.find(ctx, number, own)
	if err != nil {
		return Comment{}, "", err
	}
	if len(list) == 0 {
		return c.createComment(ctx, number, own, body)
	}
	for _, extra := range list[1:] {
		if _, err := c.api.Issues.DeleteComment(ctx, c.owner, c.repo, extra.ID); err != nil {
			return Comment{}, "", explained(fmt.Sprintf("deleting a second comment on pull request %d", number), err)
		}
	}
	if list[0].Body == body {
		return list[0], Unchanged, nil
	}
	made, _, err := c.api.Issues.EditComment(ctx, c.owner, c.repo, list[0].ID, &api.IssueComment{Body: &body})
	return comment(made), Updated, explained(fmt.Sprintf("changing the comment on pull request %d", number), err)
}

func (c *Client) createComment(ctx context.Context, number int, own Own, body string) (Comment, Outcome, error) {
	made, err := once(ctx, c, func() (Comment, bool, error) { return c.Find(ctx, number, own) }, func() (Comment, error) {
		made, _, err := c.api.Issues.CreateComment(ctx, c.owner, c.repo, number, &api.IssueComment{Body: &body})
		if err == nil && made.GetUser().GetLogin() != c.login {
			return comment(made), c.stranger(ctx, made)
		}
		return comment(made), err
	})
	return made, Created, explained(fmt.Sprintf("commenting on pull request %d", number), err)
}

// stranger takes back a comment that the token wrote in another name: the next run
// would not find it again, and would write a second one.
func (c *Client) stranger(ctx context.Context, made *api.IssueComment) error {
	_, err := c.api.Issues.DeleteComment(ctx, c.owner, c.repo, made.GetID())
	return errors.Join(fmt.Errorf("the token writes as %s, and only comments of %s are found again: give the input github-token the token of the job, ${{ github.token }}",
		made.GetUser().GetLogin(), c.login), err)
}

// find lists our comments with the marker, oldest first.
func (c *Client) find(ctx context.Context, number int, own Own) ([]Comment, error) {
	list, err := all(func(page int) ([]*api.IssueComment, *api.Response, error) {
		return c.api.Issues.ListComments(ctx, c.owner, c.repo, number, &api.IssueListCommentsOptions{ListOptions: api.ListOptions{Page: page, PerPage: 100}})
	})
	if err != nil {
		return nil, explained(fmt.Sprintf("listing the comments on pull request %d", number), err)
	}
	var ours []Comment
	for _, one := range list {
		if one.GetUser().GetLogin() == c.login && own(one.GetBody()) {
			ours = append(ours, comment(one))
		}
	}
	return ours, nil
}

func comment(c *api.IssueComment) Comment {
	return Comment{ID: c.GetID(), Body: c.GetBody(), URL: c.GetHTMLURL(), Updated: c.GetUpdatedAt().Time}
}
