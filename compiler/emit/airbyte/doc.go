// Package airbyte writes what Airbyte is asked for: the workspace, one source
// and one connection a source of the pipeline, and the destination.
//
// In: *ir.Pipeline. Out: artefacts below airbyte/:
//
//   - definitions.json pins the connectors: definition id, image, version;
//   - workspace.json, source-ID.json, destination-KIND.json, connection-ID.json
//     each hold one request to the public API (POST /workspaces, /sources,
//     /destinations, /connections) as a Document.
//
// The body of a request is complete but for what only an apply knows. Those
// places are listed in the document's "bind": a JSON pointer into the body and
// what goes there. What a binding is filled from is one of
//
//   - airbyte:workspace, airbyte:source:ID, airbyte:destination:KIND,
//     airbyte:connection:ID: the id that Airbyte gave the object;
//   - output:STACK.NAME: an output of the stack foundation, ingestion or sync;
//   - secret:NAME: the value of that secret of the pipeline file, which is in
//     the SSM parameter of that name below ir.AWS.ParamPath;
//   - parameter:PATH: the value of an SSM parameter that an apply made itself.
//
// A place that waits for an id or an output is not in the body at all. A place
// that waits for a secret holds a text such as ${secret.NAME}, for people; only the
// pointers count, so that a text of the pipeline file that looks like this is
// left alone. No value of a secret is ever part of an artefact.
//
// The same body serves later changes: PUT takes a source's or a destination's
// name and configuration, PATCH all of a connection. "then" holds requests to
// make each time after the first one: a time zone cannot be said in the public
// API, which takes every cron as UTC.
//
// It imports ir, emit, sqlname and source, no catalogue and no provider.
package airbyte
