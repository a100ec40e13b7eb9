package ci

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/github"
)

// Checkout is what is checked out.
type Checkout struct {
	Commit string
	// Parents of the commit, also where they were not fetched.
	Parents []string
}

// git asks git. The folder is this job's, whoever owns it.
func git(ctx context.Context, dir string) (Checkout, error) {
	var c Checkout
	ask := func(args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "safe.directory=*", "-C", dir}, args...)...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			return "", fmt.Errorf("what is checked out in %s is not known: %s", dir, orElse(strings.TrimSpace(stderr.String()), err.Error()))
		}
		return strings.TrimSpace(string(out)), nil
	}
	var err error
	if c.Commit, err = ask("rev-parse", "HEAD"); err != nil {
		return c, err
	}
	text, err := ask("cat-file", "commit", "HEAD")
	head, _, _ := strings.Cut(text, "\n\n")
	for line := range strings.Lines(head) {
		if parent, ok := strings.CutPrefix(strings.TrimSpace(line), "parent "); ok {
			c.Parents = append(c.Parents, parent)
		}
	}
	return c, err
}

// checkedOut makes sure that what is planned and applied is what was decided on.
func (r *run) checkedOut(ctx context.Context, d github.Decision) error {
	c, err := r.Git(ctx, r.root)
	if err != nil {
		return err
	}
	if d.Commit == "" || c.Commit != d.Commit {
		return fmt.Errorf("commit %s is checked out, and this is about %s: check that out in a step before", orElse(c.Commit, "(none)"), orElse(d.Commit, "(none)"))
	}
	if d.PR != 0 && d.What == github.Plan && len(c.Parents) == 2 && d.Head != "" && c.Parents[1] != d.Head {
		return errors.New("what is checked out is the merge of " + c.Parents[1] + ", and the pull request is at " + d.Head + ": run the job again")
	}
	r.said.base = ""
	if len(c.Parents) == 2 {
		r.said.base = c.Parents[0]
	}
	return nil
}
