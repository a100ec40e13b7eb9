package fakesnowflake

import (
	"maps"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/account"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/lex"
)

// bound puts the values of :1, :2, … into the statement, which is how the driver
// for Node binds: the engine knows the question mark only. A value that is missing
// is refused, as the service does.
func (q queryRequest) bound() (queryRequest, error) {
	bindings, _ := q.raw["bindings"].(map[string]any)
	tokens, err := lex.Tokens(q.SQL)
	if err != nil || len(bindings) == 0 {
		return q, nil // what cannot be read is refused with the right words later
	}
	var out strings.Builder
	at, found := 0, false
	for i := 0; i+1 < len(tokens); i++ {
		colon, number := tokens[i], tokens[i+1]
		if !colon.IsSign(":") || number.Kind != lex.Number || number.Start != colon.End {
			continue
		}
		text, ok := bindingText(bindings[number.Text])
		if !ok {
			return q, &account.Error{Code: "002049", State: "42601", Message: "SQL compilation error:\nBind variable :" + number.Text + " not set."}
		}
		out.WriteString(q.SQL[at:colon.Start] + text)
		at, found = number.End, true
	}
	if !found {
		return q, nil
	}
	q.SQL = out.String() + q.SQL[at:]
	q.raw = maps.Clone(q.raw)
	delete(q.raw, "bindings")
	return q, nil
}

// bindingText is one value as a literal.
func bindingText(binding any) (string, bool) {
	b, ok := binding.(map[string]any)
	if !ok {
		return "", false
	}
	value, ok := b["value"].(string)
	if !ok {
		return "NULL", b["value"] == nil
	}
	switch b["type"] {
	case "FIXED", "REAL":
		return value, true
	case "BOOLEAN":
		return strings.ToUpper(value), true
	case "TEXT":
		return "'" + strings.NewReplacer(`\`, `\\`, "'", "''").Replace(value) + "'", true
	}
	return "", false
}
