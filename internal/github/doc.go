// Package github is all that tapestry-ci knows of GitHub: what an event of a
// workflow asks for, and how answers get back to people.
//
// # What is where
//
//   - event.go, decide.go, authorize.go: pure. The environment and the event file
//     become an Event; Decide says what is to be done about it; Authorize looks at
//     what the API answered (Ask) and lets it be, or refuses with a reason.
//   - client.go, transport.go: the API, with bounded retries.
//   - comments.go, checks.go, deployments.go, issues.go: what is written to it.
//   - writer.go, annotate.go: what is written for the runner: outputs, the step
//     summary, annotations, text in the log.
//
// In: a way to read the environment, the bytes of the event file, an API. Out:
// Decisions, and comments, check runs, deployments, issues, files of the runner.
//
// # Once, whatever happens
//
// A call that only reads or sets is tried again after a lost reply. One that makes
// something is not: what it would have made is looked for first, by its marker.
// So there is never a second comment, check run, deployment or issue. An answer
// that says "not now" (429, a limit) means that nothing was done, and is tried
// again after the time it names.
//
// # What it does not do
//
// It does not plan or apply, and compares no plan digests: the caller plans anew
// and does. A job that names an environment gets a deployment from GitHub itself:
// Deployment is for projects and environments beside it. Where the reply to a call
// with annotations of a check run is lost, these may be shown twice.
//
// It imports compiler/diag and internal/secret, and must not import deploy,
// report, a provider or the compiler.
package github
