package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	api "github.com/google/go-github/v60/github"
)

// Pull is a pull request as the API says it is now.
type Pull struct {
	Number      int
	Open, Draft bool
	Merged      bool
	MergedAt    time.Time
	// State is what GitHub says of merging it: clean, unstable, blocked (a review or
	// a required check is missing), unknown and others.
	State         string
	Fork          bool
	Conflict      bool // it cannot be merged as it is
	Head, HeadRef string
	BaseRef       string
	// BaseTip is where the base branch is now. Merge is the commit that merges
	// the head into it, Parents what that commit is made of.
	BaseTip string
	Merge   string
	Parents []string
}

// Asked is what the API knows of what a Decision rests on.
type Asked struct {
	// Permission of the person who gave a command: admin, write, read or none.
	Permission string
	Pull       *Pull
}

// Ask finds out what Authorize has to know, and nothing where it needs nothing.
func (c *Client) Ask(ctx context.Context, e Event, d Decision) (Asked, error) {
	var asked Asked
	var err error
	if !d.Ask {
		return asked, nil
	}
	if e.Kind == KindPush {
		asked.Pull, err = c.PullOf(ctx, d.Commit, e.Default)
		return asked, err
	}
	if asked.Permission, err = c.Permission(ctx, e.Actor); err != nil {
		return asked, err
	}
	asked.Pull, err = c.Pull(ctx, e.Number)
	return asked, err
}

// Permission says what a person may do in the repository.
func (c *Client) Permission(ctx context.Context, login string) (string, error) {
	level, _, err := c.api.Repositories.GetPermissionLevel(ctx, c.owner, c.repo, login)
	if missing(err) {
		return "none", nil
	}
	return level.GetPermission(), explained("asking what "+login+" may do", err)
}

// Pull reads a pull request with the tip of its base and its trial merge.
func (c *Client) Pull(ctx context.Context, number int) (*Pull, error) {
	read, _, err := c.api.PullRequests.Get(ctx, c.owner, c.repo, number)
	if err != nil {
		return nil, explained(fmt.Sprintf("reading pull request %d", number), err)
	}
	p := pull(read)
	p.State = read.GetMergeableState()
	p.Conflict = read.Mergeable != nil && !read.GetMergeable()
	if p.BaseTip, err = c.Tip(ctx, p.BaseRef); err != nil {
		return nil, err
	}
	if p.Merge == "" {
		return p, nil
	}
	commit, _, err := c.api.Git.GetCommit(ctx, c.owner, c.repo, p.Merge)
	if err != nil {
		return nil, explained("reading commit "+p.Merge, err)
	}
	for _, parent := range commit.Parents {
		p.Parents = append(p.Parents, parent.GetSHA())
	}
	return p, nil
}

// Tip is where a branch is now.
func (c *Client) Tip(ctx context.Context, branch string) (string, error) {
	ref, _, err := c.api.Git.GetRef(ctx, c.owner, c.repo, "heads/"+branch)
	return ref.GetObject().GetSHA(), explained("reading branch "+branch, err)
}

// Current reports whether a pull request is open and at a commit.
func (c *Client) Current(ctx context.Context, number int, head string) (bool, error) {
	read, _, err := c.api.PullRequests.Get(ctx, c.owner, c.repo, number)
	if err != nil {
		return false, explained(fmt.Sprintf("reading pull request %d", number), err)
	}
	return read.GetState() == "open" && read.GetHead().GetSHA() == head, nil
}

// PullOf gives the pull request that brought a commit to a branch, or nil. GitHub may
// start a workflow before it knows that itself, so none is believed only after a
// few seconds.
func (c *Client) PullOf(ctx context.Context, sha, branch string) (*Pull, error) {
	for try := 1; ; try++ {
		p, err := c.pullOf(ctx, sha, branch)
		if err != nil || p != nil || try >= min(c.tries, 4) {
			return p, err
		}
		if err := c.pause(ctx, backoff(try)); err != nil {
			return nil, err
		}
	}
}

func (c *Client) pullOf(ctx context.Context, sha, branch string) (*Pull, error) {
	list, err := all(func(page int) ([]*api.PullRequest, *api.Response, error) {
		return c.api.PullRequests.ListPullRequestsWithCommit(ctx, c.owner, c.repo, sha, &api.ListOptions{Page: page, PerPage: 100})
	})
	if err != nil {
		return nil, explained("asking which pull request brought "+sha, err)
	}
	for _, one := range list {
		if one.MergedAt != nil && one.GetBase().GetRef() == branch {
			return pull(one), nil
		}
	}
	return nil, nil
}

func pull(p *api.PullRequest) *Pull {
	from, into := p.GetHead().GetRepo().GetFullName(), p.GetBase().GetRepo().GetFullName()
	return &Pull{Number: p.GetNumber(), Open: p.GetState() == "open", Draft: p.GetDraft(), Merged: p.MergedAt != nil, MergedAt: p.GetMergedAt().Time, Fork: from != into,
		Head: p.GetHead().GetSHA(), HeadRef: p.GetHead().GetRef(), BaseRef: p.GetBase().GetRef(), Merge: p.GetMergeCommitSHA()}
}

func missing(err error) bool {
	var refused *api.ErrorResponse
	return errors.As(err, &refused) && refused.Response.StatusCode == http.StatusNotFound
}
