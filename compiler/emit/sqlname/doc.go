// Package sqlname writes the names, literals and types that Snowflake and
// DuckDB both have to read: the migrations run on the first, the dbt models on
// either.
//
// Input is a name as the database stores it, a text, or an ir.Type; output is
// SQL text. It imports ir for the types and nothing else of this module; it
// decides no name.
package sqlname
