// Package airbyte is the provider of what Airbyte holds: the workspace, sources,
// the destination, connections, and each connection's first sync.
//
// In: the artefacts below airbyte/, target.json, and what Config brings: the way
// to the server, the parameters with credentials and secrets, the bucket. Out:
// Changes; after an apply a server that is as the artefacts say, and the object
// airbyte/snapshot.json, which a plan without access to the server reads.
//
// Objects are found by workspace and exact name. What is there is adopted, two
// of one name are an error. Only fields that a document sets are compared:
// streams by namespace and name, selected fields in any order, crons without
// regard to a written UTC. Secrets cannot be read back: their parameters'
// versions are compared with those that were sent last.
//
// Nothing is ever reset or cleared. A change after which Airbyte reads everything
// again is disruptive. Objects that begin with the workspace's name and left the
// file are deleted, raw tables stay.
//
// # What it does not do
//
//   - It pins no versions of connectors: the public API has no call for it.
//     definitions.json is what the pipeline was compiled for.
//   - A changed connector of an object that exists is blocked: Airbyte cannot
//     change it.
//   - A connection whose source or destination someone exchanged is not noticed.
//   - It has no report of status yet.
//
// It imports deploy, secret and the forms of artefacts; no cloud's SDK.
package airbyte
