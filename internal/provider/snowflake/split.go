package snowflake

import (
	"fmt"
	"strings"
)

// split cuts SQL into its statements, since a call takes one. A semicolon ends
// one where it stands outside of '…', "…", $$…$$ and comments. What holds nothing
// but comments is no statement. A BEGIN … END block, or anything else with
// semicolons of its own, has to stand between $$ and $$, as EXECUTE IMMEDIATE and
// CREATE PROCEDURE want it anyway.
func split(sql string) ([]string, error) {
	sql = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(sql)
	var out []string
	start, real := 0, false
	for i := 0; i < len(sql); {
		end, kind, err := lexeme(sql, i)
		if err != nil {
			return nil, err
		}
		switch kind {
		case semicolon:
			if real {
				out = append(out, strings.Trim(sql[start:i], space))
			}
			start, real = end, false
		case code:
			real = true
		}
		i = end
	}
	if real {
		out = append(out, strings.Trim(sql[start:], space))
	}
	return out, nil
}

const space = " \t\n\v\f"

type lexKind int

const (
	blank lexKind = iota // space or a comment
	code
	semicolon
)

// lexeme gives where what begins at i ends, and what it is.
func lexeme(sql string, i int) (int, lexKind, error) {
	rest := sql[i:]
	switch {
	case rest[0] == ';':
		return i + 1, semicolon, nil
	case strings.IndexByte(space, rest[0]) >= 0:
		return i + 1, blank, nil
	case strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "//"):
		if n := strings.IndexByte(rest, '\n'); n >= 0 {
			return i + n, blank, nil
		}
		return len(sql), blank, nil
	case strings.HasPrefix(rest, "/*"):
		return closing(sql, i, i+2, "*/", blank, "a comment /*")
	case strings.HasPrefix(rest, "$$"):
		return closing(sql, i, i+2, "$$", code, "a text $$")
	case rest[0] == '"':
		return closing(sql, i, i+1, `"`, code, `a name "`)
	case rest[0] == '\'':
		return constant(sql, i)
	}
	return i + 1, code, nil
}

func closing(sql string, begin, from int, end string, kind lexKind, what string) (int, lexKind, error) {
	n := strings.Index(sql[from:], end)
	if n < 0 {
		return 0, kind, unclosed(sql, begin, what)
	}
	return from + n + len(end), kind, nil
}

// constant ends at a quote that no backslash stands before. Two quotes in a row
// begin the next one at once, which is the same.
func constant(sql string, begin int) (int, lexKind, error) {
	for i := begin + 1; i < len(sql); i++ {
		switch sql[i] {
		case '\\':
			i++
		case '\'':
			return i + 1, code, nil
		}
	}
	return 0, code, unclosed(sql, begin, "a text '")
}

func unclosed(sql string, at int, what string) error {
	return fmt.Errorf("line %d: %s is begun and never ends", 1+strings.Count(sql[:at], "\n"), what)
}
