// Package deploy plans and applies: it compares artefacts with what is live,
// says what would change and why, and makes it so, step by step, in order, so
// that an interrupted apply goes on where it stopped.
//
// It knows no system. Each system is a Provider; artefacts are all that it and
// the engine see of a pipeline, so that what was reviewed is what is applied.
// It imports compiler/emit and no SDK, no driver, and nothing else of the
// compiler.
//
// # The way of a change
//
// Build asks every provider for its Changes, orders them by what each needs,
// and gives a Plan with one digest over all that it decided. Execute runs the
// steps of a plan, independent ones side by side, and writes to a Ledger before
// and after each. Nobody trusts a plan that was handed in: Reapprove plans anew
// and refuses what differs, except for steps that the ledger knows as done. What
// a plan left open (Deferred) is planned again during Execute, once what it needs
// is done, and may then only create.
package deploy
