// Package registry reads Airbyte's connector registry: the list of all
// connectors, with the definition id, the version and the specification of each.
//
// In: a file or a URL, plain or packed with gzip, in the registry's own form
// ({sources: [...], destinations: [...]}) or in the compact one
// ({name: {id, tag, license, spec}}). Out: its sources as entries of a lock, by
// the short name that a pipeline gives them: airtable for
// airbyte/source-airtable.
//
// It imports compiler/connector and compiler/lock.
package registry
