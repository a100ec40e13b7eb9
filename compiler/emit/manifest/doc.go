// Package manifest makes manifest.json: every artefact with its digest and the
// lines of the pipeline file that it comes from, and one digest over all.
//
// The digest covers paths and contents and nothing else: not the order of keys
// in the file, not its line ends, not the version of this program. It imports
// emit and source.
package manifest
