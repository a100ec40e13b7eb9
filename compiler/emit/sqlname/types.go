package sqlname

import (
	"fmt"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// Dialect is whose type name is wanted.
type Dialect uint8

// Neutral names are read alike by both systems. There is none for json.
const (
	Neutral Dialect = iota
	Snowflake
	DuckDB
)

// Type gives the column type for t in dialect d. The neutral name of json is
// empty: Snowflake stores it as VARIANT, DuckDB as JSON, and to reach into it
// is written differently too.
func Type(t ir.Type, d Dialect) string {
	if t.Kind == ir.Number {
		return numberType(t, d)
	}
	names, known := typeNames[t.Kind]
	if !known {
		names = typeNames[ir.Text]
	}
	return names[d]
}

// typeNames are in the order neutral, Snowflake, DuckDB. An integer has 38
// digits everywhere, as Airbyte makes it in Snowflake.
var typeNames = map[ir.TypeKind][3]string{
	ir.Text:         {"VARCHAR", "VARCHAR", "VARCHAR"},
	ir.Email:        {"VARCHAR", "VARCHAR", "VARCHAR"},
	ir.Integer:      {"DECIMAL(38,0)", "NUMBER(38,0)", "DECIMAL(38,0)"},
	ir.Float:        {"DOUBLE", "FLOAT", "DOUBLE"},
	ir.Boolean:      {"BOOLEAN", "BOOLEAN", "BOOLEAN"},
	ir.Date:         {"DATE", "DATE", "DATE"},
	ir.Timestamp:    {"TIMESTAMPTZ", "TIMESTAMP_TZ", "TIMESTAMPTZ"},
	ir.TimestampNTZ: {"TIMESTAMP WITHOUT TIME ZONE", "TIMESTAMP_NTZ", "TIMESTAMP"},
	ir.JSON:         {"", "VARIANT", "JSON"},
}

// numberType writes a decimal number. Both systems read DECIMAL; the migrations
// use the word that DESCRIBE gives back. A number without digits has 38, 9 of
// them after the point.
func numberType(t ir.Type, d Dialect) string {
	if t.Precision == 0 {
		t.Precision, t.Scale = 38, 9
	}
	word := "DECIMAL"
	if d == Snowflake {
		word = "NUMBER"
	}
	return fmt.Sprintf("%s(%d,%d)", word, t.Precision, t.Scale)
}
