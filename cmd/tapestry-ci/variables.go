package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
)

// variables are what a pipeline and the providers may ask the environment for.
type variables struct {
	file    map[string]string // .env beside the pipeline file
	process map[string]string
	// job says that the environment is that of a job, which holds secrets that the
	// pipeline file has no right to: anybody who opens a pull request writes that.
	job bool
}

func readVariables(dir string, s stdio) (variables, error) {
	v := variables{file: map[string]string{}, process: map[string]string{}, job: s.job}
	for _, pair := range s.environ() {
		name, value, _ := strings.Cut(pair, "=")
		v.process[name] = value
	}
	path := filepath.Join(dir, ".env")
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return v, nil
	}
	if err != nil {
		return v, err
	}
	v.file, err = dotenv.Parse(data)
	if at := (*dotenv.Error)(nil); errors.As(err, &at) {
		return v, fmt.Errorf("%s:%d: %s", path, at.Line, at.Message)
	}
	return v, err
}

// forFile are the values of ${env.NAME}: those of .env, and, on a person's own
// machine, those of the process, which come first.
func (v variables) forFile() map[string]string {
	out := map[string]string{}
	for name, value := range v.file {
		out[name] = value
	}
	if !v.job {
		for name, value := range v.process {
			out[name] = value
		}
	}
	return out
}

// steering are the beginnings of names by which accounts are found and signed in
// to. Whoever may change a file of the repository must not be able to lead an
// apply with its secrets elsewhere, so .env gives none of them.
var steering = []string{"AWS_", "SNOWFLAKE_", "TAPESTRY_", "GITHUB_", "ACTIONS_", "RUNNER_", "DBT_", "DOCKER_"}

// harmless are exceptions: what they name stands in the plan.
var harmless = []string{"TAPESTRY_ABCTL_SHA256", "TAPESTRY_AMI_ID", "TAPESTRY_GROUPAROO_BASE", "TAPESTRY_DBT_BASE"}

// lookup is what the providers ask.
func (v variables) lookup(name string) (string, bool) {
	if value, ok := v.process[name]; ok {
		return value, true
	}
	steers := slices.ContainsFunc(steering, func(begin string) bool { return strings.HasPrefix(name, begin) })
	if steers && !slices.Contains(harmless, name) {
		return "", false
	}
	value, ok := v.file[name]
	return value, ok
}
