package fakesnowflake

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/lex"
)

// rewrite changes a statement that was let through, where fakesnow would fail at
// what the service does. Each change says why; none lets anything through that
// the service refuses, because the account has read the statement before.
func rewrite(sql string) string {
	tokens, err := lex.Tokens(sql)
	if err != nil || len(tokens) == 0 {
		return sql
	}
	switch {
	case tokens[0].Is("CREATE"):
		return withoutTemporary(sql, tokens)
	case tokens[0].Is("MERGE"):
		return withQualifiedValues(sql, tokens)
	}
	return sql
}

// withoutTemporary makes a temporary table one that stays: DuckDB keeps temporary
// ones in a database of its own, and a full name does not lead there. The account
// knows that it is temporary, shows it to its session alone, and has it dropped
// when the session ends.
func withoutTemporary(sql string, tokens []lex.Token) string {
	for i, t := range tokens {
		if t.Is("TABLE", "VIEW") || i > 5 {
			return sql
		}
		if t.Is("TEMPORARY", "TEMP", "VOLATILE") {
			from := t.Start
			if tokens[i-1].Is("LOCAL") {
				from = tokens[i-1].Start
			}
			return sql[:from] + sql[t.End:]
		}
	}
	return sql
}

// withQualifiedValues puts the name of the source before the columns in the VALUES
// of a MERGE: fakesnow joins target and source, and there a column of both is
// ambiguous. To the service only the source's columns can be meant.
func withQualifiedValues(sql string, tokens []lex.Token) string {
	source := mergeSource(tokens)
	if source == "" {
		return sql
	}
	var out strings.Builder
	at := 0
	for i := range tokens {
		if !tokens[i].Is("VALUES") || !tokens[i+1].IsSign("(") {
			continue
		}
		for j := i + 2; j+1 < len(tokens) && !tokens[j-1].IsSign(")"); j++ {
			if tokens[j].IsName() && !tokens[j].Is("NULL", "TRUE", "FALSE", "DEFAULT") && slices.ContainsFunc([]string{",", "("}, tokens[j-1].IsSign) && slices.ContainsFunc([]string{",", ")"}, tokens[j+1].IsSign) {
				out.WriteString(sql[at:tokens[j].Start] + source + ".")
				at = tokens[j].Start
			}
		}
	}
	return out.String() + sql[at:]
}

// mergeSource is the name by which a MERGE calls its source.
func mergeSource(tokens []lex.Token) string {
	i := slices.IndexFunc(tokens, func(t lex.Token) bool { return t.Is("USING") }) + 1
	if i == 0 || i >= len(tokens) {
		return ""
	}
	depth := 0
	for ; i < len(tokens); i++ {
		switch t := tokens[i]; {
		case t.IsSign("("):
			depth++
		case t.IsSign(")"):
			depth--
		case depth == 0 && t.Is("ON"):
			if name := tokens[i-1]; name.IsName() {
				return `"` + strings.ReplaceAll(name.Text, `"`, `""`) + `"`
			}
			return ""
		}
	}
	return ""
}
