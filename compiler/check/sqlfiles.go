package check

import (
	"errors"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// checkSQLFiles: the file of a SQL model is there and has a query in it
// (TAP302) that dbt can wrap (TAP319) and that reads the pipeline (TAP320).
func checkSQLFiles(p *resolve.Program, add report) {
	for _, m := range p.Models {
		if !m.Spec.SQL.Set || !hasOneBody(m) {
			continue
		}
		if why, next := unreadable(p, m); why != "" {
			d := problem(BadSQLFile, m.Spec.SQL.Span, "the SQL file %s %s", quote(m.Spec.SQL.V), why)
			d.Detail = next
			add(d)
			continue
		}
		checkQuery(p, m, add)
	}
}

// unreadable says why there is no SQL, and what to do.
func unreadable(p *resolve.Program, m *resolve.Model) (why, next string) {
	name := m.Spec.SQL.V
	folder := "It is looked for beside the pipeline file."
	if dir := path.Dir(p.FileName); dir != "." {
		folder = "It is looked for in " + dir + "."
	}
	full := path.Join(path.Dir(p.FileName), name)
	switch {
	case name == "":
		return "has no name", "Give the path of a file: sql: models/" + m.Name + ".sql"
	case strings.Contains(name, `\`):
		return "is written with backslashes", "Write / between folders; it works on every system."
	case strings.HasPrefix(name, "/") || !fs.ValidPath(full):
		return "is outside the folder of the pipeline", "Give a path below that folder, so that a checkout has all that is needed: sql: models/" + m.Name + ".sql"
	case errors.Is(m.SQLError, fs.ErrNotExist):
		return "is not there", folder + " Upper and lower case count."
	case m.SQLError != nil:
		return "cannot be read", folder + " " + reason(m.SQLError)
	case strings.TrimSpace(withoutComments(m.SQL)) == "":
		return "has no query in it", "Write a SELECT over ref('model') and source('source', 'stream')."
	}
	return "", ""
}

func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return "The system says: " + pe.Err.Error() + "."
	}
	return "The system says: " + err.Error() + "."
}

var sqlComments = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?\*/|\{#.*?#\}`)

// withoutComments blanks comments and keeps every line where it is.
func withoutComments(sql string) string {
	return sqlComments.ReplaceAllStringFunc(sql, func(c string) string {
		return strings.Map(func(r rune) rune {
			if r == '\n' {
				return r
			}
			return ' '
		}, c)
	})
}

func checkQuery(p *resolve.Program, m *resolve.Model, add report) {
	name := path.Join(path.Dir(p.FileName), m.Spec.SQL.V)
	query := strings.TrimRight(withoutComments(m.SQL), " \t\n")
	if strings.HasSuffix(query, ";") {
		at := endOf(name, query)
		d := problem(SQLEndsInSemi, at, "the SQL of the model %s ends in a semicolon", quote(m.Name))
		d.Detail = "dbt puts the query into a statement of its own, where a semicolon breaks it. Remove it."
		add(d)
	}
	if len(m.Refs) == 0 {
		d := warning(ReadsNothing, m.Spec.SQL.Span, "the SQL of the model %s reads no other model and no source", quote(m.Name))
		d.Detail = "Tables that are named directly are not followed: dbt cannot order the model after them, and personal data in them is not seen. Use ref('model') and source('source', 'stream')."
		add(d)
	}
}

// endOf is the place of the last character of text.
func endOf(file, text string) source.Span {
	line := strings.Count(text, "\n") + 1
	column := len([]rune(text[strings.LastIndexByte(text, '\n')+1:]))
	return source.Span{File: file, Start: source.Pos{Line: line, Col: column}, End: source.Pos{Line: line, Col: column + 1}}
}
