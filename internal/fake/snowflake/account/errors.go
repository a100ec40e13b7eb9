package account

import (
	"fmt"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/lex"
)

// Error is a refusal as the service words it.
type Error struct {
	Code    string // six digits
	State   string // SQLSTATE
	Message string
}

func (e *Error) Error() string { return e.Code + " (" + e.State + "): " + e.Message }

func compilation(code, state, format string, args ...any) *Error {
	return &Error{code, state, "SQL compilation error:\n" + fmt.Sprintf(format, args...)}
}

// missing is the answer for what is not there, and also for what the role may
// know nothing of: the service does not tell the two apart.
func missing(kind string, name Name) *Error {
	return compilation("002003", "02000", "%s '%s' does not exist or not authorized.", kindWord(kind), name)
}

// missingUse is the answer of USE.
func missingUse() *Error {
	return compilation("002043", "02000", "Object does not exist, or operation cannot be performed.")
}

func denied(kind string, name Name) *Error {
	return &Error{"003001", "42501", fmt.Sprintf("SQL access control error:\nInsufficient privileges to operate on %s '%s'.", strings.ToLower(kind), name)}
}

func exists(name Name) *Error {
	return compilation("002002", "42710", "Object '%s' already exists.", name)
}

func invalidProperty(property, kind string) *Error {
	return compilation("001420", "22023", "invalid property '%s' for '%s'", property, kind)
}

func invalidValue(value, property string) *Error {
	return compilation("001008", "22023", "invalid value [%s] for parameter '%s'", value, property)
}

// refused is for the rules that have no error of their own here.
func refused(format string, args ...any) *Error {
	return compilation("003540", "0A000", format, args...)
}

func unsupported(what string) *Error {
	return &Error{"000002", "0A000", "Unsupported feature '" + what + "'."}
}

func unexpected(sql string, t lex.Token) *Error {
	line, column := lex.Position(sql, t.Start)
	what := "<EOF>"
	if t.Kind != lex.End {
		what = sql[t.Start:t.End]
	}
	return &Error{"001003", "42000", fmt.Sprintf("SQL compilation error:\nsyntax error line %d at position %d unexpected '%s'.", line, column, what)}
}

// kindWord is how errors call a kind: tables and views are objects.
func kindWord(kind string) string {
	if kind == table || kind == view {
		return "Object"
	}
	return kind[:1] + strings.ToLower(kind[1:])
}
