// Package snowflake is the provider of the warehouse: it compares the statements
// of snowflake/manifest.json with what an account has, and runs those that are
// needed, in order, one a call, each as the role that it names.
//
// In: the manifest, the .sql files (for the lines that statements come from),
// the user's own snowflake/migrations/*.sql, and what Config brings: how to sign
// in, and where private keys and tokens are stored. Out: Changes, each with its
// SQL; the ledger table in the account; parameters with keys and tokens.
//
// # How it knows what is there
//
// By a fixed number of SHOW and DESCRIBE, whatever the number of sources
// (question.go), and by the ledger: one line for each statement id, with the
// digest of what was run, whether it came to its end, and how it is taken back.
// A statement runs where the ledger does not have it as done with this digest,
// where its object, grant or property is not as it should be, and, if nothing
// can be seen of it, where its object is made again. All of that is pure
// (diff.go, steps.go, destroy.go).
//
// Not looked at, so that someone's change of it is not noticed: the timeout of
// statements of a warehouse, what the role that only plans was granted, columns of tables and views, bodies of masking
// policies and where they are attached, tags, file formats, the address of a
// stage, comments.
//
// # Syncs that leave
//
// The ledger also holds a note of each sync: what the file says of its members
// when it leaves. The note is written once the containers were started with it.
// A sync that leaves with `on_destroy: remove` is a destructive change, with the
// number of rows of its view, where that can be read; any other is a plain line
// which says that nobody is removed. Its view is dropped after the containers
// were started without it (syncs.go). What the plan goes by are notes in the
// ledger: that members are to be removed is noted before the containers can go by
// it, that they stay only after. Where the containers run by the ledger of another
// place, its notes are read; where they cannot be, somebody has to allow the apply
// (former.go).
//
// # What an administrator made
//
// Apply never runs a statement of bootstrap. One that is missing and that
// something to be run rests on blocks the plan, with the SQL to run; others are
// a note.
//
// # Secrets
//
// A private key is stored before its public half is set, a token right after it
// was made. If the answer with a token is lost, the token is removed and made
// again: nobody can ask for it twice. No secret is in a plan, the ledger or an
// error.
//
// It imports deploy, secret, the forms of artefacts and the driver.
package snowflake
