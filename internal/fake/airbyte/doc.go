// Package airbyte is a stand-in for an Airbyte server's public API: an HTTP
// server in this process with state.
//
// In: Options. Out: a Server with a URL, credentials, the log of all requests,
// a Snapshot of its state in words, and functions that edit the state behind
// the caller's back. With Options.Spec, every request and every answer that
// succeeds is held against the published API description: a request that does
// not fit is answered 422, an answer that does not fit 500.
//
// # What it models
//
//   - tokens that expire (Options.TokenLife by Options.Now; 401 afterwards)
//   - workspaces, sources, destinations, connections: list by page (20 unless
//     asked for more), read, create, PUT, PATCH, DELETE; two objects of one name
//   - secrets masked in answers, kept on PUT where the value is exactly the mask,
//     lost on PATCH with the mask
//   - connections: the streams sent are all streams, one that the source does not
//     have is refused, so is a primary key other than one that the source
//     defines; a PATCH without configurations leaves them, one with an empty list
//     resets them; crons are Quartz and UTC, and are read back with their zone's
//     name behind them, UTC as well (so the platform's ConnectionReadMapper); what
//     a connection connects cannot be changed; it goes with its source or
//     destination
//   - the connectors of a workspace with their versions, which nobody can change
//   - /api/v1/connections/update, as far as it sets a cron's time zone
//   - jobs: pending, running, succeeded or failed, one step each time a job is
//     read; one at a time for a connection (409); cancel
//   - a discovery that times out, whereupon the connection is made all the same
//
// Faults (refuse, drop, cut, hold) come from internal/fake/fault.
//
// # What it does not model
//
// The time that a discovery takes, applications other than the one, permissions,
// connectors of one's own, tags, mappers, streams by /streams, declarative sources, resets, rows. It
// accepts every configuration of a connector. OnSync is called instead of a
// sync.
//
// It imports internal/fake/fault and internal/judge, and no provider.
package airbyte
