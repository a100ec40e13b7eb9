// Package ci is what a job of GitHub Actions runs: it reads the event, decides
// what is to be done about it, does it, and says what came of it.
//
// In: the environment of the job, the event file, a Work that can check, plan and
// apply a pipeline file. Out: comments, check runs, deployments and issues on
// GitHub; outputs, the step summary, annotations and text for the runner; a plan
// file; nil, or an error for the exit code.
//
// # The way of an event
//
// internal/github reads the event and decides; what needs an answer of the API is
// asked; the comment with the plan is looked for, and the decision made final. What
// is checked out must be what was decided on. Then every project (a pipeline file
// that --file names) is checked, and planned, applied or looked at for drift, one
// after the other: one that fails holds up no other.
//
// # What is applied
//
// The comment with a plan carries its digest and the commit it is for, and hidden
// at its end a Record of what the plan was, so that a refusal can name what differs.
// An apply plans anew under the lock. It goes on where that plan has the reviewed
// digest, or where it is what an interrupted apply of the reviewed plan left: that
// one was kept with the ledger when its apply began, and deploy.Reapprove compares
// the two. A plan that is empty by now is nothing to refuse. The Record is never
// trusted: it only words the difference.
//
// A plan that is posted with a refusal is a comment of its own. It approves
// nothing, so that running the failed job again applies nothing that nobody has
// looked at.
//
// # What may fail
//
// A plan that cannot be told on the pull request fails the job: nobody could
// approve it. What came of an apply is told in the summary too, so a comment, a
// check run or a deployment that cannot be written is a warning then.
//
// It must not import a provider, the compiler, or cmd.
package ci
