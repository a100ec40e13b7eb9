package dbt

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// makes is the table or view that dbt makes of a file, or nothing. A sync view is
// not dbt's to leave behind: whoever made it first drops it.
func makes(a emit.Artifact) string {
	if strings.HasPrefix(a.Path, folder+"models/syncs/") {
		return ""
	}
	for _, word := range a.Provides {
		if strings.HasPrefix(word, "table:") || strings.HasPrefix(word, "view:") {
			return word
		}
	}
	return ""
}

// left are the tables and views of files that are no longer in the project. dbt
// takes none of them away, and neither does anybody else: who wants to reads here
// how. They are told of in the plan after which nothing builds them any more.
func left(artifacts []emit.Artifact, pr *project, last Record) []deploy.Change {
	var out []deploy.Change
	for _, f := range last.Files {
		kind, name, made := strings.Cut(f.Makes, ":")
		built := func(g File) bool { _, n, _ := strings.Cut(g.Makes, ":"); return n == name }
		if !made || slices.ContainsFunc(pr.files, built) {
			continue
		}
		at := strings.LastIndexByte(name, '.')
		out = append(out, deploy.Change{ID: Name + ":" + kind + ":" + name, Provider: Name, Kind: kind, Name: name, Action: deploy.Keep, Risk: deploy.Safe,
			Reason: f.Path + " left the project, and nothing builds this any more; it stays as it is", Content: f.Makes,
			Next: "To take it away: DROP " + strings.ToUpper(kind) + " IF EXISTS " + identifier(database(artifacts), name[:max(at, 0)], name[at+1:])})
	}
	return out
}

// database is the one that the statements of the warehouse are about.
func database(artifacts []emit.Artifact) string {
	for _, a := range artifacts {
		var set struct{ Database struct{ Name string } }
		if a.Path == "snowflake/manifest.json" && json.Unmarshal(a.Content, &set) == nil {
			return set.Database.Name
		}
	}
	return ""
}

// identifier is a name as SQL, without parts that are not known.
func identifier(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, `"`+strings.ReplaceAll(p, `"`, `""`)+`"`)
		}
	}
	return strings.Join(out, ".")
}
