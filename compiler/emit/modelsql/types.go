package modelsql

import (
	"fmt"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// TypeWord is a type as the language writes it: number(12,2).
func TypeWord(t ir.Type) string {
	if t.Kind == ir.Number && t.Precision > 0 {
		return fmt.Sprintf("number(%d,%d)", t.Precision, t.Scale)
	}
	return string(t.Kind)
}

func quote(text string) string { return sqlname.Literal(text) }

// isText reports whether values of t are text, so that "nothing" may also be a
// text without a visible character.
func isText(t ir.Type) bool { return t.Kind == ir.Text || t.Kind == ir.Email }

// blanks are the characters that are cut off an address before it is compared.
// Both engines cut only what is listed; by default they would differ.
const blanks = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"

// normal is the form in which values of a key column are compared and given out.
func normal(expr string, t ir.Type) string {
	if t.Kind == ir.Email {
		return "lower(trim(" + expr + ", " + blanks + "))"
	}
	return expr
}

// filled is the condition that a key column has a value. Its expression is in
// the normal form already.
func filled(expr string, t ir.Type) string {
	switch {
	case t.Kind == ir.Email:
		return expr + " <> ''" // never true for NULL
	case isText(t):
		return "trim(" + expr + ", " + blanks + ") <> ''"
	}
	return expr + " is not null"
}

// comparable is the form of a column by which rows are ordered: JSON has no
// order of its own on both engines.
func comparable(expr string, t ir.Type) string {
	if t.Kind == ir.JSON {
		return "cast(" + expr + " as VARCHAR)"
	}
	return expr
}
