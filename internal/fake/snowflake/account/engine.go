package account

import (
	"encoding/hex"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/lex"
)

// The engine takes only plain names for databases and schemas; others are
// written in hexadecimal there.

func engineName(part string) string {
	if plain.MatchString(part) {
		return quote(part)
	}
	return `"X_` + strings.ToUpper(hex.EncodeToString([]byte(part))) + `"`
}

// EngineName is how the engine knows a database, a schema or a relation.
func EngineName(name Name) string {
	parts := make([]string, len(name))
	for i, part := range name {
		if parts[i] = quote(part); i < 2 {
			parts[i] = engineName(part)
		}
	}
	return strings.Join(parts, ".")
}

// edit replaces tokens of a statement by a text.
type edit struct {
	from, to int
	text     string
}

// apply makes the edits, which are in order and do not overlap.
func apply(sql string, tokens []lex.Token, edits []edit) string {
	var out strings.Builder
	at := 0
	for _, e := range edits {
		start := tokens[e.from].Start
		if start < at {
			continue
		}
		out.WriteString(sql[at:start])
		out.WriteString(e.text)
		at = tokens[e.to-1].End
	}
	out.WriteString(sql[at:])
	return out.String()
}

// contextFunctions puts in what the engine knows nothing of: who asks, and what is
// current.
func contextFunctions(s *Session, account string, tokens []lex.Token) []edit {
	values := map[string]string{
		"CURRENT_ROLE": s.Role, "CURRENT_USER": s.User, "CURRENT_WAREHOUSE": s.Warehouse, "CURRENT_DATABASE": s.Database,
		"CURRENT_SCHEMA": s.Schema, "CURRENT_ACCOUNT": account, "CURRENT_ACCOUNT_NAME": account, "CURRENT_ORGANIZATION_NAME": "STANDIN",
	}
	if s.Secondary {
		values["CURRENT_SECONDARY_ROLES"] = `{"roles":"","value":"ALL"}`
	} else {
		values["CURRENT_SECONDARY_ROLES"] = `{"roles":"","value":""}`
	}
	var out []edit
	for i := 0; i+2 < len(tokens); i++ {
		value, known := values[tokens[i].Text]
		if !known || tokens[i].Kind != lex.Word || !tokens[i+1].IsSign("(") || !tokens[i+2].IsSign(")") {
			continue
		}
		text := literal(value)
		if value == "" {
			text = "CAST(NULL AS VARCHAR)"
		}
		if alone(tokens, i, i+3) {
			text += ` AS "` + tokens[i].Text + `()"`
		}
		out = append(out, edit{i, i + 3, text})
	}
	return out
}

// alone says whether tokens are one column of a SELECT without a name.
func alone(tokens []lex.Token, from, to int) bool {
	before := from > 0 && (tokens[from-1].Is("SELECT") || tokens[from-1].IsSign(","))
	depth := 0
	for _, t := range tokens[:from] {
		if t.IsSign("(") {
			depth++
		} else if t.IsSign(")") {
			depth--
		}
	}
	return before && depth == 0 && tokens[0].Is("SELECT") && (tokens[to].IsSign(",") || tokens[to].Is("FROM") || tokens[to].Kind == lex.End)
}
