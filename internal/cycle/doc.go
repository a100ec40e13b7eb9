// Package cycle has no code but tests. They hold the whole way from a pipeline
// file to members in the outbox to its properties: compiler, engine, ledger,
// lock and local provider together, as the command puts them together.
//
// What must be true of every pipeline is tried on generated ones (generate_test.go);
// what must be true of an apply that dies is tried by killing a real process at
// every point at which it has just written something (kill_test.go). Expected
// numbers are computed over the sample rows in plain Go, not by the SQL under
// test.
package cycle
