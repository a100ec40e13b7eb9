// Package lock reads and writes tapestry.lock: the connectors of Airbyte's
// registry that a pipeline uses and the catalogue does not have, each with its
// definition id, its version and its specification. With the lock beside the
// pipeline file, compiling needs no network and gives the same on every machine.
//
// In: a file system with the lock, or entries of a registry. Out: a catalogue
// that has the locked connectors as sources, or the bytes of the file: the same
// entries give the same bytes. A lock that was broken or changed by hand is
// reported at its lines.
//
// A locked source has no streams of its own: the pipeline file names them, with
// their columns. Where the catalogue has the connector too, the lock decides
// about configuration and version, and the catalogue about streams.
//
// It imports source, diag, decode, catalog and connector.
package lock
