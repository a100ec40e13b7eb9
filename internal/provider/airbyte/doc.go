// Package airbyte is the provider of what Airbyte holds: the workspace, sources,
// the destination, connections, and each connection's first sync.
//
// In: the artefacts below airbyte/, target.json, and what Config brings: the way
// to the server, the parameters with credentials and secrets, the bucket. Out:
// Changes; after an apply a server that is as the artefacts say, and the object
// airbyte/snapshot.json, which a plan without access to the server reads.
//
// Objects are found by workspace and exact name. What is there is adopted, two
// of one name are an error. Only fields are compared that a document sets, or that
// the last apply set, which the snapshot knows: those that left the file are taken
// out, and what somebody else added is not looked at. Streams go by namespace and
// name, selected fields in any order, crons without regard to a written UTC. Secrets cannot be read back: their parameters'
// versions are compared with those that were sent last.
//
// Nothing is ever reset or cleared. A change after which Airbyte reads everything
// again is disruptive. No call changes what a connection connects: one whose source
// or destination is another than the file's is deleted and made anew, and read
// from its beginning. Objects that begin with the workspace's name and left the
// file are deleted, raw tables stay.
//
// # Where Airbyte's own database is
//
// With another ingestion.data the machine goes on with an empty database, minutes
// after its stack has changed. The snapshot says which one it was made of: where the
// file says another, the plan makes everything anew, and the apply waits until the
// former workspace is no longer there (database.go).
//
// # A server that does not answer
//
// Errors are told apart (reach.go): AWS or the machine refuses (ends at once), there
// is no way to the machine, the machine has not written its credentials, the server
// does not answer. Who waits reads which it is, and what the tunnel knows of it. A
// plan tries for two minutes and has a note. On the way down, what cannot be
// switched off in that time is left: connections end with their machine. A job
// that is followed is asked for again for ten minutes.
//
// # Names
//
// A change is airbyte:KIND:KEY, as in airbyte:connection:zoom and airbyte:sync:zoom.
// KEY is the file's, for an object that left it the rest of its name: airbyte:source:old
// was called "rain-shield old". What no key may have in it becomes dashes, and a few
// digits of a digest follow: airbyte:source:my-old-one-0c0ffe.
//
// # Calls
//
// A plan lists the workspace, a page for up to 100 objects of a kind, and the
// connectors: eight calls with signing in. An apply goes on from what the plan saw
// and from Airbyte's answers; only an answer that leaves open what was done makes
// it list again.
//
// # Crons
//
// The public API takes a cron as UTC and reads it back with its zone behind it,
// "0 30 2 ? * 2 Europe/Berlin", UTC as well; so the platform's source
// (ConnectionReadMapper and ConnectionUpdateMapper of 2025 and 2026). Descriptions
// of earlier versions have no UTC there, so a cron without a zone is one in UTC.
// A last word is a zone where it has a letter or a colon, else it is Quartz's year.
//
// # Versions of connectors
//
// definitions.json says what the file was compiled for. Airbyte refuses to change
// the version of a connector that it brings along ("Public definitions cannot be
// modified"). The plan has a note where it runs another one; it is no part of the
// plan's digest.
//
// # What it does not do
//
//   - A changed connector of an object that exists is blocked: Airbyte cannot
//     change it.
//   - It does not ask for versions of connectors that are made of a manifest: their
//     list has none.
//
// It imports deploy, secret and the forms of artefacts; no cloud's SDK.
package airbyte
