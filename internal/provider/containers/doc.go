// Package containers is the provider of what runs on the sync stack: it starts
// Grouparoo's containers anew where they still have values of secrets that were
// changed. ECS reads a secret when a task starts, and never again.
//
// In: the sync stack's template, which says which parameters which service's
// containers read; the outputs of the stack; modified.PATH of the providers that
// it follows, which is when a parameter was written last, or nothing where this
// plan writes it. Out: one change, containers:restart:grouparoo, and new
// deployments of the services that need one.
//
// The change is there where a parameter is younger than the newest deployment of
// a service that reads it, or will be. So a rotation whose restart was lost, in
// whatever way, is found again, and a restart that was done is not. It is aside:
// only a job that has the secrets sees a rotation before it is made. It comes
// after the stack, since an update of the stack that starts new containers by
// itself leaves nothing to do.
//
// A plan makes one call, ecs:DescribeServices, and none where there is no sync
// stack, or where no parameter was written since it was created, if created.sync
// says when that was. Apply asks SSM itself when the parameters were written, restarts the
// services that are older, and waits until each new deployment has taken over.
// One that fails, and that ECS takes back, is an error, and is in the next plan
// again.
//
// # What it does not do
//
//   - dbt's task needs no restart: each run is a task of its own.
//   - The passwords of database and cache are secrets of the stack, which nothing
//     rotates; it does not look at them.
//   - A service with a desired count of 0 runs nothing old and is left alone.
//
// It imports deploy, emit, settings, the reader of YAML and the clients of ECS and
// SSM, and no other provider.
package containers
