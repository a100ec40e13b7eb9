// Package lex takes a statement of Snowflake's SQL apart into tokens: words,
// quoted identifiers, strings, numbers and signs, with comments left out.
//
// In: the text of a statement. Out: its tokens, each with its place in the text,
// or an error that says where a string or a comment does not end. It folds
// unquoted identifiers to upper case, as the service does. It imports nothing of
// this module.
package lex
