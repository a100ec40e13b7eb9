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
// (TAP302) that dbt can wrap (TAP319) and that reads the pipeline (TAP320). Files
// of migrations can be read, too.
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
	checkMigrations(p, add)
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
	if at, last := semicolon(resolve.WithoutJinja(m.SQL)); at >= 0 {
		d := problem(SQLEndsInSemi, placeIn(path.Join(path.Dir(p.FileName), m.Spec.SQL.V), m.SQL, at), "the SQL of the model %s has a semicolon in it", quote(m.Name))
		d.Detail = "A model is one query, which dbt puts into a statement of its own; what follows the semicolon would be another statement. Keep one query."
		if last {
			d.Message = "the SQL of the model " + quote(m.Name) + " ends in a semicolon"
			d.Detail = "dbt puts the query into a statement of its own, where a semicolon breaks it. Remove it."
		}
		add(d)
	}
	if len(m.Refs) == 0 && len(m.JinjaFaults) == 0 {
		d := warning(ReadsNothing, m.Spec.SQL.Span, "the SQL of the model %s reads no other model and no source", quote(m.Name))
		d.Detail = "Tables that are named directly are not followed: dbt cannot order the model after them, and personal data in them is not seen. Use ref('model') and source('source', 'stream')."
		add(d)
	}
}

// semicolon finds the first semicolon outside of texts, names and comments, and
// whether no SQL follows it. It reads texts as Snowflake does: a backslash keeps
// the quote behind it in the text.
func semicolon(sql string) (at int, last bool) {
	at = -1
	for i := 0; i < len(sql); {
		end, silent := pieceOf(sql, i)
		switch {
		case silent:
		case at >= 0 && sql[i] != ';':
			return at, false
		case at < 0 && sql[i] == ';':
			at = i
		}
		i = end
	}
	return at, at >= 0
}

// pieceOf is the end of the piece of SQL that begins at i, and whether it is a
// comment or space.
func pieceOf(sql string, i int) (end int, silent bool) {
	rest := sql[i:]
	until := func(mark string, from int) int {
		if j := strings.Index(rest[from:], mark); j >= 0 {
			return i + from + j + len(mark)
		}
		return len(sql)
	}
	switch {
	case strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "//"):
		return until("\n", 2), true
	case strings.HasPrefix(rest, "/*"):
		return until("*/", 2), true
	case strings.HasPrefix(rest, "$$"):
		return until("$$", 2), false
	case rest[0] == '"':
		return until(`"`, 1), false
	case rest[0] == '\'':
		for j := 1; j < len(rest); j++ {
			switch rest[j] {
			case '\\':
				j++
			case '\'':
				return i + j + 1, false
			}
		}
		return len(sql), false
	}
	return i + 1, strings.ContainsRune(" \t\n\r", rune(rest[0]))
}

// placeIn is the place of one sign of a text.
func placeIn(file, text string, at int) source.Span {
	line := strings.Count(text[:at], "\n") + 1
	column := len([]rune(text[strings.LastIndexByte(text[:at], '\n')+1:at])) + 1
	return source.Span{File: file, Start: source.Pos{Line: line, Col: column}, End: source.Pos{Line: line, Col: column + 1}}
}
