// Package fault stands before a stand-in, numbers and keeps every call, and
// breaks the calls that a test wants broken.
//
// In: an http.Handler, a Namer that says what a request asks for (AWS and HTTP
// are here, others bring their own), and Rules. Out: a Proxy, which is an
// http.Handler again, and the Calls that it saw, with their bodies, so that a
// test can count them and look for secrets in them.
//
// A rule picks calls by service, operation or function, by number, and then
//
//   - refuses them in the service's own form: Throttling for the query, JSON and
//     CBOR protocols of AWS, 503 SlowDown as XML for S3, 429 elsewhere, or any
//     other code and status
//   - has them done and drops the reply: the client sees the connection end
//   - cuts the connection before anything is done
//   - holds them for a while, or runs a function before or after, such as one
//     that kills the process under test
//
// It imports no other package of this module.
package fault
