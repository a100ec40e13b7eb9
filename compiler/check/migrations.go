package check

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// checkMigrations: the user's own SQL can be read and cut into statements
// (TAP302).
func checkMigrations(p *resolve.Program, add report) {
	for _, m := range p.Migrations {
		start := source.Span{File: m.File, Start: source.Pos{Line: 1, Col: 1}, End: source.Pos{Line: 1, Col: 2}}
		if m.Err != nil {
			d := problem(BadSQLFile, start, "%s cannot be read", quote(m.File))
			d.Detail = reason(m.Err)
			add(d)
			continue
		}
		if at := unclosed(m.SQL); at >= 0 {
			d := problem(BadSQLFile, placeIn(m.File, m.SQL, at), "what is begun here never ends")
			d.Detail = "A text ends with ', a name with \", a body with $$, a comment with */. Each statement of the file is sent on its own, so it has to be known where one ends."
			add(d)
		}
	}
}

// unclosed finds a text, name, body or comment that goes on to the end of the
// file, or gives -1.
func unclosed(sql string) int {
	for i := 0; i < len(sql); {
		end, _ := pieceOf(sql, i)
		for _, mark := range [][2]string{{"/*", "*/"}, {"$$", "$$"}, {`"`, `"`}, {"'", "'"}} {
			if inner, ok := strings.CutPrefix(sql[i:end], mark[0]); ok && !strings.HasSuffix(inner, mark[1]) {
				return i
			}
		}
		if sql[i] == '\'' && end == len(sql) && strings.HasSuffix(sql, `\'`) && !strings.HasSuffix(sql, `\\'`) {
			return i
		}
		i = end
	}
	return -1
}
