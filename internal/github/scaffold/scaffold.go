package scaffold

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

//go:embed files
var files embed.FS

// The paths of the files in the user's repository.
const (
	WorkflowPath = ".github/workflows/tapestry.yml"
	RolesPath    = "aws/github-oidc.yaml"
)

// The environments that jobs ask for. Their names are part of whom a job signs in
// as.
const (
	PlanEnvironment  = "plan"
	ApplyEnvironment = "production"
)

// Options are what the files are written for.
type Options struct {
	// Action is the commit of the action, 40 hex digits; Version what people call
	// it.
	Action, Version string
	// File is the pipeline file in the repository, or a glob.
	File string
	// Branch is what a merge into applies; main where it is empty.
	Branch string
	// Pipeline is the name in the file, which all names in the cloud begin with.
	Pipeline string
	// Secrets are the names of ${secret.X}, which the apply job is given.
	Secrets []string
	Repository
}

// Repository is the user's, as GitHub spells it. Owner and Name may be empty: the
// template then asks for them. The ids are there for repositories that sign in
// with names and numbers, and are both empty for others.
type Repository struct {
	Owner, Name     string
	OwnerID, NameID string
}

// File is one file to be written.
type File struct {
	Path    string
	Content []byte
}

// Subjects are whom the two kinds of jobs sign in as.
type Subjects struct{ Plan, Apply string }

// Subjects of a repository, in the form that GitHub gives it.
func (r Repository) Subjects() Subjects {
	repo := r.Owner + "/" + r.Name
	if r.NameID != "" {
		repo = r.Owner + "@" + r.OwnerID + "/" + r.Name + "@" + r.NameID
	}
	subject := func(environment string) string { return "repo:" + repo + ":environment:" + environment }
	return Subjects{Plan: subject(PlanEnvironment), Apply: subject(ApplyEnvironment)}
}

var forms = []struct {
	what string
	form *regexp.Regexp
	of   func(Options) string
}{
	{"the action's commit", regexp.MustCompile(`^[0-9a-f]{40}$`), func(o Options) string { return o.Action }},
	{"the version", regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+-]*$`), func(o Options) string { return o.Version }},
	{"the pipeline file", regexp.MustCompile(`^[A-Za-z0-9._*][A-Za-z0-9._*/-]*$`), func(o Options) string { return o.File }},
	{"the branch", regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`), func(o Options) string { return o.Branch }},
	{"the pipeline's name", regexp.MustCompile(`^[a-z][a-z0-9-]*$`), func(o Options) string { return o.Pipeline }},
	{"the owner", regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9-]*)?$`), func(o Options) string { return o.Owner }},
	{"the repository", regexp.MustCompile(`^[A-Za-z0-9._-]*$`), func(o Options) string { return o.Name }},
	{"the owner's id", regexp.MustCompile(`^[0-9]*$`), func(o Options) string { return o.OwnerID }},
	{"the repository's id", regexp.MustCompile(`^[0-9]*$`), func(o Options) string { return o.NameID }},
}

var secretName = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)

// Files gives the workflow and the template, the same for the same options.
func Files(o Options) ([]File, error) {
	if o.Branch == "" {
		o.Branch = "main"
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	fill := strings.NewReplacer("@@ACTION@@", o.Action, "@@VERSION@@", o.Version, "@@FILE@@", o.File, "@@BRANCH@@", o.Branch,
		"@@PREFIX@@", o.Pipeline, "@@OWNER@@", o.Owner, "@@REPO@@", o.Name, "@@OWNER_ID@@", o.OwnerID, "@@REPO_ID@@", o.NameID,
		"@@SECRETS@@\n", o.secrets(), "@@PATHS@@\n", o.paths())
	var list []File
	for _, f := range []struct{ path, from string }{{WorkflowPath, "files/tapestry.yml"}, {RolesPath, "files/github-oidc.yaml"}} {
		content, err := files.ReadFile(f.from)
		if err != nil {
			return nil, err
		}
		list = append(list, File{f.path, []byte(fill.Replace(string(content)))})
	}
	return list, nil
}

func (o Options) check() error {
	for _, f := range forms {
		if !f.form.MatchString(f.of(o)) {
			return fmt.Errorf("%s, %q, cannot stand in a workflow", f.what, f.of(o))
		}
	}
	if (o.OwnerID == "") != (o.NameID == "") {
		return fmt.Errorf("the ids of the owner and of the repository come together or not at all")
	}
	for _, name := range o.Secrets {
		if !secretName.MatchString(name) || strings.HasPrefix(name, "GITHUB_") {
			return fmt.Errorf("GitHub can have no secret of the name %q: secrets are upper-case letters, digits and _, and do not begin with GITHUB_", name)
		}
	}
	return nil
}

// paths are lines of an on: that keep a push from starting a job that has nothing
// to apply. At the root of a repository any file may belong to the pipeline.
func (o Options) paths() string {
	dir := o.File
	if wild := strings.IndexByte(dir, '*'); wild >= 0 {
		dir = dir[:wild]
	}
	if dir = dir[:strings.LastIndexByte(dir, '/')+1]; dir == "" {
		return ""
	}
	return fmt.Sprintf("    paths: [\"%s**\"]\n", dir)
}

// secrets are lines of an env: in a job that may have them.
func (o Options) secrets() string {
	names := slices.Clone(o.Secrets)
	slices.Sort(names)
	var b strings.Builder
	for _, name := range slices.Compact(names) {
		fmt.Fprintf(&b, "          %s: ${{ secrets.%s }}\n", name, name)
	}
	return b.String()
}
