// Package state is the bucket that several machines share: the ledger of the
// applies, the lock that keeps two of them apart, what an apply publishes for
// others to read, and templates that are too large to be sent inline.
//
// In: the settings of a build (target.json), an AWS account. Out: a Bucket with
// its Ledger and Lock, and a Provider that shows in a plan that the bucket will
// be made. It imports deploy and the settings, and no provider.
//
// # The bucket
//
// It has to be there before the first stack is, so no stack makes it: the first
// apply does, before it takes the lock. It is private, encrypted, versioned,
// reachable by TLS only, and old versions are removed after a month. Its tags
// are written last: a bucket without them was left half made, and is finished by
// the next apply. Every call says which account must own it, so that nobody who
// takes the name elsewhere is ever written to.
//
// # The ledger
//
// One object a run, ledger/0001-a1b2c3.json, written whole each time and only
// over what this process wrote or read last: a second writer is noticed.
//
// # The lock
//
// lock.json is made only where there is none. A reply that is lost is no riddle:
// each holder writes a word of its own, and reads it back.
package state
