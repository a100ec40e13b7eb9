package resolve

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// TypeNames lists the types of the language, for messages.
var TypeNames = []string{"text", "email", "integer", "number", "float", "boolean", "date", "timestamp", "timestamp_ntz", "json"}

var numberForm = regexp.MustCompile(`^number\(\s*([0-9]{1,3})\s*(?:,\s*([0-9]{1,3})\s*)?\)$`)

// ParseType reads a type such as text or number(12,2). A bare number is
// number(38,9). Where the text is no type it returns text and false.
func ParseType(text string) (ir.Type, bool) {
	if text == string(ir.Number) {
		return ir.Type{Kind: ir.Number, Precision: 38, Scale: 9}, true
	}
	if slices.Contains(TypeNames, text) {
		return ir.Type{Kind: ir.TypeKind(text)}, true
	}
	if m := numberForm.FindStringSubmatch(text); m != nil {
		p, _ := strconv.Atoi(m[1])
		s, _ := strconv.Atoi(m[2])
		if p >= 1 && p <= 38 && s <= p {
			return ir.Type{Kind: ir.Number, Precision: p, Scale: s}, true
		}
	}
	return ir.Type{Kind: ir.Text}, false
}

// Widen gives the type that holds the values of both, and false where there is
// none that keeps their meaning.
func Widen(a, b ir.Type) (ir.Type, bool) {
	if a == b {
		return a, true
	}
	if i, j := slices.Index(numeric, a.Kind), slices.Index(numeric, b.Kind); i >= 0 && j >= 0 {
		return widenNumbers(a, b), true
	}
	if pair(a, b, ir.Text, ir.Email) {
		return ir.Type{Kind: ir.Email}, true
	}
	if pair(a, b, ir.Date, ir.Timestamp) || pair(a, b, ir.TimestampNTZ, ir.Timestamp) {
		return ir.Type{Kind: ir.Timestamp}, true
	}
	if pair(a, b, ir.Date, ir.TimestampNTZ) {
		return ir.Type{Kind: ir.TimestampNTZ}, true
	}
	return ir.Type{Kind: ir.Text}, false
}

var numeric = []ir.TypeKind{ir.Integer, ir.Number, ir.Float}

func pair(a, b ir.Type, x, y ir.TypeKind) bool {
	return a.Kind == x && b.Kind == y || a.Kind == y && b.Kind == x
}

func widenNumbers(a, b ir.Type) ir.Type {
	if a.Kind == ir.Float || b.Kind == ir.Float {
		return ir.Type{Kind: ir.Float}
	}
	digits := func(t ir.Type) (int, int) {
		if t.Kind == ir.Integer {
			return 38, 0
		}
		return t.Precision - t.Scale, t.Scale
	}
	wa, sa := digits(a)
	wb, sb := digits(b)
	scale := max(sa, sb)
	return ir.Type{Kind: ir.Number, Precision: min(38, max(wa, wb)+scale), Scale: scale}
}
