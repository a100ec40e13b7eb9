// Package edge leads programs that call services by their real names to stand-ins
// on this machine: a forward proxy that answers CONNECT for a table of host names,
// and speaks TLS with certificates of an authority of its own.
//
// In: host names with the handlers that stand for them. Out: the environment with
// which an unmodified program (Python's requests, Node's request, curl, Go) goes
// through it, and the names that were asked for and are nobody's.
//
// # What it models
//
// Nothing of a service. A name that has no handler is refused with 403 and kept in
// Strangers, so that a test sees when a program calls somewhere else.
//
// # What it does not
//
// The authority has no revocation lists and answers no OCSP; programs that ask go
// on without, as their vendors' defaults say.
//
// It imports no other package of this module.
package edge
