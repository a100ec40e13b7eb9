// Package ledger keeps the ledger and the lock of the local target in files of
// one folder: ledger.ndjson, to which lines are only ever added, each written
// through to the disk before the call returns, and lock.json, made only where
// there is none.
//
// A last line that was cut short by a crash is as if it had not been written.
// The package imports deploy and no other of this module.
package ledger
