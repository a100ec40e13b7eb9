package github

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Kind is what happened.
type Kind string

// The kinds that something can be done about. KindOther is any other event.
const (
	KindPullRequest Kind = "pull_request"
	KindPush        Kind = "push"
	KindMergeGroup  Kind = "merge_group"
	KindDispatch    Kind = "workflow_dispatch"
	KindSchedule    Kind = "schedule"
	KindComment     Kind = "issue_comment"
	KindOther       Kind = "other"
)

// Event is one event of a workflow, as far as decisions rest on it.
type Event struct {
	Kind Kind
	// Name is the event as GitHub names it; Action what exactly happened.
	Name, Action string
	Repository   string // owner/name
	Default      string // the default branch; empty where the event does not say
	Actor        string
	// Commit and Ref are what the workflow runs on: for a pull request its trial
	// merge, for a comment the tip of the default branch.
	Commit, Ref string
	RunID       string
	RunURL      string
	// Key is the same for all that one attempt of a run does, and for nothing else.
	Key string

	// Number is the pull request, Head its last commit and BaseRef the branch that
	// it goes to.
	Number        int
	Head, BaseRef string
	Draft         bool
	// Fork says that the code comes from another repository; Untrusted that the
	// run has neither a token that may write nor secrets, for that or another
	// reason.
	Fork, Untrusted bool
	// Retargeted says that a pull request now goes to another branch.
	Retargeted bool
	Deleted    bool // the branch is gone

	// Command is what a comment or a person asks for: plan, apply, drift or what
	// else someone wrote. Arguments are further words after it.
	Command   string
	Arguments []string
	// Asked is when a comment with a command was written.
	Asked time.Time
	// Digest is the plan that a person who starts the workflow by hand approves.
	Digest string
}

// payload is what is read of the event file.
type payload struct {
	Action     string
	Number     int
	Ref        string
	After      string
	Deleted    bool
	Changes    struct{ Base *struct{} }
	Inputs     map[string]any
	Sender     struct{ Login, Type string }
	Repository struct {
		FullName      string `json:"full_name"`
		DefaultBranch string `json:"default_branch"`
	}
	PullRequest struct {
		Draft      bool
		Head, Base struct {
			Ref, SHA string
			Repo     *struct {
				FullName string `json:"full_name"`
			}
		}
		User struct{ Login string }
	} `json:"pull_request"`
	MergeGroup struct {
		HeadSHA string `json:"head_sha"`
		BaseRef string `json:"base_ref"`
	} `json:"merge_group"`
	Issue struct {
		Number      int
		PullRequest *struct{} `json:"pull_request"`
	}
	Comment struct {
		Body    string
		Created time.Time `json:"created_at"`
		User    struct{ Login, Type string }
	}
}

// ReadEvent understands the environment of a job and its event file.
func ReadEvent(lookup func(string) (string, bool), file []byte) (Event, error) {
	get := func(name string) string { v, _ := lookup(name); return v }
	var p payload
	if len(file) > 0 {
		if err := json.Unmarshal(file, &p); err != nil {
			return Event{}, fmt.Errorf("the event file (GITHUB_EVENT_PATH) is not JSON as GitHub writes it: %w", err)
		}
	}
	e := Event{Kind: kindOf(get("GITHUB_EVENT_NAME")), Name: get("GITHUB_EVENT_NAME"), Action: p.Action, Repository: get("GITHUB_REPOSITORY"),
		Default: p.Repository.DefaultBranch, Actor: orElse(p.Sender.Login, get("GITHUB_ACTOR")),
		Commit: get("GITHUB_SHA"), Ref: get("GITHUB_REF"), RunID: get("GITHUB_RUN_ID")}
	if e.Name == "" || e.Repository == "" {
		return Event{}, fmt.Errorf("GITHUB_EVENT_NAME or GITHUB_REPOSITORY is not set: this is for a job of GitHub Actions; use \"tapestry-ci plan\" and \"apply\" elsewhere")
	}
	e.Key = e.RunID + "-" + orElse(get("GITHUB_RUN_ATTEMPT"), "1")
	if e.RunID != "" {
		e.RunURL = orElse(get("GITHUB_SERVER_URL"), "https://github.com") + "/" + e.Repository + "/actions/runs/" + e.RunID
	}
	e.read(p)
	return e, nil
}

func kindOf(name string) Kind {
	switch k := Kind(name); k {
	case KindPullRequest, KindPush, KindMergeGroup, KindDispatch, KindSchedule, KindComment:
		return k
	}
	return KindOther
}

// read takes what belongs to the kind.
func (e *Event) read(p payload) {
	switch e.Kind {
	case KindPullRequest:
		pr := p.PullRequest
		e.Number, e.Head, e.BaseRef, e.Draft, e.Retargeted = p.Number, pr.Head.SHA, pr.Base.Ref, pr.Draft, p.Changes.Base != nil
		// A fork that was deleted has no repository any more.
		e.Fork = pr.Head.Repo == nil || !strings.EqualFold(pr.Head.Repo.FullName, e.Repository)
		// Dependabot's runs get a token that only reads, and other secrets.
		e.Untrusted = e.Fork || e.Actor == "dependabot[bot]"
	case KindPush:
		e.Commit, e.Ref, e.Deleted = orElse(p.After, e.Commit), orElse(p.Ref, e.Ref), p.Deleted
	case KindMergeGroup:
		e.Commit, e.BaseRef = orElse(p.MergeGroup.HeadSHA, e.Commit), strings.TrimPrefix(p.MergeGroup.BaseRef, "refs/heads/")
	case KindDispatch:
		e.Command, e.Digest = input(p, "command"), input(p, "plan-digest")
	case KindComment:
		e.Number, e.Actor = 0, p.Comment.User.Login
		if p.Issue.PullRequest != nil && p.Comment.User.Type != "Bot" {
			e.Number = p.Issue.Number
			e.Command, e.Arguments = command(p.Comment.Body)
			e.Asked = p.Comment.Created
		}
	}
}

func input(p payload, name string) string {
	switch v := p.Inputs[name].(type) {
	case string:
		return strings.TrimSpace(v)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// word is what may stand after /tapestry: nothing of it can mean anything to a
// shell or to Markdown.
var word = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$`)

// command finds "/tapestry WORD…" in the first line of a comment, and nowhere
// else: quoted text and examples below it are not commands.
func command(body string) (name string, arguments []string) {
	first, _, _ := strings.Cut(body, "\n")
	words := strings.Fields(first)
	if !strings.HasPrefix(first, "/tapestry") || words[0] != "/tapestry" || len(words) < 2 || len(words) > 4 {
		return "", nil
	}
	for _, w := range words[1:] {
		if !word.MatchString(w) {
			return "", nil
		}
	}
	return words[1], words[2:]
}
