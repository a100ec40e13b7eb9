package dbt

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// installed is a dbt that was found, with its versions by package.
type installed struct {
	program  string
	versions map[string]string
}

// errMissing says that no dbt is installed.
var errMissing = errors.New("dbt is not installed here")

// find looks for dbt. One that was named must be there; else none need be.
func (p *Provider) find(ctx context.Context) (*installed, error) {
	program := p.c.Program
	if program == "" {
		found, err := p.c.Look("dbt")
		if err != nil {
			return nil, errMissing
		}
		program = found
	}
	cmd := exec.CommandContext(ctx, program, "--version")
	cmd.Env = p.environ()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("asking %s for its version: %w", program, err)
	}
	return &installed{program, versionsIn(string(out))}, nil
}

var (
	coreVersion   = regexp.MustCompile(`(?m)^\s*- installed:\s*([0-9][0-9a-z.]*)`)
	pluginVersion = regexp.MustCompile(`(?m)^\s*- ([a-z0-9_]+):\s*([0-9][0-9a-z.]*)`)
	pinned        = regexp.MustCompile(`(?m)^(dbt-[a-z0-9-]+)==([0-9][0-9a-z.]*)`)
)

// versionsIn reads what `dbt --version` prints.
func versionsIn(text string) map[string]string {
	out := map[string]string{}
	core, plugins, _ := strings.Cut(text, "Plugins:")
	if m := coreVersion.FindStringSubmatch(core); m != nil {
		out["dbt-core"] = m[1]
	}
	for _, m := range pluginVersion.FindAllStringSubmatch(plugins, -1) {
		out["dbt-"+m[1]] = m[2]
	}
	return out
}

// wantedVersions are those that the image of the scheduled run has.
func (p *project) wantedVersions() map[string]string {
	out := map[string]string{}
	for _, a := range p.all {
		if a.Path == folder+"requirements.txt" {
			for _, m := range pinned.FindAllStringSubmatch(string(a.Content), -1) {
				out[m[1]] = m[2]
			}
		}
	}
	return out
}

// check holds the installed versions against those of the scheduled run: where
// two minor versions build the same snapshots, one may undo what the other did.
func (i *installed) check(want map[string]string, adapter string) error {
	if want["dbt-core"] == "" {
		return errors.New("dbt/requirements.txt names no version of dbt-core: compile again")
	}
	var wrong, install []string
	for _, name := range []string{"dbt-core", adapter} {
		is, should := i.versions[name], want[name]
		switch {
		case should == "" && is != "": // an end point for tries, which no schedule knows
		case is == "":
			wrong = append(wrong, name+" is missing")
		case minor(is) != minor(should):
			wrong = append(wrong, name+" is "+is+", and the scheduled run has "+should)
		}
		if should != "" {
			install = append(install, name+"~="+minor(should)+".0")
		}
	}
	if wrong == nil {
		return nil
	}
	return fmt.Errorf("%s is another dbt than the pipeline was compiled for: %s. Install it with `pip install %s`, or take dbt out of the PATH to leave the build to the schedule",
		i.program, strings.Join(wrong, "; "), strings.Join(install, " "))
}

func minor(version string) string {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return version
	}
	return parts[0] + "." + parts[1]
}

// left says that the schedule builds, and why.
func (r *Run) left(progress deploy.Progress, why string) {
	r.Outcome = Left
	progress(why + ": the scheduled task of the sync stack builds it with its next run")
}
