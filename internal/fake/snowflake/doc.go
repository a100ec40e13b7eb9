// Package fakesnowflake stands in for Snowflake in tests: a server that speaks its
// REST protocol to the Go driver, models the account (users, roles, grants,
// warehouses, policies, …) itself, checks every privilege, and leaves rows to the
// real fakesnow behind it.
//
// In: Options with the program fakesnow of the tool set "fakes". Out: a Server with
// its address and configurations to sign in with, a log of statements, ways to let
// the n-th one fail, and the state of the account as text.
//
// It may import the driver and internal/judge; nothing of the program may import it
// but tests and the sandbox.
package fakesnowflake
