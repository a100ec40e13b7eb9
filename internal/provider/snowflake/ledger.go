package snowflake

import (
	"fmt"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
)

const ledgerColumns = "STATEMENT_ID, DIGEST, STATUS, ERROR, RUN_AS, RUN_BY, UNDO, PLAN, DETAIL, STARTED_AT, FINISHED_AT"

func ledgerQuestion(set migration.Set) question {
	return question{sql: "SELECT " + ledgerColumns + " FROM " + quote(set.Ledger.Parts...), tell: func(l *live, rows []record) {
		for _, r := range rows {
			l.ledger[r["statement_id"]] = row{id: r["statement_id"], digest: r["digest"], status: r["status"], failure: r["error"],
				as: r["run_as"], by: r["run_by"], undo: r["undo"], plan: r["plan"], detail: r["detail"],
				started: moment(r["started_at"]), finished: moment(r["finished_at"])}
		}
	}, gone: func(l *live) { l.noLedger = true }, anyone: true}
}

// merge writes lines of the ledger, one for each statement, in one call.
func merge(ledger migration.Object, rows []row) string {
	names := strings.Split(ledgerColumns, ", ")
	var selects, sets, values []string
	for _, r := range rows {
		selects = append(selects, "SELECT "+strings.Join(r.literals(names), ", "))
	}
	for _, n := range names {
		sets = append(sets, "T."+n+" = S."+n)
		values = append(values, "S."+n)
	}
	return fmt.Sprintf("MERGE INTO %s AS T USING (%s) AS S ON T.STATEMENT_ID = S.STATEMENT_ID WHEN MATCHED THEN UPDATE SET %s WHEN NOT MATCHED THEN INSERT (%s) VALUES (%s)",
		quote(ledger.Parts...), strings.Join(selects, " UNION ALL "), strings.Join(sets[1:], ", "), ledgerColumns, strings.Join(values, ", "))
}

// literals gives a row in the order of the columns. Every value is quoted; what
// is not there is NULL.
func (r row) literals(names []string) []string {
	texts := []string{r.id, r.digest, r.status, r.failure, r.as, r.by, r.undo, r.plan, r.detail}
	out := make([]string, 0, len(names))
	for i, t := range texts {
		expression := literal(t)
		if t == "" {
			expression = "NULL"
		}
		out = append(out, "CAST("+expression+" AS VARCHAR) AS "+names[i])
	}
	for i, t := range []time.Time{r.started, r.finished} {
		expression := "NULL"
		if !t.IsZero() {
			expression = literal(t.UTC().Format("2006-01-02 15:04:05.000 +0000"))
		}
		out = append(out, "CAST("+expression+" AS TIMESTAMP_TZ) AS "+names[len(texts)+i])
	}
	return out
}
