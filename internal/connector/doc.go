// Package connector runs the real Airbyte connector of one source of a pipeline
// on this machine, with the configuration and the streams that the artefacts
// say.
//
// In: the artefacts airbyte/source-NAME.json, airbyte/connection-NAME.json and
// airbyte/definitions.json, the values of secrets, and an environment to find
// programs by. Out: what the connector says in Airbyte's protocol, one JSON
// message a line: its specification, whether it can sign in, its streams, and
// records with states.
//
// # Which program
//
// The first that is there of
//
//  1. TAPESTRY_CONNECTORS: folders, separated as in PATH. One is a Python
//     environment with the package (bin/source-zoom), a folder of programs, or a
//     folder in which source-zoom/manifest.yaml is
//  2. Docker, where its engine answers: the image and the version that the
//     pipeline pins
//  3. source-zoom on PATH
//
// A package whose program was written for another version of Airbyte's library
// than is installed is run by its manifest, where it has one (launch.py).
//
// # Secrets
//
// They are put into config.json within a folder that only this user may enter
// and that is removed afterwards; never into arguments or the environment. What
// a connector says is searched for them before it is handed on.
//
// # What does as Airbyte's platform does
//
// Records hold the selected columns alone, streams are given with the schema
// that the connector discovers, a stream that it does not have is an error, and
// a state that was not said is not made up. The process and all that it starts
// end with the context, and where nothing is said for Quiet.
//
// Not modelled: destinations, normalisation, resets, refreshes, resumption of a
// read within itself.
//
// It imports compiler/emit, compiler/diag and internal/secret; no catalogue, no
// spec and no ir.
package connector
