package ci

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/github"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

// Kinds of comments beside those of package comment: a plan that was made with a
// refusal and approves nothing, and a no to a command, which must not overwrite
// what came of an apply: anybody may write a command.
const (
	kindFresh  comment.Kind = "fresh"
	kindAnswer comment.Kind = "answer"
)

// applyCommand is the comment that applies a plan.
const applyCommand = "/tapestry apply"

// context says where a body belongs.
func (r *run) context(d github.Decision, p project) comment.Context {
	server, _ := r.Lookup("GITHUB_SERVER_URL")
	c := comment.Context{Project: p.path, Environment: orElse(p.env, defaultEnvironment), Commit: orElse(d.Head, d.Commit), Server: server,
		Repository: r.event.Repository, RunURL: r.event.RunURL, Allow: allowSentence}
	if d.What == github.Plan {
		c.PlanFile = "plan"
	}
	if d.PR != 0 && d.What == github.Plan && !r.event.Untrusted && r.event.BaseRef == r.event.Default {
		c.Command, c.Branch = applyCommand, r.event.Default
	}
	if r.event.Kind == github.KindComment && r.event.BaseRef == r.event.Default {
		c.Command = applyCommand
	}
	return c
}

// renamed makes a body one of another kind.
func renamed(b comment.Body, kind comment.Kind) comment.Body {
	b.Marker.Kind = kind
	for _, text := range []*string{&b.Text, &b.Whole} {
		_, rest, _ := strings.Cut(*text, "\n")
		*text = b.Marker.Encode() + "\n" + rest
	}
	return b
}

// refusal is a no to a command.
func refusal(d github.Decision, c comment.Context) comment.Body {
	return renamed(comment.Refused(comment.Refusal{Reason: deploy.Refused{Why: d.Reason}}, c, comment.Options{}), kindAnswer)
}

// valid is what is said where only the file was looked at.
func valid(c comment.Context) comment.Body {
	m := comment.Marker{Kind: comment.KindPlan, Project: c.Project, Environment: c.Environment, Commit: c.Commit}
	text := m.Encode() + "\n✅ The pipeline file is valid. Nothing was planned.\n"
	return comment.Body{Marker: m, Text: text, Whole: text}
}

// placed gives diagnostics as the repository sees their files.
func placed(list diag.List, dir string) diag.List {
	move := func(s source.Span) source.Span {
		if s.File != "" {
			s.File = path.Join(dir, s.File)
		}
		return s
	}
	out := slices.Clone(list)
	for i := range out {
		d := &out[i]
		d.Span, d.Related, d.Hidden = move(d.Span), slices.Clone(d.Related), slices.Clone(d.Hidden)
		for j := range d.Related {
			d.Related[j].Span = move(d.Related[j].Span)
		}
		for j := range d.Hidden {
			d.Hidden[j] = move(d.Hidden[j])
		}
	}
	return out
}

// annotate puts mistakes and warnings on their lines, and gives them.
func (r *run) annotate(f finding, p project) diag.List {
	if f.checked == nil {
		return nil
	}
	list := placed(f.checked.Diagnostics, path.Dir(p.path))
	r.warn(github.WriteAnnotations(r.Log, list))
	return list
}

// shownByRunner is how many annotations of a severity the runner shows of a step.
const shownByRunner = 10

// unshown are those that a check run has to show because the runner does not:
// the same line with the same mistake twice is no help. Where there are too many,
// the runner's last one counts the rest.
func unshown(list diag.List) diag.List {
	var rest diag.List
	for _, severity := range []diag.Severity{diag.Error, diag.Warning} {
		of := slices.DeleteFunc(slices.Clone(list), func(d diag.Diagnostic) bool { return d.Severity != severity })
		if len(of) > shownByRunner {
			rest = append(rest, of[shownByRunner-1:]...)
		}
	}
	return rest
}

// check is a check run that was opened; its id is 0 where there is none.
type check struct {
	github.Check
	id int64
}

// openCheck opens the check run of a project, where the job may.
func (r *run) openCheck(ctx context.Context, d github.Decision, what string, p project) check {
	if r.client == nil || r.event.Untrusted {
		return check{}
	}
	k := check{Check: github.Check{Name: "tapestry " + what + ": " + p.name(), SHA: orElse(d.Commit, d.Head), Key: r.event.Key + "/" + p.name(), URL: r.event.RunURL}}
	if d.What == github.Plan || d.What == github.Validate {
		k.SHA = orElse(d.Head, d.Commit)
	}
	var err error
	k.id, err = r.client.StartCheck(ctx, k.Check)
	r.warn(err)
	return k
}

func (r *run) closeCheck(ctx context.Context, k check, result github.CheckResult) {
	if k.id != 0 {
		r.warn(r.client.CompleteCheck(ctx, k.Check, k.id, result))
	}
}
