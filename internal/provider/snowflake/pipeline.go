package snowflake

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
)

const (
	manifestPath = "snowflake/manifest.json"
	userFolder   = "snowflake/migrations/"
)

// pipeline is what the artefacts say.
type pipeline struct {
	set      migration.Set
	settings settings.Settings
	files    []userFile
	origins  map[string][]string // of statements, as file:line
	// used are the tables that other systems load or read, as table:RAW_ZOOM.X.
	used map[string]bool
}

// userFile is one file of the user's own SQL.
type userFile struct {
	name       string // 001_regions.sql
	statements []string
}

func read(artifacts []emit.Artifact) (pipeline, error) {
	p := pipeline{origins: map[string][]string{}, used: map[string]bool{}}
	found := false
	for _, a := range artifacts {
		var err error
		for _, word := range slices.Concat(a.Needs, a.Provides) {
			p.used[word] = a.Provider != Name || p.used[word]
		}
		switch {
		case a.Path == manifestPath:
			found = true
			p.set, err = migration.Parse(a.Content)
		case a.Path == settings.Path:
			p.settings, err = settings.Parse(a.Content)
		case strings.HasPrefix(a.Path, userFolder):
			var f userFile
			f, err = readUserFile(path.Base(a.Path), string(a.Content))
			p.files = append(p.files, f)
		case a.Provider == Name:
			for _, part := range a.Parts {
				for _, o := range part.Origins {
					p.origins[part.ID] = append(p.origins[part.ID], o.File+":"+strconv.Itoa(o.Start.Line))
				}
			}
		}
		if err != nil {
			return p, err
		}
	}
	if !found {
		return p, fmt.Errorf("the build has no %s: compile again", manifestPath)
	}
	slices.SortFunc(p.files, func(a, b userFile) int { return strings.Compare(a.name, b.name) })
	return p, nil
}

func (p pipeline) statement(id string) (migration.Statement, bool) {
	for _, s := range p.set.Statements {
		if s.ID == id {
			return s, true
		}
	}
	return migration.Statement{}, false
}
