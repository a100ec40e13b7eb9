package main

import (
	"fmt"
	"regexp"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/snowflake"
	"github.com/tapestry-ci/tapestry-ci/internal/report"
)

type bootstrapVerb struct {
	Snowflake bootstrapSnowflake `cmd:"" help:"Print the statements that a Snowflake account administrator runs once."`
}

type bootstrapSnowflake struct {
	Path       string `arg:"" optional:"" default:"." help:"Folder with a tapestry.yaml, or the file itself."`
	Env        string `short:"e" default:"production" help:"Environment of the file to use." placeholder:"NAME"`
	Repository string `help:"GitHub repository whose jobs plan and apply. GitHub names repositories that were made or renamed since July 2026 with ids: ACME@123/DATA@456." placeholder:"OWNER/REPO"`
	Format     string `short:"f" default:"text" enum:"text,json" help:"Form of the output: ${enum}."`
}

// Help is shown below the flags.
func (bootstrapSnowflake) Help() string {
	return `They make the narrow role that applies everything else, the role that only plans, a user
for each that GitHub's jobs sign in as without any stored secret, and the few things that
need an administrator. Nothing is sent anywhere. Run again where a later plan asks for it:
what is there stays.

Examples:
  tapestry-ci bootstrap snowflake --repository acme/data
  tapestry-ci bootstrap snowflake --env staging --repository acme/data > bootstrap.sql`
}

// repositoryName is OWNER/REPO, each with or without @ID.
var repositoryName = regexp.MustCompile(`^[A-Za-z0-9-]+(@[0-9]+)?/[A-Za-z0-9._-]+(@[0-9]+)?$`)

// subjects are what GitHub's identity tokens say of a job in one of the two
// environments of a repository.
func subjects(repository string) map[string]string {
	return map[string]string{
		"bootstrap.GitHubSubject":     "repo:" + repository + ":environment:production",
		"bootstrap.GitHubPlanSubject": "repo:" + repository + ":environment:plan",
	}
}

// Run prints the statements.
func (v bootstrapSnowflake) Run(s stdio) error {
	values := map[string]string{}
	if v.Repository != "" {
		if !repositoryName.MatchString(v.Repository) {
			return fmt.Errorf("%q is not a repository of GitHub: write it as acme/data", v.Repository)
		}
		values = subjects(v.Repository)
	}
	p := project{Path: v.Path, Format: "text"}
	l, err := p.load(s, v.Env)
	if err != nil {
		return err
	}
	r := compiler.Compile(l.fsys, l.file, l.options)
	if err := p.show(s.err, r, l.dir, s); err != nil {
		return err
	}
	account, text, err := snowflake.Bootstrap(r.Artifacts, values)
	if err != nil {
		return err
	}
	if v.Format == "json" {
		return report.WriteJSON(s.out, map[string]any{"format": 1, "account": account, "sql": text})
	}
	if v.Repository == "" {
		fmt.Fprintln(s.err, "note: ${bootstrap.…} stands for GitHub's subjects; --repository OWNER/REPO fills them in")
	}
	fmt.Fprintf(s.out, "-- For an account administrator of Snowflake account %s, to be run once.\n\n%s", account, text)
	return nil
}
