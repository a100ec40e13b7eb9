// Package secrets is the provider of SSM parameters: the secrets of the file,
// and what only apply makes, such as the token that Grouparoo's processes know
// each other by.
//
// In: target.json, the values that this job has. Out: Changes that never hold a
// value, and SecureStrings under the pipeline's path, encrypted with its key.
//
// Whether a value is another one is told by a salted digest in the parameter's
// description, so that no plan decrypts anything and one listing is enough. A job
// without values, such as a pull request's, sees what is missing but no
// rotation: that is why a rotation is aside and no part of the plan's digest.
//
// The description also says which version it is of. Who writes a parameter by hand
// makes another version, which every plan shows and every apply puts back: to the
// value that the job has, or to the version that was stored.
//
// Those that follow it get, of each parameter, parameter.PATH, its version, and
// modified.PATH, when it was written last. What this plan writes has the version
// that it will have, and no time.
//
// # What it does not do
//
//   - It restarts no containers after a rotation: package containers does.
//   - It leaves parameters alone that Airbyte's machine, the stacks or the steps
//     of Snowflake make, but for a destroy.
//
// It imports deploy, secret, settings and the SSM client.
package secrets
