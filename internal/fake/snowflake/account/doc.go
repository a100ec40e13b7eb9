// Package account is a model of one Snowflake account: its objects, who owns
// them, what is granted to whom, and who may therefore do what.
//
// In: the text of a statement and the session that runs it. Out: a Plan, which
// says what the engine that holds the rows must do and what is answered, or an
// Error in the words and with the codes of the service. Whatever the grammar here
// does not know is a syntax error: nothing is accepted blindly.
//
// It does no input or output and reads no clock of its own. It imports the lexer
// beside it and nothing else of this module. What it models and what it leaves
// out stands in the documentation of internal/fake/snowflake.
package account
