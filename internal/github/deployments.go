package github

import (
	"context"
	"encoding/json"

	api "github.com/google/go-github/v60/github"
)

// maxDescription is how many characters a deployment's status may say.
const maxDescription = 140

// Deployment is one apply as GitHub shows it. Key tells it from those of other
// runs.
type Deployment struct {
	SHA, Environment, Key, Description string
}

// DeploymentState is how far a deployment is.
type DeploymentState string

// The states that are used.
const (
	InProgress DeploymentState = "in_progress"
	Deployed   DeploymentState = "success"
	Failed     DeploymentState = "failure"
)

const task = "deploy:tapestry"

// StartDeployment makes a deployment in progress and gives its id. Nothing is
// merged into the commit, and no checks are waited for: the job that calls was
// let through already.
func (c *Client) StartDeployment(ctx context.Context, d Deployment, logURL string) (int64, error) {
	find := func() (int64, bool, error) { return c.findDeployment(ctx, d) }
	id, err := once(ctx, c, find, func() (int64, error) {
		no, none := false, []string{}
		made, _, err := c.api.Repositories.CreateDeployment(ctx, c.owner, c.repo, &api.DeploymentRequest{
			Ref: &d.SHA, Task: text(task), AutoMerge: &no, RequiredContexts: &none, Environment: &d.Environment,
			Description: text(shorten(d.Description, maxDescription)), Payload: map[string]string{"key": d.Key}})
		return made.GetID(), err
	})
	if err != nil {
		return 0, explained("making a deployment to "+d.Environment, err)
	}
	return id, c.SetDeployment(ctx, id, InProgress, d.Description, logURL)
}

func (c *Client) findDeployment(ctx context.Context, d Deployment) (int64, bool, error) {
	list, err := all(func(page int) ([]*api.Deployment, *api.Response, error) {
		return c.api.Repositories.ListDeployments(ctx, c.owner, c.repo,
			&api.DeploymentsListOptions{SHA: d.SHA, Task: task, Environment: d.Environment, ListOptions: api.ListOptions{Page: page, PerPage: 100}})
	})
	for _, one := range list {
		var payload struct{ Key string }
		if json.Unmarshal(one.Payload, &payload) == nil && payload.Key == d.Key {
			return one.GetID(), true, nil
		}
	}
	return 0, false, err
}

// SetDeployment says how far a deployment is. The state of earlier ones is left
// to GitHub, which calls them inactive once this one has succeeded.
func (c *Client) SetDeployment(ctx context.Context, id int64, state DeploymentState, description, logURL string) error {
	find := func() (bool, bool, error) {
		list, _, err := c.api.Repositories.ListDeploymentStatuses(ctx, c.owner, c.repo, id, &api.ListOptions{PerPage: 100})
		return true, err == nil && len(list) > 0 && list[0].GetState() == string(state), err
	}
	_, err := once(ctx, c, find, func() (bool, error) {
		_, _, err := c.api.Repositories.CreateDeploymentStatus(ctx, c.owner, c.repo, id, &api.DeploymentStatusRequest{
			State: text(string(state)), Description: text(shorten(description, maxDescription)), LogURL: text(logURL)})
		return true, err
	})
	return explained("setting a deployment to "+string(state), err)
}

// shorten keeps the first characters of a text.
func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
