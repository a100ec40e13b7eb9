// Package fakesnowflake stands in for Snowflake in tests: a server that speaks its
// REST protocol to the drivers for Go, Python and Node, models the account (users, roles, grants,
// warehouses, policies, …) itself, checks every privilege, and leaves rows to the
// real fakesnow behind it.
//
// In: Options with the program fakesnow of the tool set "fakes". Out: a Server with
// its address and configurations to sign in with, a log of statements, ways to let
// the n-th one fail, and the state of the account as text.
//
// # What it models
//
// Signing in by password, key pair, programmatic access token and workload
// identity (whose signature nobody checks), default and secondary roles, network
// policies and rules of users. Roles that inherit, ownership, grants with their
// option, managed access, future grants, tokens bound to a role. Users,
// warehouses, resource monitors, databases, schemas, tables, views that read as
// their owner, storage integrations, stages, file formats, tags, masking policies
// on tags; SHOW and DESCRIBE of each as far as the role sees it, SHOW GRANTS,
// SHOW PARAMETERS, INFORMATION_SCHEMA. A statement that reads or writes rows takes
// a warehouse that the role may use. COPY takes rights on the table, the stage and
// its file formats, and is refused behind that as a thing that is not there.
//
// The Go driver and Python's get rows as Arrow, others as JSON; :1 in a statement
// is filled from the request for the driver for Node. There are no user functions
// to SHOW. A DESCRIBE is a query of fakesnow's own list of columns.
//
// # What it says otherwise to fakesnow
//
// After a statement was let through: a temporary table is made as one that stays
// and dropped with its session; columns in the VALUES of a MERGE get the name of
// its source (rewrite.go). A MERGE is done outside of the transaction around it
// unless rows were written in that before, and a ROLLBACK of it is refused as an
// internal error (transaction.go). The engine does one statement at a time.
//
// # What it does not
//
// Whatever its grammar does not know is a syntax error: database roles, row access
// policies, policies on single columns, functions, procedures, tasks, streams,
// pipes, shares, several statements in a call. No file is ever in a stage, no
// warehouse costs anything, no monitor goes off, no statement times out. No row is
// masked: Mask says which policy holds for a column. StartAccount leaves out the
// rows, and with them whether a column is there. What a query means is DuckDB's
// to say.
//
// It may import the driver and internal/judge; nothing of the program may import it
// but tests and the sandbox.
package fakesnowflake
