// Package migration is the form of snowflake/manifest.json: every statement
// that sets up the warehouse, in order, with who runs it, what it makes, what
// it rests on and how it is taken back. The emitter writes it; whoever applies
// it reads it, so that nobody has to parse SQL.
//
// In: a Set, or the bytes of a manifest. Out: the other one. It imports nothing
// of this module and must not: the applying side may know no Pipeline.
//
// How to apply a Set. Each statement is one call, in the order of the list,
// with As as the current role and In, where it is set, as the current database
// and schema. Every statement may be run again without harm, with one
// exception: where Check is set, ask it first; where it gives a row, run Change
// instead, or nothing where there is no Change. A statement whose digest (with its inputs filled in) is
// in the ledger as done is not run again while the live object has the
// properties of Want; one whose digest or properties differ is, or its Change
// where it has one. What leaves the manifest is taken back with the Undo
// that the ledger kept, as the same role and in the reverse order of the list;
// an empty Undo means that it stays.
package migration
