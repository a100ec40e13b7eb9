// Package sandbox is an account of every cloud that a pipeline needs, on this
// machine: the stand-ins for AWS, its image registry, Snowflake and Airbyte, tied
// together as the real ones are.
//
// In: the artefacts of a pipeline, the tool set "fakes". Out: the stand-ins, and
// the variables that lead tapestry-ci to them. It imports the stand-ins and no
// provider.
//
// # What it does in the place of people and machines
//
//   - It runs what `tapestry-ci bootstrap snowflake` prints as the account
//     administrator, and gives the user that applies a key pair.
//   - When the stack with Airbyte's machine is there, it writes the parameter with
//     the API's credentials, as the machine would; when that stack is deleted,
//     Airbyte forgets everything.
//   - Two small dependency images are in the registry, as if built with Docker.
//
// # What it does not model
//
// Data: no source is read and nothing is sent. Each stand-in says in its own
// doc.go what else it lacks. Nothing here may be held for the real service.
package sandbox
