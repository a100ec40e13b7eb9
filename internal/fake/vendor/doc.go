// Package vendor lets programs that are not ours reach stand-ins under the real
// host names of vendors: a forward proxy on this machine that answers for
// api.zoom.us and the like, with certificates of a certification authority of
// its own.
//
// In: host names with their http.Handlers. Out: a Proxy whose Environ, put into
// the environment of a program, sends all its HTTPS to the stand-ins. Nothing of
// the program or of its configuration has to be changed. A host that has no
// stand-in is refused and kept in Refused: nothing gets out of this machine.
//
// It does not model: HTTP/2, client certificates, certificate revocation, and
// programs that bring their own list of authorities and read none of the
// variables.
//
// It imports no other package of this module.
package vendor
